"""What `ChatEcho` answers, as pure functions of a conversation: no model, no state, no clock."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from itertools import count
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage

from langchain_chat_echo.arguments import echo_value
from langchain_chat_echo.tool_schemas import parameters_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_model_parts import StopSequences

Content = str | list[str | dict[str, Any]]

# OpenAI's, Anthropic's and LangChain's older words for the same kinds of content.
TEXTS = ("text", "input_text", "output_text")
MARKERS = {
    "image_url": "image",
    "input_image": "image",
    "input_audio": "audio",
    "document": "file",
    "input_file": "file",
}

SCRIPTED = (
    "content",
    "additional_kwargs",
    "response_metadata",
    "name",
    "tool_calls",
    "invalid_tool_calls",
    "usage_metadata",
)
"""What is taken over from a script's message; not its id, which must be new each time."""

ANY_OBJECT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
"""What JSON mode without a schema is answered with."""


def text_of(message: BaseMessage) -> str:
    """Return a message's text; what is no text becomes a marker such as `[image]`."""
    content = message.content
    return content if isinstance(content, str) else "".join(map(_block_text, content))


def _block_text(block: str | dict[str, Any]) -> str:
    if isinstance(block, str) or block.get("type") in TEXTS:
        return _own_text(block)
    kind = block.get("type", "block")
    return f"[{MARKERS.get(kind, kind)}]"


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


def scripted(script: Sequence[str | AIMessage], messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """Return the fields of the entry that a script has for this point of a conversation.

    Raises:
        ValueError: If the conversation is past the script's end.
    """
    turn = sum(isinstance(message, AIMessage) for message in messages)
    if turn >= len(script):
        raise ValueError(
            f"script holds {len(script)} replies, and this conversation asks for reply {turn + 1}: "
            f"it has {turn} AI messages already. Write down more replies, or start anew."
        )
    entry = script[turn]
    if isinstance(entry, str):
        return {"content": entry}
    fields = {name: deepcopy(getattr(entry, name)) for name in SCRIPTED}
    fields["additional_kwargs"].pop(
        "tool_calls", None
    )  # their raw form: parsed again, a second call
    own = {call["id"] for call in entry.tool_calls}
    ids = (identity for identity in new_ids(messages) if identity not in own)
    for call in fields["tool_calls"]:
        call["id"] = call["id"] or next(ids)
        call["args"] = json.loads(to_json(call["args"]))  # as a stream carries them
    return fields


def tool_calls(
    messages: Sequence[BaseMessage],
    tools: Mapping[str, Mapping[str, Any]],
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
        UnsatisfiableSchemaError: If the text does not fit a tool's schema.
    """
    human = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=-1)
    text = text_of(messages[human])
    wanted = _wanted(text, tools, messages[human + 1 :])
    if choice in ("any", "required") or choice is True:
        names = [*wanted, *reversed(_bound(tools, choice))][:1]
    elif choice in (None, "auto", "none"):
        names = [] if choice == "none" else wanted if parallel else wanted[:1]
    else:
        names = [_named(tools, choice)]
    ids = new_ids(messages)
    return [
        ToolCall(
            name=name,
            args=echo_value(text, tools[name], only=("object",)),
            id=next(ids),
            type="tool_call",
        )
        for name in names
    ]


def _wanted(text: str, tools: Mapping[str, Any], since: Sequence[BaseMessage]) -> list[str]:
    """Return the tools that a text names, or else all, less those called since."""
    called = {call["name"] for message in since for call in calls_of(message)}
    places = {name: re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in tools}
    named = {name: place.start() for name, place in places.items() if place}
    return [name for name in sorted(named, key=named.__getitem__) or tools if name not in called]


def _bound(tools: Mapping[str, Any], choice: Any) -> list[str]:
    if not tools:
        raise ValueError(
            f"tool_choice={choice!r} asks for a tool call, but no tool is bound: use bind_tools."
        )
    return list(tools)


def _named(tools: Mapping[str, Any], choice: Any) -> str:
    name = choice["function"]["name"] if _is_function_choice(choice) else choice
    if not isinstance(name, str):
        raise ValueError(  # noqa: TRY004 - a value of tool_choice, as unknown names are
            f"tool_choice={choice!r} is not understood: pass None, 'auto', 'none', 'any', "
            "'required', True, a tool's name, or {'type': 'function', 'function': {'name': ...}}."
        )
    if name not in _bound(tools, choice):
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


def limit(options: Mapping[str, Any], *, default: int | None) -> int | None:
    """Return how many characters a call may echo, by its `max_tokens` or `n`, or by the model's.

    Raises:
        ValueError: If the call's number is not a whole number from 0 on.
    """
    for name in ("max_tokens", "n"):
        number = options.get(name)
        if number is None:
            continue
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise ValueError(f"{name} must be a whole number from 0 on, got {number!r}.")
        return number
    return default


def shaped(text: str, response_format: Any) -> str:
    """Return a text as it is, or as JSON where a `response_format` asks for it."""
    schema = response_schema(response_format)
    return text if schema is None else to_json(echo_value(text, schema))


def response_format(tool: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Return what asks for the arguments of an OpenAI tool as JSON."""
    function = tool["function"]
    schema = parameters_of(function)
    if method == "json_mode":
        return {"type": "json_object", "schema": schema}
    return {"type": "json_schema", "json_schema": {"name": function["name"], "schema": schema}}


def response_schema(response_format: Any) -> Any:
    """Return the JSON schema that a `response_format` asks for, or `None` where it allows text.

    Raises:
        ValueError: If it is none of OpenAI's forms.
    """
    kind = response_format.get("type") if isinstance(response_format, dict) else response_format
    if kind in (None, "text"):
        return None
    if kind == "json_object" and isinstance(response_format, dict):
        return response_format.get("schema", ANY_OBJECT)
    try:
        return response_format["json_schema"]["schema"]
    except (KeyError, TypeError):
        raise ValueError(
            f"response_format={response_format!r} has no schema: pass {{'type': 'json_schema', "
            "'json_schema': {'name': ..., 'schema': {...}}} or {'type': 'json_object'}."
        ) from None


def cut(content: Content, stops: StopSequences) -> tuple[Content, str | None]:
    """Return content up to its first completed stop, and that stop; only text is looked at."""
    text = content if isinstance(content, str) else "".join(map(_own_text, content))
    match = stops.find(text)
    if match is None:
        return content, None
    left = match.end if stops.include else match.start
    if isinstance(content, str):
        return content[:left], match.stop
    blocks = iter(content)
    kept: list[str | dict[str, Any]] = []
    text = ""
    while not text or left > 0:
        block = next(blocks)
        text = _own_text(block)
        kept.append(_with_text(block, text[:left]) if text else block)
        left -= len(text)
    return kept, match.stop


def _own_text(block: str | dict[str, Any]) -> str:
    if isinstance(block, str):
        return block
    return str(block.get("text") or "") if block.get("type") in TEXTS else ""


def _with_text(block: str | dict[str, Any], text: str) -> str | dict[str, Any]:
    return text if isinstance(block, str) else {**block, "text": text}
