"""Composition: a model inside langchain-core's wrappers is still that model."""

from __future__ import annotations

from typing import Any

from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableLambda

from langchain_model_conformance._check import PATHS, check
from langchain_model_conformance._diagnosis import found, same
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance._suite import ConformanceSuite

QUESTION = "Who is asked?"
WRAPPERS = ("with_config", "with_retry", "with_fallbacks", "as_fallback", "bind", "chain")


class Composition(ConformanceSuite):
    """The checklist's promise: a custom LLM is a Runnable and works where one does."""

    @check(
        says="A model is a Runnable: with_config, with_retry, with_fallbacks, bind and | work.",
        mend="Leave these methods to langchain-core; an overridden invoke or stream takes "
        "(input, config=None, *, stop=None, **kwargs).",
        each=("wrapper", WRAPPERS),
    )
    def test_composes(self, wrapper: str) -> None:
        for path in PATHS[1]:
            if self._path_problem(path):
                continue
            runnable, asked = self._wrapped(wrapper)
            text = self._ask(runnable, path, asked)
            same(text, self._reference(QUESTION), f"{wrapper}: {path} answered")

    @check(
        says="A run's configuration reaches its callbacks: tags, metadata, name.",
        mend="Pass config on to super(), whole, where a public method is overridden.",
    )
    def test_config_reaches_callbacks(self, path: str) -> None:
        recorder = Recorder()
        config = {
            "callbacks": [recorder],
            "tags": ["a-tag"],
            "metadata": {"a-key": "a-value"},
            "run_name": "a-name",
        }
        self._ask(self._new().with_config(config), path)
        starts = recorder.named("start")
        if not starts:
            found(f"{path}: the configured callback was not called", "on_llm_start")
        told = starts[0].details
        if "a-tag" not in (told.get("tags") or []):
            found(f"{path}: tags {told.get('tags')}", "a-tag among them")
        if (told.get("metadata") or {}).get("a-key") != "a-value":
            found(f"{path}: metadata without a-key", "the configured metadata")
        if told.get("name") != "a-name":
            found(f"{path}: the run is called {told.get('name')!r}", "'a-name', as configured")

    def _wrapped(self, wrapper: str) -> tuple[Any, Any]:
        """Return the wrapped model and what to ask it."""
        model = self._new()
        wrapped = {
            "with_config": lambda: model.with_config(tags=["a-tag"]),
            "with_retry": lambda: model.with_retry(stop_after_attempt=2),
            "with_fallbacks": lambda: model.with_fallbacks([RunnableLambda(_fail)]),
            "as_fallback": lambda: RunnableLambda(_fail).with_fallbacks([model]),
            "bind": model.bind,
            "chain": lambda: PromptTemplate.from_template("{question}") | model,
        }[wrapper]()
        return wrapped, {"question": QUESTION} if wrapper == "chain" else QUESTION


def _fail(_: Any) -> str:
    raise ConnectionError("the first model is down")
