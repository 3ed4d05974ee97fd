"""Broken chat models, each one change of `ServiceChat`: what shows only while one waits for it."""

from __future__ import annotations

import asyncio
import time
import uuid
import warnings
from typing import TYPE_CHECKING, Any

from pydantic import PrivateAttr

from healthy_service import LINE, SERVICE, ServiceChat
from planted import Defect
from planted import planted as planted_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk, ChatResult


DEFECTS: list[Defect] = []
planted = planted_in(DEFECTS, ServiceChat, **SERVICE)


# Calls


@planted("call_arguments", observed="n=3 of a call is lost on astream\n")
class DropsChatArgumentsInAstream(ServiceChat):
    async def apieces(self, messages: Any, stop: Any, **options: Any) -> AsyncGenerator[Any, None]:
        options.pop("n", None)
        async for chunk in super().apieces(messages, stop, **options):
            yield chunk

    async def _agenerate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **how: Any
    ) -> ChatResult:
        return await asyncio.to_thread(self._generate, messages, stop, run_manager, **how)


@planted("call_arguments", observed="n=3 of a call of invoke is kept: a later call, without it")
class KeepsChatArguments(ServiceChat):
    _options: dict[str, Any] = PrivateAttr(default_factory=dict)

    def answer(self, messages: Any, stop: Any, **options: Any) -> list[ChatGenerationChunk]:
        self._options.update(options)
        return super().answer(messages, stop, **self._options)


@planted("default_stop", observed="is ignored: invoke answered")
class IgnoresItsDefaultChatStop(ServiceChat):
    def answer(self, messages: Any, stop: Any, **options: Any) -> list[ChatGenerationChunk]:
        return super().answer(messages, stop or [], **options)


@planted("stop_many", observed="stop 8 of 8 is dropped: invoke answered")
class TakesFourChatStops(ServiceChat):
    def answer(self, messages: Any, stop: Any, **options: Any) -> list[ChatGenerationChunk]:
        return super().answer(messages, stop and stop[:4], **options)


@planted("line_separators_kept", observed="stream lost U+2028, U+0085")
class ReadsItsChatStreamBySplitlines(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            text = str(chunk.message.content).replace("\u2028", "\n").replace("\x85", "\n")
            chunk.message.content = text
            yield chunk


# Waiting


@planted("event_loop_free", observed="ainvoke blocked the event loop for")
class SleepsInItsAgenerate(ServiceChat):
    async def _agenerate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **how: Any
    ) -> ChatResult:
        time.sleep(0.06)  # noqa: ASYNC251  # the defect
        return await super()._agenerate(messages, stop, run_manager, **how)


@planted("cancellation", observed="astream swallowed its cancellation: it ")
class EndsItsChatStreamWhenCancelled(ServiceChat):
    async def _astream(self, *given: Any, **how: Any) -> AsyncIterator[ChatGenerationChunk]:
        try:
            async for chunk in super()._astream(*given, **how):
                yield chunk
        except asyncio.CancelledError:
            return


@planted("first_chunk_early", observed="astream read everything before its first chunk")
class ReadsItsChatFirst(ServiceChat):
    async def _astream(self, *given: Any, **how: Any) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in [chunk async for chunk in super()._astream(*given, **how)]:
            yield chunk


@planted("requests_closed", observed="after astream was closed early, 1 requests were left open")
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


@planted("parallel_tool_calls", observed="stream gives 2 tool calls the index 0")
class NumbersAllToolCallsZero(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            for part in chunk.message.tool_call_chunks:  # type: ignore[attr-defined]  # a chunk's
                part["index"] = 0
            yield chunk


@planted("parallel_tool_calls", observed="the tool calls of stream add up to")
class LosesTheSecondToolCall(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            parts = chunk.message.tool_call_chunks  # type: ignore[attr-defined]  # a chunk's
            if not any(part["index"] for part in parts):
                yield chunk


@planted("stream_adds_up", observed="finish_reason is sent more than once: stream adds it up to")
class SendsItsChatMetadataTwice(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            yield chunk
            if chunk.message.response_metadata:
                chunk.message.usage_metadata = None  # type: ignore[attr-defined]  # a chunk's
                yield chunk


@planted("stream_adds_up", observed="finish_reason is 'stop' in invoke, and lost in stream")
class LosesItsChatFinishReason(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            chunk.message.response_metadata.pop("finish_reason", None)
            yield chunk


@planted("stream_adds_up", observed="the chunks of one answer of stream have")
class GivesEachChunkAnId(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            chunk.message.id = str(uuid.uuid4())
            yield chunk


@planted("stream_adds_up", observed="content is a list in stream, a str in invoke")
class StreamsContentBlocks(ServiceChat):
    def _stream(self, *given: Any, **how: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **how):
            if chunk.message.content:
                text = chunk.message.content
                chunk.message.content = [{"type": "text", "text": text, "index": 0}]
            yield chunk


@planted("conversation_on_every_path", observed="to a conversation stream answered")
class StreamsTheLastMessageOnly(ServiceChat):
    def _stream(self, messages: list[BaseMessage], *given: Any, **how: Any) -> Any:
        return super()._stream(messages[-1:], *given, **how)


@planted("conversation_on_every_path", observed="stream sent 33 tokens of a conversation")
class StreamsWithoutTheEarlierTurns(ServiceChat):
    def _stream(self, messages: list[BaseMessage], *given: Any, **how: Any) -> Any:
        return super()._stream([*messages[:-1][:1], messages[-1]], *given, **how)


# Tools


@planted("tools_unchanged", observed="bind_tools made the caller's tools")
class WritesIntoTools(ServiceChat):
    def bind_tools(self, tools: Any, **how: Any) -> Any:
        for tool in tools:
            if isinstance(tool, dict) and "function" in tool:
                tool["function"]["strict"] = True
        return super().bind_tools(tools, **how)


@planted("structured_output_raw", observed="include_raw=True gave {'text': 'three'}")
class IgnoresIncludeRaw(ServiceChat):
    def with_structured_output(self, schema: Any, **how: Any) -> Any:
        how.pop("include_raw", None)
        return super().with_structured_output(schema, **how)


@planted("structured_output_raw", observed="include_raw=True gave {'raw':")
class ParsesNothingBesideTheRaw(ServiceChat):
    def with_structured_output(self, schema: Any, **how: Any) -> Any:
        chain = super().with_structured_output(schema, **how)
        if not how.get("include_raw"):
            return chain
        return chain | (lambda answer: {**answer, "parsed": None})


# Keys


@planted("secret_warnings", observed="a UserWarning shows the value of api_key")
class WarnsWithItsChatKey(ServiceChat):
    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        key = self.api_key.get_secret_value() if self.api_key else ""
        warnings.warn(f"no model for the key {key}", stacklevel=1)


class Response:
    """A client's response: its representation shows nothing, its request all."""

    def __init__(self, key: str) -> None:
        self.request = {"headers": {"Authorization": f"Bearer {key}"}}


@planted(
    "secret_error_attributes",
    observed="ValueError.response.request.headers.Authorization holds the value of api_key",
)
class RaisesItsResponse(ServiceChat):
    def answer(self, *given: Any, **how: Any) -> list[ChatGenerationChunk]:
        try:
            return super().answer(*given, **how)
        except ValueError as error:
            error.response = Response(  # type: ignore[attr-defined] # the defect
                self.api_key.get_secret_value()  # type: ignore[union-attr] # it is set
            )
            raise
