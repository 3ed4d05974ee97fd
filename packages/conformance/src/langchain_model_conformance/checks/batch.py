"""Batches: every prompt gets its own answer."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance import _loop
from langchain_model_conformance._check import check
from langchain_model_conformance._diagnosis import found, shown
from langchain_model_conformance._suite import ConformanceSuite

BATCHES = ("path", ("batch", "abatch"))
PROMPTS = [f"{word} is prompt number {at}" for at, word in enumerate(("ant", "bee", "cat", "doe"))]
REPEATED = [*PROMPTS, PROMPTS[0], "eel is the last"]


class Batch(ConformanceSuite):
    """`batch` is `invoke` several times."""

    @check(
        says="Tests: batch works: the answers come in the order of the prompts.",
        mend="Return one generation list for each prompt, in their order, duplicates included.",
        each=BATCHES,
    )
    def test_batch_order(self, path: str) -> None:
        self._require_answers(
            self._several(self._new_for_threads(), path, REPEATED), REPEATED, path
        )

    @check(
        says="Tests: batch works with max_concurrency.",
        mend="Leave batch to langchain-core, or accept every key of the configuration.",
        each=BATCHES,
    )
    def test_batch_max_concurrency(self, path: str) -> None:
        config = {"max_concurrency": 2}
        answers = self._several(self._new_for_threads(), path, REPEATED, config=config)
        self._require_answers(answers, REPEATED, f"{path} with max_concurrency")

    @check(
        says="Tests: batch works as completed: each answer comes with its prompt's number.",
        mend="Leave batch_as_completed to langchain-core.",
        each=BATCHES,
    )
    def test_batch_as_completed(self, path: str) -> None:
        model = self._new_for_threads()

        async def collect() -> list[tuple[int, Any]]:
            return [
                pair async for pair in _loop.each(getattr(model, f"{path}_as_completed")(REPEATED))
            ]

        pairs = _loop.run_on(path, collect())
        if sorted(at for at, _ in pairs) != list(range(len(REPEATED))):
            found(f"answers numbered {[at for at, _ in pairs]}", "each prompt once")
        answers = [self._text(answer) for _, answer in sorted(pairs, key=lambda pair: pair[0])]
        self._require_answers(answers, REPEATED, f"{path}_as_completed")

    @check(
        says="Tests: batch raises what a call raises, or returns it where asked to.",
        mend="Let the exception out of _call or _generate; an error is no answer.",
        each=BATCHES,
    )
    def test_batch_exceptions(self, path: str) -> None:
        # For string models core makes it all or nothing, so only the failing place is looked at.
        self._require_error(path)
        prompts = [PROMPTS[0], str(self.error_prompt)]
        answers = self._answers(self._new_for_threads(), path, prompts, return_exceptions=True)
        if len(answers) != len(prompts) or not isinstance(answers[-1], Exception):
            found(f"with return_exceptions: {shown(answers)}", "the exception in its place")
        try:
            answers = self._answers(self._new_for_threads(), path, prompts)
        except Exception:  # noqa: BLE001  # the declared failure
            return
        found(f"{path} returned {shown(answers)}", "the exception")
