"""Stop sequences: respected, in one way, on every path."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance._check import ON_STREAMS, Level, check
from langchain_model_conformance._diagnosis import (
    describe_error,
    found,
    not_applicable,
    same,
    shown,
)
from langchain_model_conformance._oracle import cut
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance._suite import ConformanceSuite

RESPECTED = "Stop Token Behavior: Stop token should be respected"
ABSENT = "\u2603"  # a snowman: in no answer to the suite's prompts
BROKEN = "stop does not work on {path}, which stop_respected or stop_policy reports"
TOO_SHORT = "the answer is too short, or too uniform, to be cut"


class _CallersList(list[str]):
    """A list that no check copies before it is passed to the model."""


class Stop(ConformanceSuite):
    """What `stop` does to the text, judged by a naive oracle of this package's own."""

    @check(
        says=f"{RESPECTED}.",
        mend="Cut the text at the stop in _call and in _stream; better, send the stop to the "
        "provider too. If it cannot be done, raise and declare stop_policy = 'unsupported'.",
    )
    def test_stop_respected(self, path: str) -> None:
        self._require_stop()
        text, stop = self._single_stop()
        answer = self._stopped(path, [stop])
        if answer not in (cut(text, [stop], include=True), cut(text, [stop], include=False)):
            found(f"{path}(stop={[stop]!r}) answered {shown(answer)}", self._wanted(text, [stop]))

    @check(
        says="Stop Token Behavior: Stop token should be INCLUDED as part of the response; where a "
        "provider excludes it, the declared policy holds on every path.",
        mend="Decide once, in one function that all paths use, and declare that stop_policy.",
    )
    def test_stop_policy(self, path: str) -> None:
        self._require_stop()
        text, stop = self._single_stop()
        answer = self._try(self._new(), path, {"stop": [stop]})
        wrong = cut(text, [stop], include=self.stop_policy != "include")
        if answer == wrong:
            found(
                f"{path}(stop={[stop]!r}) answered {shown(answer)}",
                f'with stop_policy = "{self.stop_policy}" {shown(self._cut(text, [stop]))}',
            )

    @check(
        says="If stop tokens are not supported consider raising NotImplementedError: on all paths.",
        mend="Raise in _call, _acall, _stream and _astream alike when stop is not empty.",
    )
    def test_stop_unsupported_raises(self, path: str) -> None:
        if self.stop_policy != "unsupported":
            not_applicable("stop is supported")
        try:
            answer = self._stopped(path, ["e"])
        except Exception:  # noqa: BLE001  # the declared refusal, whatever its type
            return
        found(f"{path}(stop=['e']) answered {shown(answer)}", "an error")

    @check(
        says=f"{RESPECTED}: None and [] alike mean that there is none.",
        mend="Write `if stop:` instead of `if stop is not None:`, and send no empty list.",
    )
    def test_stop_none_and_empty_alike(self, path: str) -> None:
        expected = self._reference()
        try:
            answer = self._stopped(path, [])  # None is the default, so every other call passes it
        except Exception as error:  # noqa: BLE001  # whatever it raises, it does not answer
            found(f"{path}(stop=[]) raised {describe_error(error)}", shown(expected))
        same(answer, expected, f"{path}(stop=[]) answered")

    @check(
        says=f"{RESPECTED}: bound with bind(stop=...) too.",
        mend="Leave bind, and the keyword arguments of the public methods, to langchain-core.",
    )
    def test_stop_bound(self, path: str) -> None:
        text, stop = self._working_stop(path)
        answer = self._ask(self._new().bind(stop=[stop]), path)
        if answer != self._cut(text, [stop]):
            found(
                f"bind(stop={[stop]!r}).{path} answered {shown(answer)}", self._wanted(text, [stop])
            )

    @check(
        says=f"{RESPECTED}: the one that comes first in the text, not first in the list.",
        mend="Look for all of them and take the earliest.",
    )
    def test_stop_earliest_wins(self, path: str) -> None:
        text, first = self._working_stop(path)
        at = text.index(first)
        later = [one for one in text[at + 1 :] if one.isalnum() and text.index(one) > at]
        if not later:
            not_applicable(TOO_SHORT)
        self._require_cut(path, text, [later[-1], ABSENT, first])

    @check(
        Level.SHOULD,
        says=f"{RESPECTED}: of overlapping ones, the one that is completed first; only then can a "
        "stream know.",
        mend="Compare the ends of the matches, not their starts.",
    )
    def test_stop_overlapping(self, path: str) -> None:
        text, _ = self._working_stop(path)
        for at in range(4, len(text) - 4):
            outer, inner = text[at : at + 4], text[at + 1 : at + 3]
            if text.index(outer) == at and text.index(inner) == at + 1:
                self._require_cut(path, text, [outer, inner])
                return
        not_applicable(TOO_SHORT)

    @check(
        says=f"{RESPECTED}: literally.",
        mend="Use str.find, or re.escape; a stop is no regular expression.",
    )
    def test_stop_literal(self, path: str) -> None:
        text, _ = self._working_stop(path)
        wild = f".{text[1:4]}"
        if len(text) < 4 or wild in text:  # noqa: PLR2004  # the length of the stop
            not_applicable(TOO_SHORT)
        for stop in ([wild, "[", "(?", "\\"], ["\n"], [" "]):
            self._require_cut(path, text, stop)

    @check(
        says=f"{RESPECTED}: at the very start too.",
        mend="Compare find() with -1, not with 0, and yield an empty chunk if nothing is left.",
    )
    def test_stop_at_start(self, path: str) -> None:
        text, _ = self._working_stop(path)
        self._require_cut(path, text, [text[0]])

    @check(
        says=f"{RESPECTED}: one that does not occur changes nothing.",
        mend="When the text is over, yield what was held back for a possible match.",
    )
    def test_stop_absent(self, path: str) -> None:
        text, _ = self._working_stop(path)
        if ABSENT in text:
            not_applicable(TOO_SHORT)
        self._require_cut(path, text, [text[-3:] + ABSENT])

    @check(
        says=f"{RESPECTED}: one that is split over chunks too.",
        mend="Look for it in all the text so far; with an excluded stop hold back what may be one.",
        each=ON_STREAMS,
    )
    def test_stop_split_over_chunks(self, path: str) -> None:
        self._require_streaming(path)
        text, _ = self._working_stop(path)
        at = 0
        for piece in self._pieces(self._new(), path):
            at += len(self._text(piece))
            stop = text[at - 2 : at + 2]
            if 3 < at < len(text) - 3 and text.index(stop) == at - 2:  # noqa: PLR2004  # not the ends
                self._require_cut(path, text, [stop])
                return
        not_applicable("the stream has no border between chunks")

    @check(
        says=f"{RESPECTED}: by this call, not by later ones.",
        mend="Never store a call's stop on the model or in its default parameters.",
    )
    def test_stop_not_leaking(self, path: str) -> None:
        self._require_stop()
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

    @check(
        says=f"{RESPECTED}: the caller's list stays the caller's.",
        mend="Copy the list before adding to it.",
    )
    def test_stop_list_unchanged(self, path: str) -> None:
        self._require_stop()
        before = [ABSENT * 2, ABSENT]  # two, which may be sorted
        stop = _CallersList(before)
        self._try(self._new(), path, {"stop": stop})
        same(stop, before, f"{path} made the caller's list")

    @check(
        says=f"{RESPECTED}: callbacks see what the caller gets.",
        mend="Cut before on_llm_new_token is called and before the text is returned.",
    )
    def test_stop_in_callbacks(self, path: str) -> None:
        text, stop = self._working_stop(path)
        recorder = Recorder()
        self._ask(self._new(), path, stop=[stop], config={"callbacks": [recorder]})
        expected = self._cut(text, [stop])
        ends = [event.payload.generations[0][0] for event in recorder.named("end")]
        for told in map(self._text, ends):
            same(told, expected, f"{path}: on_llm_end was told")
        if self._streamed_text(self._heard(path)[1]) != text:
            return  # the tokens are wrong without a stop too, which other checks report
        same(self._streamed_text(recorder), expected, f"{path}: the tokens say")

    def _streamed_text(self, recorder: Recorder) -> str:
        """Return what the tokens of a call say."""
        return "".join(
            self._text(event.details.get("chunk", "")) for event in recorder.named("token")
        )

    def _single_stop(self) -> tuple[str, str]:  # noqa: RET503  # not_applicable never returns
        """Return the answer, and a character that first occurs in its middle."""
        text = self._reference()
        for at in range(max(3, len(text) // 4), len(text) - 3):
            if text[at].isalnum() and text.index(text[at]) == at:
                return text, text[at]
        not_applicable(TOO_SHORT)

    def _working_stop(self, path: str) -> tuple[str, str]:
        """Return the same, where stopping works: two checks report it where it does not."""
        self._require_stop()
        text, stop = self._single_stop()
        if not self._once(f"stop on {path}", lambda: self._works(path, text, stop)):
            not_applicable(BROKEN.format(path=path))
        return text, stop

    def _works(self, path: str, text: str, stop: str) -> bool:
        try:
            return self._stopped(path, [stop]) == self._cut(text, [stop])
        except Exception:  # noqa: BLE001  # whatever it raises, stop_respected tells
            return False

    def _try(self, model: Any, path: str, *calls: dict[str, Any]) -> str:
        """Return the answer to the last of some calls; a stop that raises is another check's."""
        try:
            return self._ask_in_turn(model, path, list(calls))[-1]
        except Exception:  # noqa: BLE001  # whatever it raises, stop_respected tells
            not_applicable(BROKEN.format(path=path))

    def _stopped(self, path: str, stop: list[str]) -> str:
        return self._ask(self._new(), path, stop=stop)

    def _cut(self, text: str, stop: list[str]) -> str:
        return cut(text, stop, include=self.stop_policy == "include")

    def _wanted(self, text: str, stop: list[str]) -> str:
        return shown(self._cut(text, stop))

    def _require_cut(self, path: str, text: str, stop: list[str]) -> None:
        try:
            answer = self._stopped(path, stop)
        except Exception as error:  # noqa: BLE001  # whatever it raises, it does not answer
            found(f"{path}(stop={stop!r}) raised {describe_error(error)}", self._wanted(text, stop))
        if answer != self._cut(text, stop):
            found(f"{path}(stop={stop!r}) answered {shown(answer)}", self._wanted(text, stop))
