"""Composition: a model inside langchain-core's wrappers, and in its events, is still that model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnableLambda

from langchain_model_conformance import _loop
from langchain_model_conformance._check import SIX, must, on, should
from langchain_model_conformance._diagnosis import found, same
from langchain_model_conformance._isolation import deprecated_in_core
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "Who is asked?"  # short: core adds up a log in quadratic time
IN_CHAIN = {"question": QUESTION}
VERSIONS = ("v1", "v2")
EVENTS = "In _stream, _astream: run_manager.on_llm_new_token(text, chunk=chunk) before each yield."


def _chain(model: Any) -> Any:
    return PromptTemplate.from_template("{question}") | model


def _fail(_: Any) -> str:
    raise ConnectionError("the first model is down")


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "with_config": lambda model: model.with_config(tags=["a-tag"]),
    "with_retry": lambda model: model.with_retry(stop_after_attempt=2),
    "with_fallbacks": lambda model: model.with_fallbacks([RunnableLambda(_fail)]),
    "as_fallback": lambda model: RunnableLambda(_fail).with_fallbacks([model]),
    "bind": lambda model: model.bind(),
    "chain": _chain,
}


class Composition(ConformanceSuite):
    """A custom LLM is a Runnable: it works where one does, and a UI sees what it says."""

    @must(EVENTS)
    @on(VERSIONS)
    def test_astream_events(self, version: str) -> None:
        """Streaming: astream_events streams the model's chunks."""
        self._require_events(self._new(), QUESTION, version)

    @must(EVENTS)
    @on(VERSIONS)
    def test_astream_events_in_chain(self, version: str) -> None:
        """Streaming: astream_events streams the model's chunks in a chain too."""
        self._require_events(_chain(self._new()), IN_CHAIN, version)

    @must("Leave astream to langchain-core and implement _astream or _stream.")
    @on(("alone", "chain"))
    def test_astream_log(self, where: str) -> None:
        """Streaming: astream_log collects the model's chunks."""
        self._require_path("astream")
        chain = where == "chain"
        model: Any = _chain(self._new()) if chain else self._new()
        log = model.astream_log(IN_CHAIN if chain else QUESTION, diff=False)
        with deprecated_in_core():
            chunks = _loop.run(_loop.listed(log))[-1].state["streamed_output"]
        text = "".join(map(self._text, chunks))
        same(text, self._reference(QUESTION), f"the log of {where} says")

    @must("Leave these to langchain-core; an overridden invoke takes (input, config, **kwargs).")
    @on(WRAPPERS)
    def test_composes(self, wrapper: str) -> None:
        """A model is a Runnable: with_config, with_retry, with_fallbacks, bind and | work."""
        asked = IN_CHAIN if wrapper == "chain" else QUESTION
        for path in SIX:
            if not self._path_problem(path):
                text = self._ask(WRAPPERS[wrapper](self._new()), path, asked)
                same(text, self._reference(QUESTION), f"{wrapper}: {path} answered")

    @must("Pass config on to super(), whole, where a public method is overridden.")
    def test_config_reaches_callbacks(self, path: str) -> None:
        """A run's configuration reaches its callbacks: tags, metadata, name."""
        recorder = Recorder()
        about = {"tags": ["a-tag"], "metadata": {"a-key": "a-value"}, "run_name": "a-name"}
        self._ask(self._new().with_config(callbacks=[recorder], **about), path)
        starts = recorder.named("start")
        if not starts:
            found(f"{path}: the configured callback was not called", "on_llm_start")
        told = starts[0].details
        if "a-tag" not in (told.get("tags") or []):
            found(f"{path}: tags {told.get('tags')}", "a-tag among them")
        key = (told.get("metadata") or {}).get("a-key")
        same(key, "a-value", f"{path}: the a-key of the metadata is")
        same(told.get("name"), "a-name", f"{path}: the run is called")

    @should("In get_num_tokens and get_token_ids ask super() when custom_get_token_ids is set.")
    def test_custom_token_ids(self) -> None:
        """get_num_tokens honours custom_get_token_ids."""
        model = self._new(custom_get_token_ids=lambda _: [7, 8, 9])
        counted = model.get_token_ids("some text"), model.get_num_tokens("some text")
        same(counted, ([7, 8, 9], 3), "token ids and their number:")

    def _require_events(self, runnable: Any, asked: Any, version: str) -> None:
        self._require_path("astream")
        with deprecated_in_core():
            events = _loop.run(_loop.listed(runnable.astream_events(asked, version=version)))
        told = [event for event in events if event["event"].startswith("on_llm_")]
        chunks = [event["data"]["chunk"] for event in told if event["event"] == "on_llm_stream"]
        kinds = dict.fromkeys(event["event"] for event in told)
        streams = ["on_llm_stream"] * self._streams("astream")
        if not streams:
            kinds.pop("on_llm_stream", None)
        same([*kinds], ["on_llm_start", *streams, "on_llm_end"], f"events {version}:")
        if streams:
            text = "".join(map(self._text, chunks))
            same(text, self._reference(QUESTION), f"the events {version} say")
