"""What the loopback server's model says, and where stops and limits end it."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from langchain_model_conformance.server import (
    Answer,
    Break,
    Delivery,
    Hang,
    Malformed,
    Refuse,
    Request,
    StopRule,
    Stream,
    Tool,
    ToolCall,
    Whole,
    text_of,
)

EVENTS = [b"data: one\n\n", b"data: two\n\n", b"data: three\n\n"]


@pytest.mark.parametrize(
    ("rule", "text", "stop"),
    [
        pytest.param("strip", "ab", None, id="strip"),
        pytest.param("name", "ab", "cd", id="name"),
        pytest.param("keep", "abcd", None, id="keep"),
    ],
)
def test_a_stop_ends_the_text_as_the_rule_says(rule: StopRule, text: str, stop: str | None) -> None:
    assert Answer("abcdef").ended(["cd"], rule) == Answer(text, finish="stop", stop=stop)


def test_an_ignored_stop_changes_nothing() -> None:
    assert Answer("abcdef").ended(["cd"], "ignore") == Answer("abcdef")


@pytest.mark.parametrize(
    ("stops", "text"),
    [
        pytest.param(["bcde", "cd"], "ab", id="completed-first"),
        pytest.param(["d", "bcd"], "a", id="longest-of-equal-ends"),
        pytest.param(["", "e"], "abcd", id="empty-is-never-found"),
        pytest.param(["x"], "abcdef", id="absent"),
        pytest.param([], "abcdef", id="none"),
        pytest.param(["a"], "", id="at-the-start"),
    ],
)
def test_stop_that_is_completed_first_wins(stops: list[str], text: str) -> None:
    assert Answer("abcdef").ended(stops, "strip").text == text


def test_a_limit_ends_the_text_before_a_later_stop() -> None:
    assert Answer("abcdef").ended(["e"], "strip", 3) == Answer("abc", finish="limit")
    assert Answer("abcdef").ended(["b"], "strip", 3) == Answer("a", finish="stop")
    assert Answer("abcdef").ended([], "strip", 6) == Answer("abcdef", finish="end")


def test_an_answer_that_calls_tools_ends_for_them() -> None:
    assert Answer(tool_calls=(ToolCall("add", {}),)).ended([], "strip").finish == "tools"


def test_pieces_are_so_small_that_a_stop_straddles_them() -> None:
    assert Answer("abcdefgh").pieces == ["abc", "def", "gh"]
    assert Answer("").pieces == []


@pytest.mark.parametrize(
    ("schema", "prompt", "arguments"),
    [
        pytest.param({}, '{"a": 1}', {"a": 1}, id="prompt-is-the-arguments"),
        pytest.param({}, "[1]", {}, id="nothing-required"),
        pytest.param(
            {
                "properties": {
                    "text": {"type": "string"},
                    "unit": {"enum": ["C", "F"]},
                    "days": {"type": "integer"},
                    "share": {"type": "number"},
                    "sure": {"type": "boolean"},
                    "list": {"type": "array"},
                    "map": {"type": "object"},
                    "left_out": {"type": "string"},
                },
                "required": ["text", "unit", "days", "share", "sure", "list", "map", "free"],
            },
            "say it",
            {
                "text": "say it",
                "unit": "C",
                "days": 0,
                "share": 0,
                "sure": False,
                "list": [],
                "map": {},
                "free": "say it",
            },
            id="required-by-type",
        ),
    ],
)
def test_arguments_of_a_tool_echo_the_prompt(
    schema: dict[str, Any], prompt: str, arguments: dict[str, Any]
) -> None:
    assert Tool("t", schema).call(prompt) == ToolCall("t", arguments)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param(None, "", id="none"),
        pytest.param(["a", {"type": "text", "text": "b"}], "ab", id="blocks"),
        pytest.param([{"type": "tool_result", "content": [{"text": "c"}]}], "c", id="nested"),
        pytest.param([{"type": "image", "source": {}}], "", id="without-text"),
    ],
)
def test_text_of_a_message_is_that_of_its_blocks(content: Any, text: str) -> None:
    assert text_of(content) == text


@pytest.mark.parametrize(
    ("fault", "delivery"),
    [
        pytest.param(Hang(), Delivery([], "hang"), id="hang-at-once"),
        pytest.param(Hang(2), Delivery(EVENTS[:2], "hang"), id="hang-later"),
        pytest.param(
            Hang(9), Delivery(EVENTS[:2], "hang"), id="hang-before-the-last-at-the-latest"
        ),
        pytest.param(Break(1), Delivery(EVENTS[:1], "drop"), id="break"),
        pytest.param(Break(1, clean=True), Delivery(EVENTS[:1], "complete"), id="clean-break"),
        pytest.param(
            Break(1, half=True), Delivery([EVENTS[0], b"data:"], "drop"), id="half-an-event"
        ),
        pytest.param(
            Malformed(1),
            Delivery([EVENTS[0], b"data: t\n\n", EVENTS[2]], "complete"),
            id="malformed",
        ),
        pytest.param(
            Malformed(2, b"event: odd\n\n"),
            Delivery([*EVENTS[:2], b"event: odd\n\n"], "complete"),
            id="another-event",
        ),
    ],
)
def test_a_fault_befalls_the_events_it_names(fault: Any, delivery: Delivery) -> None:
    assert fault.deliver(EVENTS) == delivery


@pytest.mark.parametrize(
    "value",
    [
        Answer(),
        Break(),
        Hang(),
        Malformed(),
        Refuse(400),
        Request("POST", "/", {}),
        Stream([]),
        Tool("t", {}),
        ToolCall("t", {}),
        Whole({}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_threads_share_cannot_be_changed(value: Any) -> None:
    (first, *_) = dataclasses.fields(value)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, first.name, None)


def test_half_an_event_ends_inside_a_character() -> None:
    (half,) = Break(half=True).deliver(["data: größe\n\n".encode()]).events

    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        half.decode()
