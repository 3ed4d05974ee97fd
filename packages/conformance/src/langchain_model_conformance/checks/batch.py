"""Batches: every prompt gets its own answer."""

from __future__ import annotations

from langchain_model_conformance import _loop
from langchain_model_conformance._check import BATCHES, must, on
from langchain_model_conformance._diagnosis import attempt, found, same, shown
from langchain_model_conformance._suite import ConformanceSuite

PROMPTS = [f"{word} is prompt number {at}" for at, word in enumerate(("ant", "bee", "cat", "doe"))]
REPEATED = [*PROMPTS, PROMPTS[0], "eel is the last"]


class Batch(ConformanceSuite):
    """`batch` is `invoke` several times."""

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
