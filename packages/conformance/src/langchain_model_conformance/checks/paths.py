"""The six paths: whichever way a model is called, it says the same, to each of several prompts."""

from __future__ import annotations

from langchain_core.messages import HumanMessage
from langchain_core.prompt_values import ChatPromptValue, StringPromptValue

from langchain_model_conformance import _loop
from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import BATCHES, STREAMS, must, on, should
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, same, shown
from langchain_model_conformance._suite import ConformanceSuite

SPACED = "  two before,\n\tone tab, two after  \n"
SEVERAL = 20  # characters: a shorter answer may well be one chunk
QUESTION = "A question."
KINDS = {
    "string_value": StringPromptValue(text=QUESTION),
    "chat_value": ChatPromptValue(messages=[HumanMessage(QUESTION)]),
    "messages": [HumanMessage(QUESTION)],
    "tuples": [("human", QUESTION)],
}
PROMPTS = [f"{word} is prompt number {at}" for at, word in enumerate(("ant", "bee", "cat", "doe"))]
REPEATED = [*PROMPTS, PROMPTS[0], "eel is the last"]


class Paths(ConformanceSuite):
    """`invoke`, `ainvoke`, `batch`, `abatch`, `stream` and `astream` agree."""

    @must(
        "Call it by hand with the declared parameters. Does the service run, and at the declared "
        "address? Does it need a real key? Then give the key among the parameters: it is used "
        "instead of a canary, and never shown.",
        finds_broken_paths=True,
    )
    def test_answers(self) -> None:
        """A model answers: nothing else can be judged of one that never does."""
        check, observed = self._unfit()
        if check == "answers":
            found(f"no path answers; {observed}", "an answer")

    @must(
        "Declare what makes the model deterministic: a temperature of 0, a seed, a fixed script.",
        finds_broken_paths=True,
    )
    def test_deterministic(self) -> None:
        """The same call of an equal model gives the same answer: the suite compares answers."""
        check, observed = self._unfit()
        if check == "deterministic":
            found(observed, "the same text twice")

    @must("Derive every path from one function that decides on the text.", finds_broken_paths=True)
    def test_same_text_on_every_path(self, path: str) -> None:
        """Tests: Verify that invoke, ainvoke, batch, stream work if you've over-ridden the code."""
        if self._unfit()[0]:
            self._require_path(path)
        self._require_text(path, PROMPT)

    @must("Do not strip the prompt, the answer or the chunks; do not split at blanks.")
    def test_whitespace_kept(self, path: str) -> None:
        """White space is part of an answer: nobody but the caller strips it."""
        self._require_text(path, SPACED)

    @must("Yield one empty chunk when there is nothing else to yield: core raises for none.")
    def test_empty_answer(self, path: str) -> None:
        """An empty answer is an answer, on every path."""
        self._require_declared("empty_prompt")
        self._require_answer(path, "", str(self.empty_prompt), declared="empty_prompt")

    @should("Yield what the provider sends as it arrives.")
    @on(STREAMS)
    def test_several_chunks(self, path: str) -> None:
        """Streaming: a stream delivers the answer in pieces."""
        texts = [self._text(piece) for piece in self._heard(path)[0]]
        if len("".join(texts)) < SEVERAL:
            not_applicable(f"the answer is shorter than {SEVERAL} characters")
        if len([text for text in texts if text]) < 2:  # noqa: PLR2004  # several
            found("the whole answer in one chunk", "several chunks")

    @must("Return one generation list for each prompt, in their order, duplicates included.")
    @on(BATCHES)
    def test_batch_order(self, path: str) -> None:
        """Tests: batch works: the answers come in the order of the prompts."""
        answers = self._several(self._new_for_threads(), path, REPEATED)
        self._require_answers(answers, REPEATED, path)

    @must("Leave batch to langchain-core, or accept every key of the configuration.")
    @on(BATCHES)
    def test_batch_max_concurrency(self, path: str) -> None:
        """Tests: batch works with max_concurrency."""
        config = {"max_concurrency": 2}
        answers = self._several(self._new_for_threads(), path, REPEATED, config=config)
        self._require_answers(answers, REPEATED, f"{path} with max_concurrency")

    @must("Leave batch_as_completed to langchain-core.")
    @on(BATCHES)
    def test_batch_as_completed(self, path: str) -> None:
        """Tests: batch works as completed: each answer comes with its prompt's number."""
        completed = getattr(self._new_for_threads(), f"{path}_as_completed")(REPEATED)
        pairs = sorted(_loop.run_on(path, _loop.listed(completed)), key=lambda pair: pair[0])
        same([at for at, _ in pairs], list(range(len(REPEATED))), "the answers are numbered")
        texts = [self._text(answer) for _, answer in pairs]
        self._require_answers(texts, REPEATED, f"{path}_as_completed")

    @must("Let the exception out of _call or _generate; an error is no answer.")
    @on(BATCHES)
    def test_batch_exceptions(self, path: str) -> None:
        """Tests: batch raises what a call raises, or returns it where asked to."""
        # For string models core makes it all or nothing, so only the failing place is looked at.
        self._require_error(path)
        prompts = [PROMPTS[0], str(self.error_prompt)]
        answers = self._answers(self._new_for_threads(), path, prompts, return_exceptions=True)
        if len(answers) != len(prompts) or not isinstance(answers[-1], Exception):
            found(f"with return_exceptions: {shown(answers)}", "the exception in its place")
        returned, error = attempt(lambda: self._answers(self._new_for_threads(), path, prompts))
        if not error:
            found(f"{path} returned {shown(returned)}", "the exception")

    def _require_text(self, path: str, prompt: str) -> None:
        """Compare a path with the declared text, or with `invoke`."""
        expected, declared = self.expected_completion(prompt), "expected_completion"
        if expected is None:
            expected, declared = attempt(lambda: self._answer("invoke", prompt))[0], ""
        if expected is None and path != "invoke":
            not_applicable("invoke is broken, which same_text_on_every_path reports")
        same(self._answer(path, prompt), expected, f"{path} answered", declared=declared)

    def _answer(self, path: str, prompt: str) -> str:
        return self._said(path) if prompt == PROMPT else self._ask(self._new(), path, prompt)


class StringPaths(ConformanceSuite):
    """What only string models have: their answers are strings, their prompts become strings."""

    @must("Return plain text; let _stream yield GenerationChunk and leave stream to core.")
    def test_answers_are_strings(self, path: str) -> None:
        """Whatever invoke returns or stream yields is a string."""
        pieces = self._heard(path)[0]
        other = {type(piece).__name__ for piece in pieces if not isinstance(piece, str)}
        if other:
            found(f"{path} hands out {', '.join(sorted(other))}", "str")

    @must("Write `if run_manager:` before run_manager.on_llm_new_token(...).")
    @on(STREAMS)
    def test_stream_without_run_manager(self, path: str) -> None:
        """run_manager is optional in _stream: a wrapping model or a direct caller passes none."""
        chunks = getattr(self._new(), f"_{path}")(self._raw_prompt(PROMPT))
        texts = map(self._text, _loop.run_on(path, _loop.listed(chunks)))
        same("".join(texts), self._reference(), "the chunks hold")

    @must("Leave invoke and _convert_input to langchain-core, or accept all of them.")
    @on(KINDS)
    def test_prompt_types(self, kind: str) -> None:
        """A prompt may be a string, a prompt value or a list of messages."""
        self._require_path("invoke")
        expected = self._reference(QUESTION if kind == "string_value" else f"Human: {QUESTION}")
        answer = self._ask(self._new(), "invoke", KINDS[kind])
        same(answer, expected, f"asked with {kind} it answered")
