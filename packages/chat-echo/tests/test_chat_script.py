from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from pydantic import ValidationError

from chat_paths import PATHS, facts, stream
from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from collections.abc import Callable

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])
HI = HumanMessage("hi")


@each_path
def test_the_reply_is_the_one_for_this_turn(path: Callable[..., AIMessage]) -> None:
    model = ChatEcho(script=["one", "two"])
    assert path(model, [HI]).content == "one"
    assert path(model, [HI, AIMessage("one"), HI]).content == "two"
    assert path(model, [HI]).content == "one"


@each_path
def test_past_its_end_a_script_says_so(path: Callable[..., AIMessage]) -> None:
    with pytest.raises(
        ValueError, match="script holds 1 replies, and this conversation asks for reply 3"
    ):
        path(ChatEcho(script=["one"]), [HI, AIMessage("a"), AIMessage("b")])


RAW_CALLS = [{"id": "mine", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}]
CALL = {"name": "f", "args": {"x": 1}, "id": "mine", "type": "tool_call"}
BROKEN = {
    "name": "f",
    "args": "x = 1",
    "id": "mine",
    "error": None,
    "type": "invalid_tool_call",
}
THOUGHT = {"type": "reasoning", "reasoning": "Let me END see."}
REPLIES: dict[str, tuple[dict[str, Any], str | AIMessage, dict[str, Any]]] = {
    "text": ({}, "hello", {"content": "hello"}),
    "text is not cut at n": ({"n": 1}, "hello", {"content": "hello"}),
    "text is cut at a stop": (
        {"stop": ["l"]},
        "hello",
        {"content": "hel", "finish_reason": "stop", "stop_sequence": "l"},
    ),
    "empty text": ({}, "", {"content": ""}),
    # In one chunk, since core loses a name when it joins two.
    "a message": (
        {"chunk_size": 9},
        AIMessage("hello", name="bob"),
        {"content": "hello", "name": "bob"},
    ),
    "a chunk": ({}, AIMessageChunk(content="hello"), {"content": "hello"}),
    "blocks": (
        {"chunk_size": 2},
        AIMessage([THOUGHT, {"type": "text", "text": "I see."}, "So."]),
        {"content": [THOUGHT, {"type": "text", "text": "I see."}, "So."], "tokens": 20},
    ),
    "blocks are cut at a stop in their text": (
        {"stop": ["END"]},
        AIMessage([THOUGHT, {"type": "text", "text": "I END see."}, "So."]),
        {
            "content": [THOUGHT, {"type": "text", "text": "I END"}],
            "finish_reason": "stop",
            "stop_sequence": "END",
            "tokens": 16,
        },
    ),
    "a stop across blocks, excluded": (
        {"stop": ["END"], "include_stop": False},
        AIMessage(["I E", "ND see."]),
        {"content": ["I "], "finish_reason": "stop", "stop_sequence": "END", "tokens": 2},
    ),
    "no blocks": ({}, AIMessage([]), {"content": [], "tokens": 0}),
    "tool calls": (
        {},
        AIMessage("", tool_calls=[{"name": "f", "args": {"x": "é"}, "id": "mine"}]),
        {
            "content": "",
            "tool_calls": [{"name": "f", "args": {"x": "é"}, "id": "mine", "type": "tool_call"}],
            "finish_reason": "tool_calls",
            "tokens": 10,
        },
    ),
    "tool calls without ids": (
        {},
        AIMessage("Wait.", tool_calls=[{"name": "f", "args": {}, "id": None}] * 2),
        {
            "content": "Wait.",
            "tool_calls": [
                {"name": "f", "args": {}, "id": "call_1", "type": "tool_call"},
                {"name": "f", "args": {}, "id": "call_2", "type": "tool_call"},
            ],
            "finish_reason": "tool_calls",
            "tokens": 9,
        },
    ),
    "tool calls behind a stop": (
        {"stop": ["."]},
        AIMessage("Wait. Or", tool_calls=[{"name": "f", "args": {}, "id": "mine"}]),
        {"content": "Wait.", "finish_reason": "stop", "stop_sequence": "."},
    ),
    "tool calls of which one has an id": (
        {},
        AIMessage(
            "",
            tool_calls=[
                {"name": "f", "args": {}, "id": None},
                {"name": "f", "args": {}, "id": "call_1"},
            ],
        ),
        {
            "content": "",
            "tool_calls": [
                {"name": "f", "args": {}, "id": "call_2", "type": "tool_call"},
                {"name": "f", "args": {}, "id": "call_1", "type": "tool_call"},
            ],
            "finish_reason": "tool_calls",
            "tokens": 4,
        },
    ),
    "recorded tool calls, in their raw form too": (
        {},
        AIMessage("", additional_kwargs={"tool_calls": RAW_CALLS}, tool_calls=[CALL]),
        {
            "content": "",
            "tool_calls": [CALL],
            "finish_reason": "tool_calls",
            "tokens": 8,
        },
    ),
    "recorded tool calls behind a stop": (
        {"stop": ["."]},
        AIMessage("Wait. Or", additional_kwargs={"tool_calls": RAW_CALLS}),
        {"content": "Wait.", "finish_reason": "stop", "stop_sequence": "."},
    ),
    "arguments that are not JSON": (
        {},
        AIMessage("", tool_calls=[{**CALL, "args": {"x": (1, date(2020, 1, 1))}}]),
        {
            "content": "",
            "tool_calls": [{**CALL, "args": {"x": [1, "2020-01-01"]}}],
            "finish_reason": "tool_calls",
            "tokens": 24,
        },
    ),
    "an invalid tool call": (
        {},
        AIMessage("hello", invalid_tool_calls=[BROKEN]),
        {"content": "hello", "invalid_tool_calls": [BROKEN]},
    ),
    "an invalid tool call beside a valid one": (
        {"chunk_size": 3},
        AIMessage("", tool_calls=[CALL], invalid_tool_calls=[{**BROKEN, "id": "other"}]),
        {
            "content": "",
            "tool_calls": [CALL],
            "invalid_tool_calls": [{**BROKEN, "id": "other"}],
            "finish_reason": "tool_calls",
            "tokens": 8,
        },
    ),
    "an invalid tool call behind a stop": (
        {"stop": ["."]},
        AIMessage("Wait. Or", invalid_tool_calls=[BROKEN]),
        {"content": "Wait.", "finish_reason": "stop", "stop_sequence": "."},
    ),
    "a stop at the start of blocks, excluded": (
        {"stop": ["END"], "include_stop": False},
        AIMessage([{"type": "text", "text": "END"}, "more"]),
        {
            "content": [{"type": "text", "text": ""}],
            "finish_reason": "stop",
            "stop_sequence": "END",
            "tokens": 0,
        },
    ),
    "other fields": (
        {},
        AIMessage(
            "no",
            additional_kwargs={"refusal": "x"},
            response_metadata={"finish_reason": "content_filter"},
        ),
        {
            "content": "no",
            "additional_kwargs": {"refusal": "x"},
            "finish_reason": "content_filter",
        },
    ),
}


