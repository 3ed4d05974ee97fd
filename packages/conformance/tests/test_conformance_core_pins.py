"""What langchain-core does that authors are not to be blamed for.

Each test pins one behaviour that the suite makes allowance for. When one fails, core has changed:
the check named in its doc-string can then ask for more.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from healthy_chat import HealthyChat
from healthy_llm import FAILS, HealthyLLM
from langchain_model_conformance._recording import Recorder, RecordingCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.outputs import LLMResult


class TellsInGenerate(HealthyLLM):
    """A string model that fires a token for each prompt it is given, in one run."""

    def _generate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> LLMResult:
        for prompt in prompts:
            run_manager.on_llm_new_token(prompt)
        return super()._generate(prompts, stop)


class YieldsNothing(HealthyLLM):
    """A string model whose stream is over before it begins."""

    def _stream(self, *_: Any, **__: Any) -> Iterator[Any]:
        return iter(())


class SeesItsRunManager(HealthyChat):
    """A chat model that writes down what run manager core passes."""

    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[Any]:
        SEEN.append(run_manager)
        yield from self.chunks(messages, stop)


SEEN: list[Any] = []


def test_core_caches_string_llms_without_per_call_arguments() -> None:
    """`cache_not_crossing` changes constructor arguments only, never those of a call."""
    cache = RecordingCache()
    model = HealthyLLM(cache=cache)
    model.invoke("hi", temperature=0)
    model.invoke("hi", temperature=1)

    assert cache.hits == 1


def test_core_gives_all_tokens_of_a_batch_to_its_first_run() -> None:
    """The token checks ask one prompt at a time."""
    recorder = Recorder()
    TellsInGenerate().batch(["one", "two"], config={"callbacks": [recorder]})
    starts, tokens = recorder.named("start"), recorder.named("token")

    assert len({event.run_id for event in starts}) == 2
    assert {event.run_id for event in tokens} == {starts[0].run_id}


def test_core_raises_index_error_on_ainvoke_with_an_empty_callback_list() -> None:
    """No check passes an empty list of callbacks."""
    with pytest.raises(IndexError):
        asyncio.run(HealthyLLM().ainvoke("hi", config={"callbacks": []}))


def test_core_drops_the_run_id_with_a_cache() -> None:
    """No check asks for a run id of its own."""
    wanted = uuid.uuid4()
    plain, cached = Recorder(), Recorder()
    HealthyLLM().invoke("hi", config={"callbacks": [plain], "run_id": wanted})
    model = HealthyLLM(cache=RecordingCache())
    model.invoke("hi", config={"callbacks": [cached], "run_id": wanted})

    assert plain.events[0].run_id == wanted
    assert cached.events[0].run_id != wanted


def test_core_makes_batch_with_return_exceptions_all_or_nothing() -> None:
    """`batch_exceptions` looks at the failing place only."""
    answers: list[Any] = HealthyLLM().batch(["hi", FAILS], return_exceptions=True)

    assert [type(answer) for answer in answers] == [ValueError, ValueError]


def test_core_reports_an_early_close_as_an_error() -> None:
    """`early_close` accepts an error callback; it refuses only an end, and further tokens."""
    recorder = Recorder()
    stream: Any = HealthyLLM().stream("hi there", config={"callbacks": [recorder]})
    next(stream)
    stream.close()

    assert [event.name for event in recorder.events] == ["start", "token", "error"]
    assert isinstance(recorder.events[-1].payload, GeneratorExit)


def test_core_raises_on_a_stream_without_chunks() -> None:
    """So `empty_answer` asks for one empty chunk."""
    with pytest.raises(ValueError, match="No generation chunks were returned"):
        list(YieldsNothing().stream("hi"))


def test_core_fires_no_token_on_invoke() -> None:
    """So the token checks look at streams only."""
    recorder = Recorder()
    HealthyLLM().invoke("hi", config={"callbacks": [recorder]})

    assert [event.name for event in recorder.events] == ["start", "end"]


def test_core_passes_no_run_manager_to_a_chat_stream_and_fires_the_tokens_itself() -> None:
    """So `token_callback_once` judges `stream`, and `run_manager_token_once` judges `_stream`."""
    SEEN.clear()
    recorder = Recorder()
    list(SeesItsRunManager().stream("hi", config={"callbacks": [recorder]}))

    assert SEEN == [None]
    assert recorder.named("token")[0].payload == "hi"


def test_core_writes_the_stop_of_a_call_over_an_identifying_parameter_of_that_name() -> None:
    """So the mend of `cache_not_crossing` warns of the key `stop`."""
    cache = RecordingCache()

    class ReportsStop(HealthyLLM):
        @property
        def _identifying_params(self) -> dict[str, Any]:
            return {"stop": ["a default"]}

    ReportsStop(cache=cache).invoke("hi")

    assert "a default" not in cache.keys[0][1]
    assert "('stop', None)" in cache.keys[0][1]
