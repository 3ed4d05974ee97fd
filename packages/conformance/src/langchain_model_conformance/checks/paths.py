"""The six paths: whichever way a model is called, it says the same."""

from __future__ import annotations

from langchain_core.messages import HumanMessage
from langchain_core.prompt_values import ChatPromptValue, StringPromptValue

from langchain_model_conformance import _loop
from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import ON_STREAMS, Level, check
from langchain_model_conformance._diagnosis import (
    describe_error,
    found,
    not_applicable,
    same,
    shown,
)
from langchain_model_conformance._suite import ConformanceSuite

SPACED = "  two before,\n\tone tab, two after  \n"
SEVERAL = 20  # characters: a shorter answer may well be one chunk


class Paths(ConformanceSuite):
    """`invoke`, `ainvoke`, `batch`, `abatch`, `stream` and `astream` agree."""

    @check(
        says="A model answers: nothing else can be judged of one that never does.",
        mend="Call it by hand with the declared parameters. Does the service run, and at the "
        "declared address? Does it need a real key? Then give the key among the parameters: it is "
        "used instead of a canary, and never shown.",
        finds_broken_paths=True,
    )
    def test_answers(self) -> None:
        check, observed = self._unfit() or ("", "")
        if check == "answers":
            found(f"no path answers; {observed}", "an answer")

    @check(
        says="The same call of an equal model gives the same answer: the suite compares answers.",
        mend="Declare parameters that make the model deterministic: a temperature of 0, a seed, a "
        "fixed script. If it is never the same, this suite cannot judge it.",
        finds_broken_paths=True,
    )
    def test_deterministic(self) -> None:
        check, observed = self._unfit() or ("", "")
        if check == "deterministic":
            found(observed, "the same text twice")

    @check(
        says="Tests: Verify that invoke, ainvoke, batch, stream work if you've over-ridden the "
        "corresponding code.",
        mend="Derive every path from one function that decides on the text.",
        finds_broken_paths=True,
    )
    def test_same_text_on_every_path(self, path: str) -> None:
        if self._unfit():
            self._require_path(path)
        self._require_text(path, PROMPT)

    @check(
        says="White space is part of an answer: nobody but the caller strips it.",
        mend="Do not strip the prompt, the answer or the chunks; do not split at blanks.",
    )
    def test_whitespace_kept(self, path: str) -> None:
        self._require_text(path, SPACED)

    @check(
        says="An empty answer is an answer: a stream without chunks makes langchain-core raise "
        '"No generation chunks were returned".',
        mend="Yield one empty chunk when there is nothing else to yield.",
    )
    def test_empty_answer(self, path: str) -> None:
        if self.empty_prompt is None:
            not_applicable("no empty_prompt is declared")
        try:
            text = self._ask(self._new(), path, self.empty_prompt)
        except Exception as error:  # noqa: BLE001  # whatever it raises, it does not answer
            found(f"{path} raised {describe_error(error)}", "an empty answer")
        if text:
            found(f"{path} answered {shown(text)}", "an empty answer", declared="empty_prompt")

    @check(
        Level.SHOULD,
        says="Streaming: a stream delivers the answer in pieces.",
        mend="Yield what the provider sends as it arrives.",
        each=ON_STREAMS,
    )
    def test_several_chunks(self, path: str) -> None:
        self._require_streaming(path)
        texts = [self._text(piece) for piece in self._heard(path)[0]]
        if len("".join(texts)) < SEVERAL:
            not_applicable(f"the answer is shorter than {SEVERAL} characters")
        if len([text for text in texts if text]) < 2:  # noqa: PLR2004  # several
            found("the whole answer in one chunk", "several chunks")

    def _require_text(self, path: str, prompt: str) -> None:
        """Compare a path with the declared text, or with `invoke`."""
        expected = self.expected_completion(prompt)
        declared = "" if expected is None else "expected_completion"
        if expected is None:
            expected = self._ask_first("invoke", path, prompt)
        text = self._answer(path, prompt)
        if text != expected:
            found(f"{path} answered {shown(text)}", shown(expected), declared=declared)

    def _answer(self, path: str, prompt: str) -> str:
        return self._said(path) if prompt == PROMPT else self._ask(self._new(), path, prompt)

    def _ask_first(self, other: str, path: str, prompt: str) -> str:
        """Return what `other` says, if it works; its error is told where it is asked about."""
        try:
            return self._answer(other, prompt)
        except Exception:
            if other == path:
                raise
            not_applicable(f"{other} is broken, which same_text_on_every_path reports")


class StringPaths(ConformanceSuite):
    """What only string models have: their answers are strings, their prompts become strings."""

    @check(
        says="invoke returns, and stream yields, strings.",
        mend="Return plain text; let _stream yield GenerationChunk and leave stream to core.",
    )
    def test_answers_are_strings(self, path: str) -> None:
        other = {
            type(piece).__name__ for piece in self._heard(path)[0] if not isinstance(piece, str)
        }
        if other:
            found(f"{path} hands out {', '.join(sorted(other))}", "str")

    @check(
        says="run_manager is optional in _stream: a wrapping model or a direct caller passes none.",
        mend="Write `if run_manager:` before run_manager.on_llm_new_token(...).",
        each=ON_STREAMS,
    )
    def test_stream_without_run_manager(self, path: str) -> None:
        self._require_streaming(path)
        model, prompt = self._new(), self._raw_prompt(PROMPT)

        async def collect() -> str:
            chunks = _loop.each(getattr(model, f"_{path}")(prompt))
            return "".join([self._text(chunk) async for chunk in chunks])

        text = _loop.run_on(path, collect())
        same(text, self._reference(), "the chunks hold")

    @check(
        says="A prompt may be a string, a prompt value or a list of messages.",
        mend="Leave invoke and _convert_input to langchain-core, or accept all of them.",
        each=("kind", ("string_value", "chat_value", "messages", "tuples")),
        needs=("invoke",),
    )
    def test_prompt_types(self, kind: str) -> None:
        messages = [HumanMessage("A question.")]
        prompts: dict[str, object] = {
            "string_value": StringPromptValue(text="A question."),
            "chat_value": ChatPromptValue(messages=messages),
            "messages": messages,
            "tuples": [("human", "A question.")],
        }
        text = "A question." if kind == "string_value" else "Human: A question."
        expected = self._reference(text)
        answer = self._ask(self._new(), "invoke", prompts[kind])
        same(answer, expected, f"asked with {kind} it answered")
