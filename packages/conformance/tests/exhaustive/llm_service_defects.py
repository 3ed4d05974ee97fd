"""Broken string LLMs, each one change of `ServiceLLM`: what shows only while one waits for it."""

from __future__ import annotations

import asyncio
import threading
import time
import warnings
from typing import TYPE_CHECKING, Any

from langchain_core.outputs import GenerationChunk, LLMResult
from pydantic import PrivateAttr

from healthy_llm import FAILS
from healthy_service import LINE, SERVICE, ServiceLLM
from planted import Defect
from planted import planted as planted_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator


DEFECTS: list[Defect] = []
planted = planted_in(DEFECTS, ServiceLLM, **SERVICE)


# Calls


@planted("call_arguments")
class DropsArgumentsInStreams(ServiceLLM):
    def _stream(
        self, prompt: str, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        return super()._stream(prompt, stop, run_manager)


@planted("call_arguments")
class RefusesArgumentsInStreams(ServiceLLM):
    def _stream(  # type: ignore[override]  # the defect
        self, prompt: str, stop: Any = None, run_manager: Any = None
    ) -> Iterator[GenerationChunk]:
        return super()._stream(prompt, stop, run_manager)


@planted("call_arguments")
class KeepsArguments(ServiceLLM):
    _options: dict[str, Any] = PrivateAttr(default_factory=dict)

    def answer(self, prompt: str, stop: Any, **options: Any) -> list[GenerationChunk]:
        self._options.update(options)
        return super().answer(prompt, stop, **self._options)


@planted("call_arguments")
class KeepsArgumentsOfStreamsForInvoke(ServiceLLM):
    _options: dict[str, Any] = PrivateAttr(default_factory=dict)

    def _stream(self, *given: Any, **how: Any) -> Iterator[GenerationChunk]:
        self._options = {name: value for name, value in how.items() if name == "n"}
        return super()._stream(*given, **how)

    def _generate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        return super()._generate(prompts, stop, run_manager, **{**self._options, **how})


@planted("default_stop")
class IgnoresItsDefaultStop(ServiceLLM):
    def answer(self, prompt: str, stop: Any, **options: Any) -> list[GenerationChunk]:
        return super().answer(prompt, stop or [], **options)


@planted("default_stop")
class IgnoresItsDefaultStopInStreams(ServiceLLM):
    def _stream(self, prompt: str, stop: Any = None, *given: Any, **how: Any) -> Any:
        return super()._stream(prompt, stop or [], *given, **how)


@planted("default_stop")
class CannotSwitchItsDefaultStopOff(ServiceLLM):
    def answer(self, prompt: str, stop: Any, **options: Any) -> list[GenerationChunk]:
        return super().answer(prompt, stop or None, **options)


@planted("stop_many")
class TakesFourStops(ServiceLLM):
    def answer(self, prompt: str, stop: Any, **options: Any) -> list[GenerationChunk]:
        return super().answer(prompt, stop and stop[:4], **options)


@planted("line_separators_kept")
class ReadsItsStreamBySplitlines(ServiceLLM):
    def _stream(self, *given: Any, **how: Any) -> Iterator[GenerationChunk]:
        for chunk in super()._stream(*given, **how):
            chunk.text = chunk.text.replace("\u2028", "\n").replace("\x85", "\n")
            yield chunk


@planted("runs_kept_apart")
class KeepsTheFirstRunManager(ServiceLLM):
    _run_manager: Any = PrivateAttr(default=None)

    def _generate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        if threading.current_thread() is threading.main_thread():
            self._run_manager = self._run_manager or run_manager
        result = super()._generate(prompts, stop, run_manager, **how)
        if self._run_manager:
            self._run_manager.on_llm_new_token(result.generations[0][0].text)
        return result


@planted("details_on_every_path")
class CountsNoTokensInStreams(ServiceLLM):
    def _stream(self, *given: Any, **how: Any) -> Iterator[GenerationChunk]:
        for chunk in super()._stream(*given, **how):
            (chunk.generation_info or {}).pop("token_usage", None)
            yield chunk


@planted("details_on_every_path")
class LosesItsFinishReasonInAstream(ServiceLLM):
    async def _astream(self, *given: Any, **how: Any) -> AsyncIterator[GenerationChunk]:
        async for chunk in super()._astream(*given, **how):
            (chunk.generation_info or {}).pop("finish_reason", None)
            yield chunk


@planted("details_on_every_path")
class SendsItsFinishReasonTwice(ServiceLLM):
    def _stream(self, *given: Any, **how: Any) -> Iterator[GenerationChunk]:
        yield from super()._stream(*given, **how)
        yield GenerationChunk(text="", generation_info={"finish_reason": "stop"})


@planted("pickle_after_call")
class HoldsTheLockOfItsLastStream(ServiceLLM):
    _lock: Any = PrivateAttr(default=None)

    def _stream(self, *given: Any, **how: Any) -> Iterator[GenerationChunk]:
        self._lock = threading.Lock()
        return super()._stream(*given, **how)


# Waiting


@planted("event_loop_free")
class SleepsInItsAcall(ServiceLLM):
    async def _agenerate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        time.sleep(0.06)  # noqa: ASYNC251  # the defect
        return await super()._agenerate(prompts, stop, run_manager, **how)


@planted("event_loop_free")
class ReadsSynchronouslyInItsAstream(ServiceLLM):
    async def apieces(self, *given: Any, **how: Any) -> AsyncGenerator[Any, None]:
        for chunk in self.pieces(*given, **how):
            yield chunk

    async def _agenerate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        return await asyncio.to_thread(self._generate, prompts, stop, run_manager, **how)


@planted("cancellation")
class AnswersWhenCancelled(ServiceLLM):
    async def _agenerate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        try:
            return await super()._agenerate(prompts, stop, run_manager, **how)
        except asyncio.CancelledError:
            return LLMResult(generations=[[GenerationChunk(text="")]])


@planted("cancellation")
class RaisesAnotherErrorWhenCancelled(ServiceLLM):
    async def _astream(self, *given: Any, **how: Any) -> AsyncIterator[GenerationChunk]:
        try:
            async for chunk in super()._astream(*given, **how):
                yield chunk
        except asyncio.CancelledError:
            raise RuntimeError("the stream broke") from None


# Streaming


@planted("error_in_stream")
class SwallowsErrorsInItsAstream(ServiceLLM):
    async def _astream(self, prompt: str, *given: Any, **how: Any) -> AsyncIterator[Any]:
        try:
            async for chunk in super()._astream(prompt, *given, **how):
                yield chunk
        except Exception:
            if prompt == FAILS:
                raise


@planted("error_in_stream")
class EndsItsStreamAtAnError(ServiceLLM):
    def pieces(self, *given: Any, **how: Any) -> Iterator[Any]:
        try:
            yield from super().pieces(*given, **how)
        except ValueError:
            return

    def _generate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        if FAILS in prompts:
            raise ValueError("this prompt fails")
        return super()._generate(prompts, stop, run_manager, **how)


@planted("first_chunk_early")
class ReadsEverythingFirst(ServiceLLM):
    def _stream(self, *given: Any, **how: Any) -> Iterator[GenerationChunk]:
        return iter(list(super()._stream(*given, **how)))


@planted("requests_closed")
class LeavesAStreamOpen(ServiceLLM):
    def pieces(self, *given: Any, **how: Any) -> Iterator[Any]:
        LINE.open += 1
        try:
            yield from self.answer(*given, **how)
        except GeneratorExit:
            raise
        except Exception:
            LINE.open -= 1
            raise
        LINE.open -= 1


@planted("requests_closed")
class LeavesAFailedRequestOpen(ServiceLLM):
    def _generate(
        self, prompts: list[str], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> LLMResult:
        LINE.open += FAILS in prompts
        return super()._generate(prompts, stop, run_manager, **how)


# Keys


@planted("secret_warnings")
class WarnsWithItsKey(ServiceLLM):
    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        key = self.api_key.get_secret_value() if self.api_key else ""
        warnings.warn(f"no model for the key {key}", stacklevel=1)


class Request:
    """A client's request: its representation shows nothing, its headers all."""

    def __init__(self, key: str) -> None:
        self.headers = [(b"Authorization", f"Bearer {key}".encode())]


@planted("secret_error_attributes")
class RaisesItsRequest(ServiceLLM):
    def answer(self, prompt: str, *given: Any, **how: Any) -> list[GenerationChunk]:
        try:
            return super().answer(prompt, *given, **how)
        except ValueError as error:
            error.request = Request(  # type: ignore[attr-defined] # the defect
                self.api_key.get_secret_value()  # type: ignore[union-attr] # it is set
            )
            error.first = error  # type: ignore[attr-defined]  # a circle
            error.model = self  # type: ignore[attr-defined]  # which may hold its key
            raise
