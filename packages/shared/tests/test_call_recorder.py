"""`CallRecorder` records any LangChain model as the echoes record themselves."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.language_models import FakeListChatModel, FakeListLLM
from langchain_core.messages import AIMessage, HumanMessage

from langchain_model_parts.recorder import CallRecorder


class FailingLLM(FakeListLLM):
    def _call(self, *_: Any, **__: Any) -> str:
        raise TimeoutError("slow")


@pytest.mark.parametrize("path", ["invoke", "ainvoke", "stream", "astream"])
def test_a_chat_model_is_recorded_on_every_path(path: str) -> None:
    recorder = CallRecorder()
    model: Any = FakeListChatModel(responses=["Paris"])
    options: dict[str, Any] = {"stop": ["END"], "tools": [{"name": "f"}], "tool_choice": "any"}
    config = {"callbacks": [recorder]}

    async def astreamed() -> None:
        async for _ in model.astream("Where?", config, **options):
            pass

    if path == "stream":
        list(model.stream("Where?", config, **options))
    elif path == "astream":
        asyncio.run(astreamed())
    elif path == "ainvoke":
        asyncio.run(model.ainvoke("Where?", config, **options))
    else:
        model.invoke("Where?", config, **options)
    (call,) = recorder.calls
    assert call.messages == [HumanMessage("Where?")]
    assert (call.prompt, call.stop, call.tool_choice) == ("Where?", ["END"], "any")
    assert call.tools == [{"name": "f"}]
    assert isinstance(call.answer, AIMessage)
    assert (call.answer.content, call.error) == ("Paris", None)


def test_each_prompt_of_a_batch_is_a_call() -> None:
    recorder = CallRecorder()
    llm = FakeListLLM(responses=["a", "b"])
    llm.batch(["one", "two"], {"callbacks": [recorder]}, stop=["END"])
    assert [(call.prompt, call.stop, call.answer) for call in recorder.calls] == [
        ("one", ["END"], "a"),
        ("two", ["END"], "b"),
    ]
    assert recorder.call_count == 2


def test_an_error_is_recorded() -> None:
    recorder = CallRecorder()
    with pytest.raises(TimeoutError) as caught:
        FailingLLM(responses=[""]).invoke("hi", {"callbacks": [recorder]})
    assert recorder.last_call is not None
    assert (recorder.last_call.error, recorder.last_call.answer) == (caught.value, None)


def test_a_call_of_which_nothing_else_is_told_has_no_options() -> None:
    recorder = CallRecorder()
    recorder.on_llm_start({}, ["hi"], run_id=uuid4())
    (call,) = recorder.calls
    assert (call.prompt, call.stop, call.options) == ("hi", None, {})


async def test_calls_are_recorded_in_the_thread_of_the_loop() -> None:
    threads: list[int] = []

    class Watched(CallRecorder):
        def on_llm_start(self, *args: Any, **kwargs: Any) -> None:
            threads.append(threading.get_ident())
            super().on_llm_start(*args, **kwargs)

    llm = FakeListLLM(responses=["a"])
    assert await llm.ainvoke("hi", {"callbacks": [Watched()]}) == "a"
    assert threads == [threading.get_ident()]