@each_path
@pytest.mark.parametrize(("settings", "entry", "expected"), [*REPLIES.values()], ids=[*REPLIES])
def test_an_entry_is_answered_with_all_it_holds(
    path: Callable[..., AIMessage],
    settings: dict[str, Any],
    entry: str | AIMessage,
    expected: dict[str, Any],
) -> None:
    tokens = expected.get("tokens", len(expected["content"]))
    metadata = {"model_name": "echo", "finish_reason": expected.get("finish_reason", "stop")}
    if "stop_sequence" in expected:
        metadata["stop_sequence"] = expected["stop_sequence"]
    assert facts(path(ChatEcho(script=[entry], **settings), [HI])) == {
        "content": expected["content"],
        "tool_calls": expected.get("tool_calls", []),
        "invalid_tool_calls": expected.get("invalid_tool_calls", []),
        "usage": {"input_tokens": 2, "output_tokens": tokens, "total_tokens": 2 + tokens},
        "metadata": metadata,
        "additional_kwargs": expected.get("additional_kwargs", {}),
        "name": expected.get("name"),
    }


@each_path
def test_a_scripted_usage_is_kept(path: Callable[..., AIMessage]) -> None:
    usage = {"input_tokens": 7, "output_tokens": 8, "total_tokens": 15}
    entry = AIMessage("x", usage_metadata=usage)
    assert path(ChatEcho(script=[entry]), [HI]).usage_metadata == usage


def test_a_script_is_not_shared_with_its_replies() -> None:
    entry = AIMessage([{"type": "text", "text": "x"}], id="fixed", additional_kwargs={"a": [1]})
    model = ChatEcho(script=[entry])
    first, second = (model.invoke([HI]) for _ in range(2))
    assert first.id != second.id
    assert "fixed" not in (first.id, second.id)
    first.additional_kwargs["a"].append(2)
    first.content[0]["text"] = "changed"  # type: ignore[index] # a block
    assert facts(model.invoke([HI])) == facts(second)


@pytest.mark.skipif("output_version" not in ChatEcho.model_fields, reason="came with core 1.0")
@pytest.mark.parametrize("content", ["Wait.", [THOUGHT, {"type": "text", "text": "Wait."}], ""])
def test_standard_blocks_of_a_stream_are_those_of_a_whole_reply(content: Any) -> None:
    entry = AIMessage(content, tool_calls=[CALL, {**CALL, "id": "other"}])
    model = ChatEcho(script=[entry], output_version="v1", chunk_size=9)

    def shown(reply: AIMessage) -> list[dict[str, Any]]:
        blocks: list[Any] = [*reply.content]
        kept = ("type", "text", "reasoning", "name", "args", "id")
        return [{key: block[key] for key in kept if key in block} for block in blocks]

    assert shown(stream(model, [HI])) == shown(model.invoke([HI]))


def test_a_whole_agent_run_can_be_written_down() -> None:
    model = ChatEcho(
        script=[
            AIMessage("", tool_calls=[{"name": "f", "args": {"x": 1}, "id": None}]),
            AIMessage("", tool_calls=[{"name": "f", "args": {"x": 2}, "id": None}]),
            "done",
        ]
    )
    messages: list[Any] = [HI]
    ids = []
    while calls := (reply := model.invoke(messages)).tool_calls:
        ids.append(calls[0]["id"])
        messages += [reply, ToolMessage("ok", tool_call_id=str(calls[0]["id"]))]
    assert ids == ["call_1", "call_2"]
    assert reply.content == "done"


@pytest.mark.parametrize("script", [[5], [HumanMessage("x")], "text", [None]], ids=repr)
def test_an_entry_of_a_wrong_type_is_refused(script: Any) -> None:
    message = "got str: pass" if script == "text" else "entry 0 must be .*, got "
    with pytest.raises(ValidationError, match=message) as caught:
        ChatEcho(script=script)
    assert [error["loc"] for error in caught.value.errors()] == [("script",)]
