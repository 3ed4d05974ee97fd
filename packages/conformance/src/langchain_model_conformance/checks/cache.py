"""The cache: an answer is served again to the same question of the same model, and to no other."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance._check import BATCHES, ONE, must, on
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, same
from langchain_model_conformance._recording import RecordingCache
from langchain_model_conformance._suite import ConformanceSuite
from langchain_model_conformance.checks.stop import BROKEN, TOO_SHORT

FIRST, SECOND = "the first of two questions", "the second of two questions"


class Cache(ConformanceSuite):
    """Core makes the key of identifying parameters and stop; the model must not mislead it."""

    @must("Report nothing in _identifying_params that changes from call to call.")
    @on(ONE)
    def test_cache_hit(self, path: str) -> None:
        """Caching: the same question is answered from the cache."""
        cache = RecordingCache()
        answers = [self._ask(self._new(cache=cache), path, FIRST) for _ in range(2)]
        same(cache.hits, 1, "hits of two equal calls:")
        same(answers, [self._reference(FIRST)] * 2, "answers")

    @must(
        "Report every argument that changes answers in _identifying_params; a default stop not as "
        "`stop`, since core writes the call's value over that key."
    )
    def test_cache_not_crossing(self) -> None:
        """Caching: no answer crosses between configurations."""
        self._require_path("invoke")
        self._require_declared("distinguishing_params")
        crossed = []
        for name, value in self.distinguishing_params.items():
            cache = RecordingCache()
            for changed in ({}, {name: value}):
                self._ask(self._new(cache=cache, **changed), "invoke", FIRST)
            if cache.hits:
                crossed.append(name)
        if crossed:
            served = f"a model with another {', '.join(crossed)} was served this one's answer"
            found(served, "an answer of its own")

    @must("Leave caching to langchain-core, or put the stop into your own key.")
    @on(ONE)
    def test_cache_keyed_by_stop(self, path: str) -> None:
        """Caching: the key holds the stop."""
        self._require_stop()
        model, text = self._new(cache=RecordingCache()), self._reference(FIRST)
        if len(text) < 3:  # noqa: PLR2004  # something to cut
            not_applicable(TOO_SHORT)
        calls: list[dict[str, Any]] = [{"prompt": FIRST, "stop": [text[1]]}, {"prompt": FIRST}]
        answers, _ = attempt(lambda: self._ask_in_turn(model, path, calls))
        if not answers:
            not_applicable(BROKEN.format(path=path))
        same(answers[-1], text, "without a stop it was served")

    @must("Answer exactly the prompts that _generate is given, in their order.")
    @on(BATCHES)
    def test_cache_partial_batch(self, path: str) -> None:
        """Caching: a batch of which a part is cached gets every answer in its place."""
        self._require_path("invoke")
        model = self._new(cache=RecordingCache())
        self._ask(model, "invoke", SECOND)
        expected = [self._reference(prompt) for prompt in (FIRST, SECOND)]
        same(self._several(model, path, [FIRST, SECOND]), expected, f"{path} answered")
