"""The wire format of Anthropic's messages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_model_conformance.server._answers import Tool, in_pieces
from langchain_model_conformance.server._wire import Stream, Whole, Wire, last_said, sse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_model_conformance.server._answers import Answer, Finish
    from langchain_model_conformance.server._wire import Request, Say

    Event = dict[str, Any]

STOP_REASONS: dict[Finish, str] = {
    "end": "end_turn",
    "stop": "stop_sequence",
    "limit": "max_tokens",
    "tools": "tool_use",
}


class AnthropicMessages(Wire):
    """`POST /v1/messages`, with tools. An empty answer has no content block at all."""

    path = "/v1/messages"
    stop_rule = "name"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one message."""
        body = request.body
        answer = say(
            last_said(body["messages"]),
            body.get("stop_sequences"),
            limit=body["max_tokens"],
            tool=self._tool(body),
        )
        message = {
            "id": f"msg_{request.number}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
        }
        if not body.get("stream"):
            return Whole(whole_message(message, answer))
        return Stream([sse(one, one["type"]) for one in message_events(message, answer)])

    def error(self, status: int, message: str) -> Event:
        """Return the body of an error."""
        kinds = {401: "authentication_error", 429: "rate_limit_error", 503: "overloaded_error"}
        kind = kinds.get(status, "invalid_request_error")
        return {"type": "error", "error": {"type": kind, "message": message}}

    @staticmethod
    def _tool(body: Event) -> Tool | None:
        """Return the tool that has to be called, if any has."""
        choice = body.get("tool_choice") or {}
        tools = body.get("tools") or []
        if choice.get("type") == "tool":
            tools = [one for one in tools if one["name"] == choice["name"]]
        elif choice.get("type") != "any":
            return None
        return Tool(tools[0]["name"], tools[0].get("input_schema", {})) if tools else None


def whole_message(message: Event, answer: Answer) -> Event:
    """Return a message as it is sent at once.

    Args:
        message: Its identity: id, type, role and model.
        answer: What it says.
    """
    content = [start | filled for start, filled, _ in _blocks(message, answer)]
    return {**message, "content": content, **_end(answer), "usage": _usage(answer)}


def message_events(message: Event, answer: Answer) -> Iterator[Event]:
    """Yield the events of a message as it is streamed.

    Args:
        message: Its identity: id, type, role and model.
        answer: What it says.
    """
    nothing_yet: Event = {"content": [], "stop_reason": None, "stop_sequence": None}
    usage = _usage(answer)
    begun = {**message, **nothing_yet, "usage": usage | {"output_tokens": 0}}
    yield {"type": "message_start", "message": begun}
    for at, (start, _, deltas) in enumerate(_blocks(message, answer)):
        yield {"type": "content_block_start", "index": at, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": at, "delta": delta}
        yield {"type": "content_block_stop", "index": at}
    yield {"type": "message_delta", "delta": _end(answer), "usage": usage}
    yield {"type": "message_stop"}


def _blocks(message: Event, answer: Answer) -> Iterator[tuple[Event, Event, list[Event]]]:
    """Yield each block of content: as it starts, what fills it at once, and what piece by piece."""
    if answer.text:
        deltas = [{"type": "text_delta", "text": piece} for piece in answer.pieces]
        yield {"type": "text", "text": ""}, {"text": answer.text}, deltas
    for at, call in enumerate(answer.tool_calls):
        start = {"type": "tool_use", "id": f"toolu_{message['id']}_{at}", "name": call.name}
        deltas = [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in in_pieces(json.dumps(call.arguments), answer.piece_size)
        ]
        yield start | {"input": {}}, {"input": call.arguments}, deltas


def _end(answer: Answer) -> Event:
    """Return why a message ended."""
    return {"stop_reason": STOP_REASONS[answer.finish], "stop_sequence": answer.stop}


def _usage(answer: Answer) -> Event:
    """Return the tokens of a message."""
    return {"input_tokens": answer.prompt_tokens, "output_tokens": answer.completion_tokens}
