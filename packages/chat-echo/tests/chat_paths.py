"""The six ways to ask a chat model, each as a function that returns the whole answer."""

from __future__ import annotations

import asyncio
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk

if TYPE_CHECKING:
    from collections.abc import Callable


def invoke(model: Any, messages: Any, /, **kwargs: Any) -> AIMessage:
    return checked(model.invoke(messages, **kwargs))


def ainvoke(model: Any, messages: Any, /, **kwargs: Any) -> AIMessage:
    return checked(asyncio.run(model.ainvoke(messages, **kwargs)))


def batch(model: Any, messages: Any, /, **kwargs: Any) -> AIMessage:
    return checked(model.batch([messages], **kwargs)[0])


def abatch(model: Any, messages: Any, /, **kwargs: Any) -> AIMessage:
    return checked(asyncio.run(model.abatch([messages], **kwargs))[0])


def stream(model: Any, messages: Any, /, **kwargs: Any) -> AIMessage:
    return joined(model.stream(messages, **kwargs))


def astream(model: Any, messages: Any, /, **kwargs: Any) -> AIMessage:
    return joined(astream_chunks(model, messages, **kwargs))


def astream_chunks(model: Any, messages: Any, /, **kwargs: Any) -> list[AIMessageChunk]:
    async def collected() -> list[AIMessageChunk]:
        return [chunk async for chunk in model.astream(messages, **kwargs)]

    return asyncio.run(collected())


def joined(chunks: Any) -> AIMessage:
    """Join the chunks of a stream; a stream without any fails here."""
    return checked(reduce(add, chunks))


def checked(message: Any) -> AIMessage:
    assert isinstance(message, AIMessage)
    return message


PATHS: dict[str, Callable[..., AIMessage]] = {
    path.__name__: path for path in (invoke, ainvoke, batch, abatch, stream, astream)
}


def facts(message: AIMessage) -> dict[str, Any]:
    """Return all that is said of a reply and does not differ from run to run."""
    return {
        "content": message.content,
        "tool_calls": message.tool_calls,
        "invalid_tool_calls": message.invalid_tool_calls,
        "usage": message.usage_metadata,
        "metadata": {
            name: value
            for name, value in message.response_metadata.items()
            if name in {"model_name", "finish_reason", "stop_sequence"}
        },
        "additional_kwargs": message.additional_kwargs,
        "name": message.name,
    }
