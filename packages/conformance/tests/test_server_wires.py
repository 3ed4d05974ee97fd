"""The wire formats word by word: clients read more of an answer than the tests of clients ask."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from langchain_model_conformance.server import Answer, LoopbackServer, Refuse, ToolCall

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
BOTH = Answer("one two", (ToolCall("add", {"a": 1}),))
ASKED: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def post(path: str, answer: Answer | str = BOTH, fault: Any = None, **body: Any) -> str:
    """Return the body that a server sends."""
    with LoopbackServer(answer=answer, fault=fault, piece_size=4) as server:
        request = urllib.request.Request(f"{server.url}{path}", json.dumps(body).encode())  # noqa: S310 - our server
        try:
            with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - as above
                return str(response.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return error.read().decode()


def events(text: str) -> list[tuple[str, Any]]:
    """Return the name and the data of each server-sent event; the mark of the end is a text."""
    parts = [event.rpartition("data: ") for event in text.removesuffix("\n\n").split("\n\n")]
    return [
        (name.removeprefix("event: ").rstrip(), data if data == "[DONE]" else json.loads(data))
        for name, _, data in parts
    ]


def test_openai_chat_at_once() -> None:
    call = {
        "id": "call_1_0",
        "type": "function",
        "function": {"name": "add", "arguments": '{"a": 1}'},
    }
    message = {"role": "assistant", "content": "one two", "refusal": None, "tool_calls": [call]}

    assert json.loads(post("/v1/chat/completions", **ASKED)) == {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "system_fingerprint": "fp_1",
        "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": "tool_calls"}
        ],
        "usage": {"prompt_tokens": 2, "completion_tokens": 7, "total_tokens": 9},
    }


def test_openai_chat_in_chunks() -> None:
    call = {"index": 0, "id": "call_1_0", "type": "function"}
    said = post(
        "/v1/chat/completions", **ASKED, stream=True, stream_options={"include_usage": True}
    )
    *chunks, usage, end = events(said)
    frame = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "system_fingerprint": "fp_1",
    }

    assert [(name, chunk.pop("choices")) for name, chunk in chunks] == [
        ("", [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}])
        for delta, reason in [
            ({"role": "assistant", "content": ""}, None),
            ({"content": "one "}, None),
            ({"content": "two"}, None),
            ({"tool_calls": [{**call, "function": {"name": "add", "arguments": ""}}]}, None),
            ({"tool_calls": [{"index": 0, "function": {"arguments": '{"a"'}}]}, None),
            ({"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]}, None),
            ({}, "tool_calls"),
        ]
    ]
    assert [chunk for _, chunk in chunks] == [frame] * 7
    total = {"prompt_tokens": 2, "completion_tokens": 7, "total_tokens": 9}
    assert usage == ("", {**frame, "choices": [], "usage": total})
    assert end == ("", "[DONE]")


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_openai_chat_has_two_names_for_its_limit(limit: str) -> None:
    said = post("/v1/chat/completions", "one two", **ASKED, **{limit: 3})
    (choice,) = json.loads(said)["choices"]

    assert (choice["message"]["content"], choice["finish_reason"]) == ("one", "length")


def test_openai_completions_at_once() -> None:
    said = post("/v1/completions", "one two", model="m", prompt=["Hi", "Hello"])

    assert json.loads(said) == {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": at, "text": "one two", "logprobs": None, "finish_reason": "stop"}
            for at in (0, 1)
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 14, "total_tokens": 21},
    }


def test_openai_completions_have_a_limit() -> None:
    said = post("/v1/completions", "one two", model="m", prompt="Hi", max_tokens=3)
    (choice,) = json.loads(said)["choices"]

    assert (choice["text"], choice["finish_reason"]) == ("one", "length")


def test_openai_completions_in_chunks() -> None:
    *chunks, end = events(post("/v1/completions", "one two", model="m", prompt="Hi", stream=True))

    assert chunks == [
        (
            "",
            {
                "id": "cmpl-1",
                "object": "text_completion",
                "created": 1,
                "model": "m",
                "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": reason}],
            },
        )
        for text, reason in [("one ", None), ("two", None), ("", "stop")]
    ]
    assert end == ("", "[DONE]")


def test_anthropic_at_once() -> None:
    assert json.loads(post("/v1/messages", **ASKED, max_tokens=9)) == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "text", "text": "one two"},
            {"type": "tool_use", "id": "toolu_msg_1_0", "name": "add", "input": {"a": 1}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 2, "output_tokens": 7},
    }


def test_anthropic_in_events() -> None:
    said = events(post("/v1/messages", **ASKED, max_tokens=9, stream=True))
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    nothing: dict[str, Any] = {"content": [], "stop_reason": None, "stop_sequence": None}
    call = {"type": "tool_use", "id": "toolu_msg_1_0", "name": "add", "input": {}}

    assert [name for name, _ in said] == [data["type"] for _, data in said]
    assert [data for _, data in said] == [
        {
            "type": "message_start",
            "message": {**message, **nothing, "usage": {"input_tokens": 2, "output_tokens": 0}},
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": text},
            }
            for text in ("one ", "two")
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": call},
        *(
            {
                "type": "content_block_delta",
                "index": 1,
                "delta": {"type": "input_json_delta", "partial_json": text},
            }
            for text in ('{"a"', ": 1}")
        ),
        {"type": "content_block_stop", "index": 1},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {"input_tokens": 2, "output_tokens": 7},
        },
        {"type": "message_stop"},
    ]


OLLAMA_FRAME = {"model": "m", "created_at": "2026-01-01T00:00:00Z"}
OLLAMA_END = {
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 2,
    "eval_count": 7,
    "total_duration": 1,
}
OLLAMA_CALLS = [{"function": {"name": "add", "arguments": {"a": 1}}}]


def ollama_says(text: str, **more: Any) -> dict[str, Any]:
    """Return what Ollama's chat says in one line."""
    return {"message": {"role": "assistant", "content": text, **more}}


