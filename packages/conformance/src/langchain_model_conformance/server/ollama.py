"""The wire formats of Ollama: JSON lines, and a stream unless the client wants none."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from langchain_model_conformance.server._wire import (
    NDJSON,
    Stream,
    Whole,
    Wire,
    json_text,
    last_said,
)

if TYPE_CHECKING:
    from langchain_model_conformance.server._answers import Answer
    from langchain_model_conformance.server._wire import Request, Say

    Event = dict[str, Any]


class _OllamaWire(Wire):
    """What both endpoints share. The format has no place for the name of a stop."""

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return lines, or the last one with the whole text."""
        body = request.body
        options = body.get("options") or {}
        tokens = options.get("num_predict", -1)
        limit = tokens if tokens >= 0 else None  # -1 is without an end, -2 as long as it fits
        answer = say(self._prompt(body), options.get("stop"), limit=limit)
        calls = [
            {"function": {"name": one.name, "arguments": one.arguments}}
            for one in answer.tool_calls
        ]
        frame = {"model": body["model"], "created_at": "2026-01-01T00:00:00Z"}
        end = {"done": True, **self._end(answer)}
        if not body.get("stream", True):
            return Whole({**frame, **self._said(answer.text, calls), **end})
        parts = [self._said(piece, []) for piece in answer.pieces]
        parts += [self._said("", calls)] if calls else []
        lines = [{**frame, **one, "done": False} for one in parts]
        last = {**frame, **self._said("", []), **end}
        return Stream([_line(one) for one in (*lines, last)], NDJSON)

    def error(self, status: int, message: str) -> Event:  # noqa: ARG002  # the base has it
        """Return the body of an error."""
        return {"error": message}

    @abstractmethod
    def _prompt(self, body: Event) -> str:
        """Return what the client asks."""

    @abstractmethod
    def _said(self, text: str, calls: list[Event]) -> Event:
        """Return the part of a line that holds what the model says."""

    @staticmethod
    def _end(answer: Answer) -> Event:
        """Return what the last line adds."""
        return {
            "done_reason": "length" if answer.finish == "limit" else "stop",
            "prompt_eval_count": answer.prompt_tokens,
            "eval_count": answer.completion_tokens,
            "total_duration": 1,
        }


class OllamaGenerate(_OllamaWire):
    """`POST /api/generate`."""

    path = "/api/generate"

    def _prompt(self, body: Event) -> str:
        return str(body["prompt"])

    def _said(self, text: str, calls: list[Event]) -> Event:  # noqa: ARG002  # it knows no tools
        return {"response": text}


class OllamaChat(_OllamaWire):
    """`POST /api/chat`, with tools, which a client cannot force the model to call."""

    path = "/api/chat"

    def _prompt(self, body: Event) -> str:
        return last_said(body["messages"])

    def _said(self, text: str, calls: list[Event]) -> Event:
        tools = {"tool_calls": calls} if calls else {}
        return {"message": {"role": "assistant", "content": text, **tools}}


def _line(data: Event) -> bytes:
    """Return a line as Go writes it: it escapes the two separators that end lines elsewhere."""
    text = json_text(data).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"{text}\n".encode()
