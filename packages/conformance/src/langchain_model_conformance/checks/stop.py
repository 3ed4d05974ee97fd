"""Stop sequences: respected, in one way, on every path."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance._check import STREAMS, must, on, should
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, same, shown
from langchain_model_conformance._oracle import cut
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance._suite import ConformanceSuite

ABSENT = "\u2603"  # a snowman: in no answer to the suite's prompts
BROKEN = "stop does not work on {path}, which stop_respected or stop_policy reports"
TOO_SHORT = "the answer is too short, or too uniform, to be cut"


class _CallersList(list[str]):
    """A list that no check copies before it is passed to the model."""


class Stop(ConformanceSuite):
    """What `stop` does to the text, judged by a naive oracle of this package's own."""

    @must(
        "Cut the text at the stop in _call and in _stream; better, send the stop to the provider "
        "too. If it cannot be done, raise and declare stop_policy = 'unsupported'."
    )
    def test_stop_respected(self, path: str) -> None:
        """Stop Token Behavior: Stop token should be respected."""
        text, stop = self._single_stop()
        answer = self._ask(self._new(), path, stop=[stop])
        if answer not in (cut(text, [stop], include=True), cut(text, [stop], include=False)):
            same(answer, self._cut(text, [stop]), f"{path}(stop={[stop]!r}) answered")

    @must("Decide once, in one function that all paths use, and declare that stop_policy.")
    def test_stop_policy(self, path: str) -> None:
        """The stop is INCLUDED in the response, or left out of it, on every path as declared."""
        text, stop = self._single_stop()
        answer = self._try(self._new(), path, {"stop": [stop]})
        if answer == cut(text, [stop], include=self.stop_policy != "include"):
            wanted = f'with stop_policy = "{self.stop_policy}" {shown(self._cut(text, [stop]))}'
            found(f"{path}(stop={[stop]!r}) answered {shown(answer)}", wanted)

    @must("Raise in _call, _acall, _stream and _astream alike when stop is not empty.")
    def test_stop_unsupported_raises(self, path: str) -> None:
        """If stop tokens are not supported consider raising NotImplementedError: on all paths."""
        if self.stop_policy != "unsupported":
            not_applicable("stop is supported")
        answer, refusal = self._attempt(path, stop=["e"])
        if not refusal:
            found(f"{path}(stop=['e']) answered {shown(answer)}", "an error")

    @must("Write `if stop:` instead of `if stop is not None:`, and send no empty list.")
    def test_stop_none_and_empty_alike(self, path: str) -> None:
        """Stop token should be respected: None and [] alike mean that there is none."""
        self._require_answer(path, self._reference(), stop=[])  # other calls pass None

    @must("Leave bind, and the keyword arguments of the public methods, to langchain-core.")
    def test_stop_bound(self, path: str) -> None:
        """Stop token should be respected: bound with bind(stop=...) too."""
        text, stop = self._working_stop(path)
        answer = self._ask(self._new().bind(stop=[stop]), path)
        same(answer, self._cut(text, [stop]), f"bind(stop={[stop]!r}).{path} answered")

    @must("Look for all of them and take the earliest.")
    def test_stop_earliest_wins(self, path: str) -> None:
        """Stop token should be respected: the first in the text, not the first in the list."""
        text, first = self._working_stop(path)
        at = text.index(first)
        later = [one for one in text[at + 1 :] if one.isalnum() and text.index(one) > at]
        if not later:
            not_applicable(TOO_SHORT)
        self._require_cut(path, text, [later[-1], ABSENT, first])

    @should("Compare the ends of the matches, not their starts: only so can a stream know.")
    def test_stop_overlapping(self, path: str) -> None:
        """Stop token should be respected: of overlapping ones, the one completed first."""
        text, _ = self._working_stop(path)
        for at in range(4, len(text) - 4):
            outer, inner = text[at : at + 4], text[at + 1 : at + 3]
            if text.index(outer) == at and text.index(inner) == at + 1:
                self._require_cut(path, text, [outer, inner])
                break
        else:
            not_applicable(TOO_SHORT)

    @must("Use str.find, or re.escape; a stop is no regular expression.")
    def test_stop_literal(self, path: str) -> None:
        """Stop token should be respected: literally."""
        text, _ = self._working_stop(path)
        wild = f".{text[1:4]}"
        if len(text) < 4 or wild in text:  # noqa: PLR2004  # the length of the stop
            not_applicable(TOO_SHORT)
        for stop in ([wild, "[", "(?", "\\"], ["\n"], [" "]):
            self._require_cut(path, text, stop)

    @must("Compare find() with -1, not with 0, and yield an empty chunk if nothing is left.")
    def test_stop_at_start(self, path: str) -> None:
        """Stop token should be respected: at the very start too."""
        text, _ = self._working_stop(path)
        self._require_cut(path, text, [text[0]])

    @must("When the text is over, yield what was held back for a possible match.")
    def test_stop_absent(self, path: str) -> None:
        """Stop token should be respected: one that does not occur changes nothing."""
        text, _ = self._working_stop(path)
        if ABSENT in text:
            not_applicable(TOO_SHORT)
        self._require_cut(path, text, [text[-3:] + ABSENT])

    @must("Look for it in all the text so far; with an excluded stop hold back what may be one.")
    @on(STREAMS)
    def test_stop_split_over_chunks(self, path: str) -> None:
        """Stop token should be respected: one that is split over chunks too."""
        text, _ = self._working_stop(path)
        at = 0
        for piece in self._heard(path)[0]:
            at += len(self._text(piece))
            stop = text[at - 2 : at + 2]
            if 3 < at < len(text) - 3 and text.index(stop) == at - 2:  # noqa: PLR2004  # not the ends
                self._require_cut(path, text, [stop])
                break
        else:
            not_applicable("the stream has no border between chunks")

    @must("Never store a call's stop on the model or in its default parameters.")
    def test_stop_not_leaking(self, path: str) -> None:
        """Stop token should be respected: by this call, not by later ones."""
        text, stop = self._single_stop()
        for after in dict.fromkeys((path, "invoke", "stream")):
            if self._path_problem(after):
                continue
            model = self._new()
            if after == path:
                answer = self._try(model, path, {"stop": [stop]}, {})
            else:
                self._try(model, path, {"stop": [stop]})
                answer = self._ask(model, after)
            same(answer, text, f"after {path}(stop={[stop]!r}) {after} answered")

    @must("Copy the list before adding to it.")
    def test_stop_list_unchanged(self, path: str) -> None:
        """Stop token should be respected: the caller's list stays the caller's."""
        self._require_stop()
        before = [ABSENT * 2, ABSENT]  # two, which may be sorted
        stop = _CallersList(before)
        self._try(self._new(), path, {"stop": stop})
        same(stop, before, f"{path} made the caller's list")

    @must("Cut before on_llm_new_token is called and before the text is returned.")
    def test_stop_in_callbacks(self, path: str) -> None:
        """Stop token should be respected: callbacks see what the caller gets."""
        text, stop = self._working_stop(path)
        recorder = Recorder()
        self._ask(self._new(), path, stop=[stop], config={"callbacks": [recorder]})
        expected = self._cut(text, [stop])
        for event in recorder.named("end"):
            told = self._text(event.payload.generations[0][0])
            same(told, expected, f"{path}: on_llm_end was told")
        # Tokens that are wrong without a stop too are reported by other checks.
        if self._streamed_text(self._heard(path)[1]) == text:
            same(self._streamed_text(recorder), expected, f"{path}: the tokens say")

    def _streamed_text(self, recorder: Recorder) -> str:
        """Return what the tokens of a call say."""
        chunks = [event.details.get("chunk", "") for event in recorder.named("token")]
        return "".join(map(self._text, chunks))

    def _single_stop(self) -> tuple[str, str]:
        """Return the answer, and a character that first occurs in its middle."""
        self._require_stop()
        text = self._reference()
        middle = range(max(3, len(text) // 4), len(text) - 3)
        known = (text[at] for at in middle if text[at].isalnum() and text.index(text[at]) == at)
        return text, next(known, "") or not_applicable(TOO_SHORT)

    def _working_stop(self, path: str) -> tuple[str, str]:
        """Return the same, where stopping works: two checks report it where it does not."""
        text, stop = self._single_stop()
        answer, _ = self._once(f"stop on {path}", lambda: self._attempt(path, stop=[stop]))
        if answer != self._cut(text, [stop]):
            not_applicable(BROKEN.format(path=path))
        return text, stop

    def _try(self, model: Any, path: str, *calls: dict[str, Any]) -> str:
        """Return the answer to the last of some calls; a stop that raises is another check's."""
        answers, _ = attempt(lambda: self._ask_in_turn(model, path, list(calls)))
        return answers[-1] if answers else not_applicable(BROKEN.format(path=path))

    def _cut(self, text: str, stop: list[str]) -> str:
        return cut(text, stop, include=self.stop_policy == "include")

    def _require_cut(self, path: str, text: str, stop: list[str]) -> None:
        self._require_answer(path, self._cut(text, stop), stop=stop)
