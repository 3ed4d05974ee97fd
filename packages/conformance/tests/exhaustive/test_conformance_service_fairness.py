"""What is fine, or cannot be judged, is not held against the model of a service."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from conformance_driver import cases_of
from healthy_service import SERVICE, ServiceChat, ServiceLLM
from langchain_model_conformance import (
    ChatModelConformanceTests,
    ConformanceFailure,
    DeclarationFailure,
    LLMConformanceTests,
)
from langchain_model_conformance.checks import streaming
from planted import Defect, suite_for

if TYPE_CHECKING:
    from langchain_core.outputs import ChatGenerationChunk, GenerationChunk, LLMResult


def reasons(model: type[Any], check: str, **declared: Any) -> set[str]:
    """Return why cases of a check do not apply; fail if one finds anything."""
    base, prefix = (
        (LLMConformanceTests, "llm")
        if issubclass(model, ServiceLLM)
        else (ChatModelConformanceTests, "chat_model")
    )
    suite = suite_for(base, prefix, Defect(model, frozenset(), {**SERVICE, **declared}))
    said = set()
    for name, test, arguments in cases_of(suite):
        if name.partition("[")[0] == check:
            try:
                getattr(suite(), test)(**arguments)
            except pytest.skip.Exception as skip:
                said.add(str(skip))
    return said


class RefusesManyStops(ServiceLLM):
    def answer(self, prompt: str, stop: Any, **options: Any) -> list[GenerationChunk]:
        if len(stop or ()) > 4:
            raise ValueError("400: at most four stops")
        return super().answer(prompt, stop, **options)


class RefusesEveryArgument(ServiceLLM):
    def answer(self, prompt: str, stop: Any, **options: Any) -> list[GenerationChunk]:
        if options:
            raise TypeError("no arguments are known")
        return super().answer(prompt, stop)


class CountsTokensForAllPrompts(ServiceLLM):
    """A model that tells its usage of the whole result, as OpenAI's string model does."""

    def _generate(self, *given: Any, **how: Any) -> LLMResult:
        return for_all(super()._generate(*given, **how))

    async def _agenerate(self, *given: Any, **how: Any) -> LLMResult:
        return for_all(await super()._agenerate(*given, **how))


def for_all(result: LLMResult) -> LLMResult:
    """Return a result whose usage is told of the whole, and not of the one generation."""
    info = result.generations[0][0].generation_info or {}
    result.llm_output = {"token_usage": info.pop("token_usage")}
    return result


class HasAStopArgument(ServiceLLM):
    stop: list[str] | None = None


class SendsItsIdOnce(ServiceChat):
    def answer(self, *given: Any, **how: Any) -> list[ChatGenerationChunk]:
        first, *others = super().answer(*given, **how)
        for chunk in others:
            chunk.message.id = None
        return [first, *others]


class CallsOneTool(ServiceChat):
    def bind_tools(self, tools: Any, **how: Any) -> Any:
        return super().bind_tools(tools[:1], **how)


class StructuresNothing(ServiceChat):
    def with_structured_output(self, schema: Any, **how: Any) -> Any:
        raise NotImplementedError


def compute(seconds: float) -> None:
    """Keep this thread busy, as the set-up of a client does."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


class ComputesBeforeItAsks(ServiceLLM):
    async def _agenerate(self, prompts: list[str], *given: Any, **how: Any) -> LLMResult:
        compute(0.08)
        return await super()._agenerate(prompts, *given, **how)


TOO_BUSY = "the machine is too busy to tell whether the event loop is free"


def test_making_a_client_does_not_block_the_event_loop() -> None:
    assert reasons(ComputesBeforeItAsks, "event_loop_free") <= {TOO_BUSY}


def test_computing_for_longer_than_that_blocks_the_event_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "SETUP", 0.01)

    with pytest.raises(ConformanceFailure, match="ainvoke blocked the event loop for"):
        reasons(ComputesBeforeItAsks, "event_loop_free")


def test_machine_that_is_too_busy_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST", 0)

    assert reasons(ServiceLLM, "event_loop_free") == {TOO_BUSY}


@pytest.mark.parametrize(("first", "is_early"), [(0.78, True), (0.82, False)])
def test_first_chunk_may_take_most_of_the_time_and_not_all_of_it(
    monkeypatch: pytest.MonkeyPatch, first: float, *, is_early: bool
) -> None:
    async def arrivals(*_: Any) -> list[float]:
        return [first, 1.0, 1.0]

    monkeypatch.setattr(streaming.Streaming, "_arrivals", arrivals)
    if is_early:
        assert reasons(ServiceLLM, "first_chunk_early") == set()
    else:
        with pytest.raises(ConformanceFailure, match="its first chunk, which took 82% of the time"):
            reasons(ServiceLLM, "first_chunk_early")


def test_refusing_many_stops_is_honest() -> None:
    assert reasons(RefusesManyStops, "stop_many") == set()


def test_refusing_arguments_on_every_path_is_no_loss() -> None:
    assert reasons(RefusesEveryArgument, "call_arguments") == {
        "no path heeds distinguishing_params as arguments of a call"
    }


def test_stop_is_no_argument_like_others() -> None:
    declared = {"stop": ["q"]}

    assert reasons(HasAStopArgument, "call_arguments", distinguishing_params=declared) == {
        "no path heeds distinguishing_params as arguments of a call"
    }


def test_usage_of_the_whole_result_is_told() -> None:
    assert reasons(CountsTokensForAllPrompts, "details_on_every_path") == set()


def test_id_of_the_first_chunk_only_is_one_id() -> None:
    assert reasons(SendsItsIdOnce, "stream_adds_up") == set()


@pytest.mark.parametrize("check", ["requests_closed", "error_in_stream"])
def test_without_an_error_prompt_the_rest_is_judged(check: str) -> None:
    assert reasons(ServiceLLM, check, error_prompt=None) == set()


@pytest.mark.parametrize(
    ("model", "check", "declared", "reason"),
    [
        pytest.param(
            ServiceLLM,
            "first_chunk_early",
            {"slow_prompt": "at once"},
            "slow_prompt is answered at once, or in one chunk",
            id="quick answer",
        ),
        pytest.param(
            CallsOneTool,
            "parallel_tool_calls",
            {},
            "the model calls no two tools at once",
            id="one tool",
        ),
        pytest.param(
            StructuresNothing,
            "structured_output_raw",
            {},
            "with_structured_output fails, which langchain-tests reports",
            id="no structured output",
        ),
    ],
)
def test_what_cannot_be_judged_says_why(
    model: type[Any], check: str, declared: dict[str, Any], reason: str
) -> None:
    assert reasons(model, check, **declared) == {reason}


def test_default_stop_of_another_name_is_a_wrong_declaration() -> None:
    with pytest.raises(DeclarationFailure, match=r"default_stop_param is 'default_stops'.*write"):
        reasons(ServiceLLM, "declarations", default_stop_param="default_stops")
