from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.outputs import GenerationChunk
from langchain_core.runnables import ConfigurableField

from langchain_llm_echo import CustomLLM, Failure
from llm_paths import PATHS

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from langchain_core.outputs import LLMResult

Event = tuple[str, Any]
each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])


class Recorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.events: list[Event] = []

    def on_llm_start(self, *_: Any, run_id: UUID, **__: Any) -> None:
        self.events.append(("start", run_id))

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        assert isinstance(chunk, GenerationChunk)
        assert chunk.text == token
        self.events.append(("token", token))

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        self.events.append(("end", response.generations[0][0].text))

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.events.append(("error", type(error)))

    def named(self, name: str) -> list[Any]:
        return [value for event, value in self.events if event == name]


class AsyncRecorder(AsyncCallbackHandler):
    """Records as `Recorder` does, from coroutines."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    async def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        assert isinstance(chunk, GenerationChunk)
        self.events.append(("token", token))


def test_each_token_is_reported_once_before_it_is_yielded() -> None:
    recorder = Recorder()
    for chunk in CustomLLM(chunk_size=2).stream("abcde", config={"callbacks": [recorder]}):
        recorder.events.append(("yield", chunk))
    assert recorder.events[1:] == [
        ("token", "ab"),
        ("yield", "ab"),
        ("token", "cd"),
        ("yield", "cd"),
        ("token", "e"),
        ("yield", "e"),
        ("end", "abcde"),
    ]


@pytest.mark.parametrize("recorder_class", [Recorder, AsyncRecorder])
def test_each_token_is_reported_once_before_it_is_yielded_asynchronously(
    recorder_class: type[Recorder | AsyncRecorder],
) -> None:
    recorder = recorder_class()

    async def consume() -> None:
        stream = CustomLLM(chunk_size=2).astream("abc", config={"callbacks": [recorder]})
        async for chunk in stream:
            recorder.events.append(("yield", chunk))

    asyncio.run(consume())
    assert [event for event in recorder.events if event[0] in {"token", "yield"}] == [
        ("token", "ab"),
        ("yield", "ab"),
        ("token", "c"),
        ("yield", "c"),
    ]


@pytest.mark.parametrize("path", ["invoke", "ainvoke", "batch", "abatch"])
def test_a_whole_reply_reports_no_tokens(path: str) -> None:
    recorder = Recorder()
    PATHS[path](CustomLLM(), "abc", config={"callbacks": [recorder]})
    assert recorder.named("token") == []
    assert set(recorder.named("end")) == {"abc"}


def test_the_model_streams_without_callbacks() -> None:
    assert [chunk.text for chunk in CustomLLM()._stream("ab")] == ["a", "b"]

    async def collected() -> list[str]:
        return [chunk.text async for chunk in CustomLLM()._astream("ab")]

    assert asyncio.run(collected()) == ["a", "b"]


@each_path
@pytest.mark.parametrize(
    ("stop", "error"), [([""], ValueError), ([1], TypeError), (b"x", TypeError)], ids=repr
)
def test_a_bad_stop_is_refused_before_anything_is_emitted(
    path: Callable[..., str], stop: Any, error: type[Exception]
) -> None:
    recorder = Recorder()
    with pytest.raises(error, match="stop must"):
        path(CustomLLM(sleep=3600), "abc", stop=stop, config={"callbacks": [recorder]})
    assert recorder.named("token") == recorder.named("end") == []
    runs = len(recorder.named("start"))
    assert recorder.named("error") == [error] * runs
    assert runs >= 1


def test_leaving_a_stream_early_is_no_error_of_the_model() -> None:
    stream = CustomLLM().stream("abc")
    assert next(stream) == "a"
    stream.close()  # type: ignore[attr-defined] # a generator


@each_path
def test_a_written_error_is_raised_and_reported_once_and_then_the_model_answers(
    path: Callable[..., str],
) -> None:
    recorder = Recorder()
    llm = CustomLLM(replies=[TimeoutError("planned"), ...])
    with pytest.raises(TimeoutError, match="planned"):
        path(llm, "abc", config={"callbacks": [recorder]})
    assert recorder.named("error") == [TimeoutError] * len(recorder.named("start"))
    assert recorder.named("token") == []
    assert path(llm, "abc") == "abc"


@pytest.mark.parametrize("path", ["stream", "astream"])
def test_a_stream_can_break_off_in_the_middle(path: str) -> None:
    recorder = Recorder()
    llm = CustomLLM(replies=[Failure(TimeoutError(), after=2)])
    with pytest.raises(TimeoutError):
        PATHS[path](llm, "abc", config={"callbacks": [recorder]})
    assert recorder.named("token") == ["a", "b"]
    assert recorder.named("error") == [TimeoutError]


def test_retries_and_fallbacks_can_be_driven() -> None:
    retried = CustomLLM(replies=[TimeoutError(), TimeoutError(), ...]).with_retry(
        wait_exponential_jitter=False, stop_after_attempt=3
    )
    assert retried.invoke("abc") == "abc"
    fallen_back = CustomLLM(replies=[TimeoutError(), ...]).with_fallbacks([CustomLLM(n=1)])
    assert fallen_back.invoke("abc") == "a"
    assert fallen_back.invoke("abc") == "abc"


def test_a_configurable_model_goes_on_with_its_replies() -> None:
    llm = CustomLLM(replies=[TimeoutError(), TimeoutError(), ...])
    configurable = llm.configurable_fields(n=ConfigurableField(id="n"))
    retried = configurable.with_retry(wait_exponential_jitter=False, stop_after_attempt=3)
    assert retried.with_config(configurable={"n": 1}).invoke("abc") == "a"


@each_path
def test_a_bad_stop_uses_up_no_entry(path: Callable[..., str]) -> None:
    llm = CustomLLM(replies=[TimeoutError()])
    with pytest.raises(ValueError, match="empty"):
        path(llm, "abc", stop=[""])
    with pytest.raises(TimeoutError):
        path(llm, "abc")
