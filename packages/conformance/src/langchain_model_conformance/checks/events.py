"""Events: what `astream_events` and `astream_log` show of a model, alone and in a chain."""

from __future__ import annotations

from typing import Any

from langchain_core.prompts import PromptTemplate

from langchain_model_conformance import _loop
from langchain_model_conformance._check import check
from langchain_model_conformance._diagnosis import found, same, shown
from langchain_model_conformance._isolation import deprecated_in_core
from langchain_model_conformance._suite import ConformanceSuite

QUESTION = "What is seen?"  # short: core adds up a log in quadratic time
VERSIONS = ("v1", "v2")
MEND = (
    "Call run_manager.on_llm_new_token(chunk.text, chunk=chunk) before each yield, in _stream and "
    "in _astream: events are made of it."
)


class Events(ConformanceSuite):
    """What a UI sees while a model talks."""

    @check(
        says="Streaming: astream_events streams the model's chunks.",
        mend=MEND,
        each=("version", VERSIONS),
        needs=("astream",),
    )
    def test_astream_events(self, version: str) -> None:
        self._require_events(self._new(), QUESTION, version)

    @check(
        says="Streaming: astream_events streams the model's chunks in a chain too.",
        mend=MEND,
        each=("version", VERSIONS),
        needs=("astream",),
    )
    def test_astream_events_in_chain(self, version: str) -> None:
        self._require_events(_chain(self._new()), {"question": QUESTION}, version)

    @check(
        says="Streaming: astream_log collects the model's chunks.",
        mend="Leave astream to langchain-core and implement _astream or _stream.",
        each=("where", ("alone", "chain")),
        needs=("astream",),
    )
    def test_astream_log(self, where: str) -> None:
        model: Any = self._new()
        asked: Any = QUESTION
        if where == "chain":
            model, asked = _chain(model), {"question": QUESTION}

        async def collect() -> list[Any]:
            logs = [log async for log in model.astream_log(asked, diff=False)]
            return list(logs[-1].state["streamed_output"])

        with deprecated_in_core():
            text = "".join(map(self._text, _loop.run(collect())))
        same(text, self._reference(QUESTION), f"the log of {where} says")

    def _require_events(self, runnable: Any, asked: Any, version: str) -> None:
        async def collect() -> list[Any]:
            return [event async for event in runnable.astream_events(asked, version=version)]

        with deprecated_in_core():
            events = [
                event for event in _loop.run(collect()) if event["event"].startswith("on_llm_")
            ]
        kinds = list(dict.fromkeys(event["event"] for event in events))
        wanted = ["on_llm_start", "on_llm_stream", "on_llm_end"]
        streams = self._streams("astream")
        if not streams:
            wanted.remove("on_llm_stream")
            kinds = [kind for kind in kinds if kind != "on_llm_stream"]
        if kinds != wanted:
            found(f"events {version}: {kinds}", f"{wanted}")
        chunks = [event["data"]["chunk"] for event in events if event["event"] == "on_llm_stream"]
        text = "".join(map(self._text, chunks))
        if streams and text != self._reference(QUESTION):
            found(f"the events {version} say {shown(text)}", shown(self._reference(QUESTION)))


def _chain(model: Any) -> Any:
    return PromptTemplate.from_template("{question}") | model
