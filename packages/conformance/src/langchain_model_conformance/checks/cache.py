"""The cache: an answer is served again to the same question of the same model, and to no other."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance._check import check
from langchain_model_conformance._diagnosis import found, not_applicable, same, shown
from langchain_model_conformance._recording import RecordingCache
from langchain_model_conformance._suite import ConformanceSuite

FIRST, SECOND = "the first of two questions", "the second of two questions"


class Cache(ConformanceSuite):
    """Core makes the key of identifying parameters and stop; the model must not mislead it."""

    @check(
        says="Caching: the same question is answered from the cache.",
        mend="Report nothing in _identifying_params that changes from call to call.",
        each=("path", ("invoke", "ainvoke")),
    )
    def test_cache_hit(self, path: str) -> None:
        cache = RecordingCache()
        answers = [self._ask(self._new(cache=cache), path, FIRST) for _ in range(2)]
        if cache.hits != 1:
            found(f"{cache.hits} hits of two equal calls", "one")
        if answers != [self._reference(FIRST)] * 2:
            found(f"answers {shown(answers)}", shown(self._reference(FIRST)))

    @check(
        says="Caching: no answer crosses between configurations.",
        mend="Report every argument that changes answers in _identifying_params; a default stop "
        "not as `stop`, since core writes the call's value over that key.",
        needs=("invoke",),
    )
    def test_cache_not_crossing(self) -> None:
        if not self.distinguishing_params:
            not_applicable("no distinguishing_params are declared")
        crossed = []
        for name, value in self.distinguishing_params.items():
            cache = RecordingCache()
            self._ask(self._new(cache=cache), "invoke", FIRST)
            self._ask(self._new(cache=cache, **{name: value}), "invoke", FIRST)
            if cache.hits:
                crossed.append(name)
        if crossed:
            found(
                f"a model with another {', '.join(crossed)} was served this one's answer",
                "an answer of its own",
            )

    @check(
        says="Caching: the key holds the stop.",
        mend="Leave caching to langchain-core, or put the stop into your own key.",
        each=("path", ("invoke", "ainvoke")),
    )
    def test_cache_keyed_by_stop(self, path: str) -> None:
        if self.stop_policy == "unsupported":
            not_applicable('stop_policy is "unsupported"')
        model, text = self._new(cache=RecordingCache()), self._reference(FIRST)
        if len(text) < 3:  # noqa: PLR2004  # something to cut
            not_applicable("the answer is too short, or too uniform, to be cut")
        try:
            calls: list[dict[str, Any]] = [{"prompt": FIRST, "stop": [text[1]]}, {"prompt": FIRST}]
            _, answer = self._ask_in_turn(model, path, calls)
        except Exception:  # noqa: BLE001  # whatever it raises, stop_respected tells
            not_applicable(
                f"stop does not work on {path}, which stop_respected or stop_policy reports"
            )
        same(answer, text, "without a stop it was served")

    @check(
        says="Caching: a batch of which a part is cached gets every answer in its place.",
        mend="Answer exactly the prompts that _generate is given, in their order.",
        each=("path", ("batch", "abatch")),
        needs=("invoke",),
    )
    def test_cache_partial_batch(self, path: str) -> None:
        model = self._new(cache=RecordingCache())
        self._ask(model, "invoke", SECOND)
        prompts = [FIRST, SECOND]
        answers = self._several(model, path, prompts)
        expected = [self._reference(prompt) for prompt in prompts]
        same(answers, expected, f"{path} answered")
