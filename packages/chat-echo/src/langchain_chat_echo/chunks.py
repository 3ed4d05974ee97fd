"""A reply as the chunks of a stream. Joined with `+`, they are the reply again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk

from langchain_chat_echo.reply import to_json
from langchain_model_parts.echo import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator

# Since langchain-core 1.0; without it core appends an empty chunk of its own.
LAST = {"chunk_position": "last"} if "chunk_position" in AIMessageChunk.model_fields else {}


def chunks_of(reply: AIMessage, size: int | str) -> Iterator[ChatGenerationChunk]:
    """Yield a reply in chunks, at least one; what is said of it as a whole is on the last one.

    Args:
        reply: The whole reply.
        size: How many characters of text, or of a tool call's arguments, a chunk holds, or "word".
    """
    *fields, last = _fields(reply, size)
    for field in fields:
        if isinstance(field, str):
            yield _text_chunk(field, reply.id)
        else:
            yield _chunk(**field, id=reply.id)
    chunk = _chunk(
        **({"content": last} if isinstance(last, str) else last),
        id=reply.id,
        response_metadata=reply.response_metadata,
        usage_metadata=reply.usage_metadata,
        invalid_tool_calls=reply.invalid_tool_calls,
        name=reply.name,
        **LAST,
    )
    # Behind its back: the constructor would parse raw tool calls in it, a second time.
    chunk.message.additional_kwargs = reply.additional_kwargs
    yield chunk


def _fields(reply: AIMessage, size: int | str) -> list[str | dict[str, Any]]:
    """Return what the chunks hold: a text as it is, or a chunk's fields."""
    fields: list[str | dict[str, Any]] = []
    if isinstance(reply.content, str):
        if reply.content or not reply.tool_calls:
            fields += pieces(reply.content, size)
    else:
        # A block comes whole: only with an index, which would stay in the content, could the
        # pieces of one be joined again.
        fields += [{"content": [block]} for block in reply.content]
    # Content comes first in what `output_version="v1"` numbers by the same index.
    text_blocks = int(bool(reply.content)) if isinstance(reply.content, str) else len(reply.content)
    for index, call in enumerate(reply.tool_calls, start=text_blocks):
        first = {"name": call["name"], "id": call["id"], "args": ""}
        arguments = pieces(to_json(call["args"]), size)
        for part in (first, *({"name": None, "id": None, "args": piece} for piece in arguments)):
            call_chunk = {**part, "index": index, "type": "tool_call_chunk"}
            fields.append({"content": "", "tool_call_chunks": [call_chunk]})
    if reply.tool_calls or not fields:
        # On langchain-core's event protocol the last chunk's arguments are lost: it holds none.
        fields.append({"content": reply.content[:0]})
    return fields


def _chunk(**fields: Any) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(**fields))


_MESSAGE = AIMessageChunk(content="")
_GENERATION = ChatGenerationChunk(message=_MESSAGE)
_EMPTY = {name: type(value) for name, value in vars(_MESSAGE).items() if value in ([], {})}


def _text_chunk(text: str, identity: str | None) -> ChatGenerationChunk:
    """Return what `_chunk(content=text, id=identity)` does, without the validation's cost.

    It is safe on every pydantic 2, for it does what `model_copy(update=...)` is documented to do:
    copy the object without validation, then write fields into the `__dict__` of the copy. The
    values need no validation: text and id are what a validated message held, the rest are empty.
    Each chunk gets containers of its own, so nothing that can be changed is shared with another.
    """
    message = _MESSAGE.__copy__()
    empty = {name: kind() for name, kind in _EMPTY.items()}
    message.__dict__.update(content=text, id=identity, **empty)
    chunk = _GENERATION.__copy__()
    chunk.__dict__.update(text=text, message=message)
    return chunk
