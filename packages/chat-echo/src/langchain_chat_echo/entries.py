"""The entries of `replies` that only a chat model answers with, as the fields of a message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.utils import message_chunk_to_message
from pydantic import BaseModel

from langchain_chat_echo.reply import named_tool, new_ids, to_json
from langchain_chat_echo.schema import UnsatisfiableSchemaError, echo_value
from langchain_chat_echo.structured import ANY_OBJECT, response_schema
from langchain_chat_echo.tool_schemas import bound_tools

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from langchain_model_parts.calls import Call


class CallTool:
    """An entry that calls a tool: its name, then the arguments by name. A list makes several calls.

    Examples:
        >>> CallTool("add", a=1, b=2)
        CallTool('add', a=1, b=2)
    """

    def __init__(self, name: str, /, **args: Any) -> None:
        self.name = name
        """The name of the tool."""
        self.args = args
        """The arguments, which need not fit the tool's schema."""

    def __repr__(self) -> str:
        args = "".join(f", {name}={value!r}" for name, value in self.args.items())
        return f"CallTool({self.name!r}{args})"


def are_tool_calls(entry: Any) -> bool:
    """Tell whether an entry is a tool call, or a list of which each item is one."""
    items = entry if isinstance(entry, list) else [entry]
    return bool(items) and all(isinstance(item, CallTool) for item in items)


def problem_with(entry: Any) -> str | None:
    """Return why a chat model cannot answer with an entry that has one of the right types."""
    if isinstance(entry, BaseMessage) and not isinstance(entry, AIMessage):
        return "a model answers with an AIMessage or a text."
    if isinstance(entry, list) and not are_tool_calls(entry) and any(map(are_tool_calls, entry)):
        return "a list of tool calls holds nothing else."
    return None


def as_written(message: AIMessage, call: Call) -> AIMessage:
    """Return a copy of a message for a call; only tool calls without an id get one."""
    reply = message.model_copy(deep=True)
    if isinstance(reply, AIMessageChunk):
        reply = cast("AIMessage", message_chunk_to_message(reply))
    own = {tool_call["id"] for tool_call in reply.tool_calls}
    ids = (identity for identity in new_ids(call.messages) if identity not in own)
    for tool_call in reply.tool_calls:
        if tool_call["id"] is None:
            tool_call["id"] = next(ids)
        tool_call["args"] = json.loads(to_json(tool_call["args"]))  # as a stream carries them
    return reply


def fields_of(entry: Any, call: Call) -> dict[str, Any]:
    """Return the fields of the message that an entry other than a message stands for.

    Raises:
        ValueError: If it is an object, and the call asks for none, or for another one.
    """
    if isinstance(entry, str):
        return {"content": entry}
    if are_tool_calls(entry):
        return _calling(entry if isinstance(entry, list) else [entry], call)
    is_model = isinstance(entry, BaseModel)
    value = entry.model_dump(mode="json", by_alias=True) if is_model else json.loads(to_json(entry))
    schema = response_schema(call.response_format)
    if schema is not None:
        if not _fits(value, {"type": "object"} if schema is ANY_OBJECT else schema):
            raise ValueError(
                f"replies holds {entry!r}, which does not fit the schema that the call asks for: "
                f"{to_json(schema)}. Write an object that fits; to answer nonsense, write a text."
            )
        return {"content": to_json(value)}
    if not call.tools:
        raise ValueError(
            f"replies holds the object {entry!r}, and the call asks for no structured output: "
            "call the model by with_structured_output, or write a text."
        )
    name = _tool_that_takes(value, type(entry).__name__, call)
    return _calling([CallTool(name, **value)], call)


def refuse_unbound(tool_calls: Iterable[ToolCall], call: Call) -> None:
    """Raise if a tool is called that the call does not bind.

    Raises:
        ValueError: It names the tool and the bound ones.
    """
    names = [tool_call["name"] for tool_call in tool_calls]
    tools = bound_tools(call.tools, skip_built_in=True) if names else {}
    for name in names:
        if name not in tools:
            raise ValueError(
                f"replies calls the tool {name!r}; the bound tools are {[*tools]}: bind it, write "
                "a structured answer as an object, or pass allow_unbound_tools=True."
            )


def _calling(tools: Sequence[CallTool], call: Call) -> dict[str, Any]:
    calls = [
        ToolCall(name=tool.name, args=json.loads(to_json(tool.args)), id=identity, type="tool_call")
        for tool, identity in zip(tools, new_ids(call.messages), strict=False)
    ]
    return {"content": "", "tool_calls": calls}


def _tool_that_takes(value: Any, class_name: str, call: Call) -> str:
    """Return the tool that is chosen, else the one of the object's class, else the last that fits.

    LangChain binds the tools that stand for structured output behind the others.
    """
    tools = bound_tools(call.tools, skip_built_in=True)
    free = (None, "auto", "any", "required", "none", True)
    if call.tool_choice not in free:
        candidates = [named_tool(tools, call.tool_choice)]
    elif class_name in tools:
        candidates = [class_name]
    else:
        candidates = [name for name in reversed(tools) if _knows(tools[name], value)]
    for name in candidates:
        if isinstance(value, dict) and _fits(value, tools[name]):
            return name
    schemas = to_json({name: tools[name] for name in candidates} or tools)
    raise ValueError(
        f"replies holds {to_json(value)}, which fits no tool that the call asks for: {schemas}. "
        "Write an object that fits; to answer nonsense, write a `CallTool` or a text."
    )


def _knows(schema: Mapping[str, Any], value: Any) -> bool:
    """Tell whether a schema declares all properties of a value."""
    return isinstance(value, dict) and value.keys() <= schema.get("properties", {}).keys()


def _fits(value: Any, schema: Any) -> bool:
    """Tell whether a value is valid: whether it is left when nothing else may be answered."""
    try:
        echo_value("", {**schema, "const": value})
    except UnsatisfiableSchemaError:
        return False
    return True
