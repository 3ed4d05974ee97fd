"""Broken chat models, each one change of `ServiceChat`: what shows only while one waits for it."""

from __future__ import annotations

import asyncio
import time
import uuid
import warnings
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from healthy_service import LINE, SERVICE, ServiceChat
from planted import Defect
from planted import planted as planted_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult


DEFECTS: list[Defect] = []
planted = planted_in(DEFECTS, ServiceChat, **SERVICE)


# Calls


@planted("call_arguments")
class DropsChatArgumentsInAstream(ServiceChat):
    async def apieces(self, messages: Any, stop: Any, **options: Any) -> AsyncGenerator[Any, None]:
        options.pop("n", None)
        async for chunk in super().apieces(messages, stop, **options):
            yield chunk

    async def _agenerate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **how: Any
    ) -> ChatResult:
        return await asyncio.to_thread(self._generate, messages, stop, run_manager, **how)


@planted("call_arguments")
class KeepsChatArguments(ServiceChat):
    _options: dict[str, Any] = PrivateAttr(default_factory=dict)

    def answer(self, messages: Any, stop: Any, **options: Any) -> list[ChatGenerationChunk]:
        self._options.update(options)
        return super().answer(messages, stop, **self._options)


@planted("default_stop")
class IgnoresItsDefaultChatStop(ServiceChat):
    def answer(self, messages: Any, stop: Any, **options: Any) -> list[ChatGenerationChunk]:
        return super().answer(messages, stop or [], **options)


@planted("stop_many")
class TakesFourChatStops(ServiceChat):
    def answer(self, messages: Any, stop: Any, **options: Any) -> list[ChatGenerationChunk]:
        return super().answer(messages, stop and stop[:4], **options)


@planted("line_separators_kept")
class ReadsItsChatStreamBySplitlines(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            text = str(chunk.message.content).replace("\u2028", "\n").replace("\x85", "\n")
            chunk.message.content = text
            yield chunk


# Waiting


@planted("event_loop_free")
class SleepsInItsAgenerate(ServiceChat):
    async def _agenerate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **how: Any
    ) -> ChatResult:
        time.sleep(0.06)  # noqa: ASYNC251  # the defect
        return await super()._agenerate(messages, stop, run_manager, **how)


@planted("cancellation")
class EndsItsChatStreamWhenCancelled(ServiceChat):
    async def _astream(self, *given: Any, **how: Any) -> AsyncIterator[ChatGenerationChunk]:
        try:
            async for chunk in super()._astream(*given, **how):
                yield chunk
        except asyncio.CancelledError:
            for word in ("not ", "cancelled"):
                yield ChatGenerationChunk(message=AIMessageChunk(content=word))


@planted("first_chunk_early")
class ReadsItsChatFirst(ServiceChat):
    async def _astream(self, *given: Any, **how: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in [chunk async for chunk in super()._astream(*given, **how)]:
            yield chunk


@planted("requests_closed")
class LeavesAChatStreamOpen(ServiceChat):
    async def apieces(self, *given: Any, **how: Any) -> AsyncGenerator[Any, None]:
        LINE.open += 1
        try:
            for chunk in self.answer(*given, **how):
                await asyncio.sleep(0)
                yield chunk
        except (Exception, asyncio.CancelledError):
            LINE.open -= 1
            raise
        LINE.open -= 1


# Streams


@planted("parallel_tool_calls")
class NumbersAllToolCallsZero(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            for part in chunk.message.tool_call_chunks:  # type: ignore[attr-defined]  # a chunk's
                part["index"] = 0
            yield chunk


@planted("parallel_tool_calls")
class LosesTheSecondToolCall(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            parts = chunk.message.tool_call_chunks  # type: ignore[attr-defined]  # a chunk's
            if not any(part["index"] for part in parts):
                yield chunk


@planted("stream_adds_up")
class SendsItsChatMetadataTwice(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            yield chunk
            if chunk.message.response_metadata:
                chunk.message.usage_metadata = None  # type: ignore[attr-defined]  # a chunk's
                yield chunk


@planted("stream_adds_up")
class LosesItsChatFinishReason(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            chunk.message.response_metadata.pop("finish_reason", None)
            yield chunk


@planted("stream_adds_up")
class GivesEachChunkAnId(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            chunk.message.id = str(uuid.uuid4())
            yield chunk


@planted("stream_adds_up")
class StreamsContentBlocks(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            if chunk.message.content:
                text = chunk.message.content
                chunk.message.content = [{"type": "text", "text": text, "index": 0}]
            yield chunk


@planted("conversation_on_every_path")
class StreamsTheLastMessageOnly(ServiceChat):
    def _stream(self, messages: list[BaseMessage], *given: Any, **how: Any) -> Any:
        return super()._stream(messages[-1:], *given, **how)


@planted("conversation_on_every_path")
class StreamsWithoutTheEarlierTurns(ServiceChat):
    def _stream(self, messages: list[BaseMessage], *given: Any, **how: Any) -> Any:
        return super()._stream([*messages[:-1][:1], messages[-1]], *given, **how)


# Tools


@planted("tools_unchanged")
class WritesIntoTools(ServiceChat):
    def bind_tools(self, tools: Any, **how: Any) -> Any:
        for tool in tools:
            if isinstance(tool, dict) and "function" in tool:
                tool["function"]["strict"] = True
        return super().bind_tools(tools, **how)


@planted("structured_output_raw")
class IgnoresIncludeRaw(ServiceChat):
    def with_structured_output(self, schema: Any, **how: Any) -> Any:
        how.pop("include_raw", None)
        return super().with_structured_output(schema, **how)


@planted("structured_output_raw")
class ParsesNothingBesideTheRaw(ServiceChat):
    def with_structured_output(self, schema: Any, **how: Any) -> Any:
        chain = super().with_structured_output(schema, **how)
        if not how.get("include_raw"):
            return chain
        return chain | (lambda answer: {**answer, "parsed": None})


# Keys


@planted("secret_warnings")
class WarnsWithItsChatKey(ServiceChat):
    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        key = self.api_key.get_secret_value() if self.api_key else ""
        warnings.warn(f"no model for the key {key}", stacklevel=1)


class Response:
    """A client's response: its representation shows nothing, its request all."""

    def __init__(self, key: str) -> None:
        self.request = {"headers": {"Authorization": f"Bearer {key}"}}


@planted("secret_error_attributes")
class RaisesItsResponse(ServiceChat):
    def answer(self, *given: Any, **how: Any) -> list[ChatGenerationChunk]:
        try:
            return super().answer(*given, **how)
        except ValueError as error:
            error.response = Response(  # type: ignore[attr-defined] # the defect
                self.api_key.get_secret_value()  # type: ignore[union-attr] # it is set
            )
            raise