def test_ollama_at_once() -> None:
    generated = post("/api/generate", "one two", model="m", prompt="Hi", stream=False)
    said = post("/api/chat", **ASKED, stream=False)

    assert json.loads(generated) == {**OLLAMA_FRAME, "response": "one two", **OLLAMA_END}
    assert json.loads(said) == {
        **OLLAMA_FRAME,
        **ollama_says("one two", tool_calls=OLLAMA_CALLS),
        **OLLAMA_END,
    }


def test_ollama_in_lines() -> None:
    generated = post("/api/generate", "one two", model="m", prompt="Hi").splitlines()
    said = post("/api/chat", **ASKED).splitlines()

    assert [*map(json.loads, generated)] == [
        {**OLLAMA_FRAME, "response": "one ", "done": False},
        {**OLLAMA_FRAME, "response": "two", "done": False},
        {**OLLAMA_FRAME, "response": "", **OLLAMA_END},
    ]
    assert [*map(json.loads, said)] == [
        {**OLLAMA_FRAME, **ollama_says("one "), "done": False},
        {**OLLAMA_FRAME, **ollama_says("two"), "done": False},
        {**OLLAMA_FRAME, **ollama_says("", tool_calls=OLLAMA_CALLS), "done": False},
        {**OLLAMA_FRAME, **ollama_says(""), **OLLAMA_END},
    ]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(
            "/v1/chat/completions",
            {"error": {"message": "no", "type": "error", "param": None, "code": 429}},
            id="openai",
        ),
        pytest.param(
            "/v1/messages",
            {"type": "error", "error": {"type": "rate_limit_error", "message": "no"}},
            id="anthropic",
        ),
        pytest.param("/api/chat", {"error": "no"}, id="ollama"),
    ],
)
def test_refusals(path: str, body: dict[str, Any]) -> None:
    assert json.loads(post(path, fault=Refuse(429, "no"))) == body
