"""What `ChatEcho` echoes, as pure functions of a conversation: no model, no state, no clock."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage, ToolCall, ToolMessage

from langchain_chat_echo.schema import UnsatisfiableSchemaError, echo_value
from langchain_chat_echo.structured import response_schema
from langchain_chat_echo.tool_schemas import bound_tools
from langchain_model_parts.calls import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from langchain_model_parts.calls import Call


def echo(call: Call) -> dict[str, Any]:
    """Return the fields of an echo: tool calls, or the text, as JSON where a call asks for that."""
    options = call.options
    if options.get("tools") or options.get("tool_choice"):
        calls = tool_calls(
            call.messages,
            bound_tools(options.get("tools")),
            options.get("tool_choice"),
            parallel=options.get("parallel_tool_calls") is not False,
        )
        if calls:
            return {"content": "", "tool_calls": calls}
    schema = response_schema(call.response_format)
    if schema is None:
        return {"content": last_told(call.messages)}
    asked = text_of(call.messages[last_human(call.messages)])
    return {"content": to_json(echo_value(asked, schema))}


def calls_of(message: BaseMessage) -> list[ToolCall]:
    """Return the tool calls that a message makes."""
    return message.tool_calls if isinstance(message, AIMessage) else []


def counted(message: BaseMessage) -> str:
    """Return all that is counted of a message: its text and the arguments of its tool calls."""
    return text_of(message) + "".join(to_json(call["args"]) for call in calls_of(message))


def to_json(value: Any) -> str:
    """Return a value as JSON, with every character as it is, and as text what JSON has not."""
    return json.dumps(value, ensure_ascii=False, default=str)


def last_told(messages: Sequence[BaseMessage]) -> str:
    """Return what a conversation ends in: the last message, or all the tool results there."""
    first = len(messages) - 1
    if isinstance(messages[first], ToolMessage):
        while first > 0 and isinstance(messages[first - 1], ToolMessage):
            first -= 1
    return "\n".join(map(text_of, messages[first:]))


def last_human(messages: Sequence[BaseMessage]) -> int:
    """Return the index of the last human message; -1, so of the last message, without any."""
    return max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=-1)


def tool_calls(
    messages: Sequence[BaseMessage],
    tools: Mapping[str, Any],
    choice: Any,
    *,
    parallel: bool,
) -> list[ToolCall]:
    """Return the calls that answer a conversation; none where text does.

    Args:
        messages: The conversation.
        tools: The JSON schema of the arguments of each bound tool, by name, in the order bound.
        choice: `None`, "auto", "none", "any", "required", `True`, a tool's name, or OpenAI's
            `{"type": "function", "function": {"name": ...}}`.
        parallel: Whether one answer may hold several calls.

    Raises:
        ValueError: If `choice` is none of these, or forces a call that no bound tool can answer.
        UnsatisfiableSchemaError: If the text does not fit the schema of a tool that was named.
    """
    human = last_human(messages)
    text = text_of(messages[human])
    named, others = _wanted(text, tools, messages[human + 1 :])
    if choice in ("any", "required") or choice is True:
        named, others = (named or others or [*reversed(bound(tools, choice))])[:1], []
    elif choice == "none":
        return []
    elif choice not in (None, "auto"):
        named, others = [named_tool(tools, choice)], []
    arguments = {name: _arguments(text, tools[name]) for name in named}
    for name in others:
        # Nobody named these tools, so one that the text does not fit is left out.
        with suppress(UnsatisfiableSchemaError):
            arguments[name] = _arguments(text, tools[name])
    ids = new_ids(messages)
    return [
        ToolCall(name=name, args=args, id=next(ids), type="tool_call")
        for name, args in [*arguments.items()][: None if parallel else 1]
    ]


def _arguments(text: str, schema: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = echo_value(text, schema, only=("object",))
    return arguments


def _wanted(
    text: str, tools: Mapping[str, Any], since: Sequence[BaseMessage]
) -> tuple[list[str], list[str]]:
    """Return the tools that a text names, and all others if it names none, less those called."""
    called = {call["name"] for message in since for call in calls_of(message)}
    places = {name: re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in tools}
    starts = {name: place.start() for name, place in places.items() if place}
    named = [name for name in sorted(starts, key=starts.__getitem__) if name not in called]
    return named, [] if starts else [name for name in tools if name not in called]


def bound(tools: Mapping[str, Any], choice: Any) -> list[str]:
    """Return the names of the bound tools.

    Raises:
        ValueError: If there are none, and so none that `choice` could force.
    """
    if not tools:
        raise ValueError(
            f"tool_choice={choice!r} asks for a tool call, but no tool is bound: use bind_tools."
        )
    return list(tools)


def named_tool(tools: Mapping[str, Any], choice: Any) -> str:
    """Return the tool that a `tool_choice` names.

    Raises:
        ValueError: If it is not understood, or names a tool that is not bound.
    """
    name = choice["function"]["name"] if _is_function_choice(choice) else choice
    if not isinstance(name, str):
        raise ValueError(  # noqa: TRY004 - a value of tool_choice, as unknown names are
            f"tool_choice={choice!r} is not understood: pass None, 'auto', 'none', 'any', "
            "'required', True, a tool's name, or {'type': 'function', 'function': {'name': ...}}."
        )
    if name not in bound(tools, choice):
        raise ValueError(f"tool_choice names {name!r}; the bound tools are {list(tools)}.")
    return name


def _is_function_choice(choice: Any) -> bool:
    function = choice.get("function") if isinstance(choice, dict) else None
    return isinstance(function, dict) and "name" in function


def new_ids(messages: Sequence[BaseMessage]) -> Iterator[str]:
    """Yield ids for tool calls that the conversation does not hold yet, the same each time."""
    calls = [call for message in messages for call in calls_of(message)]
    taken = {call["id"] for call in calls}
    ids = (f"call_{number}" for number in count(len(calls) + 1))
    return (identity for identity in ids if identity not in taken)


def number(options: Mapping[str, Any], name: str, *, least: int) -> int | None:
    """Return the number that a call gives by a name, or `None` where it gives none.

    Raises:
        ValueError: If it is not a whole number, or less than `least`.
    """
    value = options.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} on, got {value!r}.")
    return value
