"""Models over HTTP, one for each wire, and the in-house wire that one of them speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import SecretStr  # noqa: TC002 - pydantic reads it

from langchain_model_conformance.server import (
    NDJSON,
    OpenAIChat,
    Request,
    Say,
    Stream,
    Whole,
    Wire,
    json_line,
)
from langchain_model_parts import secret_field
from langchain_model_parts.http import JSON_LINES, SERVER_SENT_EVENTS, HTTPMixin
from langchain_model_parts.text import Finish, TextChatModel, TextLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from httpx_sse import ServerSentEvent
    from langchain_core.messages import BaseMessage

KEY = "sk-7Qw9-Zx4c-Vb2n"


class LinesWire(Wire):
    """JSON lines, the key in a header of its own."""

    path = "/v2/generate"
    key_headers = ("x-key",)

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        answer = say(request.body["inputs"], request.body.get("halt"))
        why = {"stop": "halt"}.get(answer.finish, answer.finish)
        lines = [{"t": piece} for piece in answer.pieces]
        return Stream(map(json_line, [*lines, {"done": True, "why": why}]), NDJSON)

    def error(self, status: int, message: str) -> Any:
        del status
        return {"err": message}


class OddLines(Wire):
    """JSON lines of which the last has no end."""

    path = "/odd/lines"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        del request, say
        return Stream([b'\n{"t": "one"}\n\n', b'{"done": true, "why": "end"}'], NDJSON)


class OddEvents(Wire):
    """Events of which some hold no data, and the last has no end."""

    path = "/odd/events"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        del request, say
        quiet, one = b"id: 1\n\n: still there\n\n\n", b'data: {"t":\r\ndata: "one"}\r\n\r\n'
        return Stream([quiet, one, quiet, b'data: {"done": true, "why": "end"}'])


WIRES = (LinesWire(), OpenAIChat(), OddLines(), OddEvents())


class LinesLLM(HTTPMixin, TextLLM):
    api_key: SecretStr = secret_field("LINES_KEY", required=True)
    provider_stop = "strips"

    def request_headers(self) -> dict[str, str]:
        return {"X-Key": self.api_key.get_secret_value()}

    def _deltas(self, prompt: str, *, stop: tuple[str, ...], **extra: Any) -> Iterator[Any]:
        return self._post("v2/generate", self._body(prompt, stop, extra), JSON_LINES, self._read)

    def _adeltas(self, prompt: str, *, stop: tuple[str, ...], **extra: Any) -> AsyncIterator[Any]:
        return self._apost("v2/generate", self._body(prompt, stop, extra), JSON_LINES, self._read)

    @staticmethod
    def _body(prompt: str, stop: tuple[str, ...], extra: dict[str, Any]) -> dict[str, Any]:
        return {"inputs": prompt, **({"halt": stop} if stop else {}), **extra}

    @staticmethod
    def _read(event: Any) -> Iterator[str | Finish]:
        if event.get("done"):
            yield Finish(event["why"], stop=event["why"] == "halt")
        else:
            yield event["t"]


class OddLLM(HTTPMixin, TextLLM):
    """Reads what `OddLines` and `OddEvents` send; it needs no key."""

    kind: str = "lines"
    api_key: SecretStr | None = secret_field("ODD_KEY")

    def _deltas(self, prompt: str, *, stop: tuple[str, ...]) -> Iterator[Any]:
        del prompt, stop
        wire = JSON_LINES if self.kind == "lines" else SERVER_SENT_EVENTS
        return self._post(f"odd/{self.kind}", {}, wire, self._read)

    def _adeltas(self, prompt: str, *, stop: tuple[str, ...]) -> AsyncIterator[Any]:
        del prompt, stop
        wire = JSON_LINES if self.kind == "lines" else SERVER_SENT_EVENTS
        return self._apost(f"odd/{self.kind}", {}, wire, self._read)

    def _read(self, event: Any) -> Iterator[str | Finish]:
        return LinesLLM._read(event if self.kind == "lines" else event.json())


class EventsChat(HTTPMixin, TextChatModel):
    api_key: SecretStr = secret_field("EVENTS_KEY", required=True)
    provider_stop = "hides"

    def request_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}

    def _deltas(self, messages: list[BaseMessage], *, stop: tuple[str, ...]) -> Iterator[Any]:
        body = self._body(messages, stop)
        return self._post("/chat/completions", body, SERVER_SENT_EVENTS, self._read)

    def _adeltas(self, messages: list[BaseMessage], *, stop: tuple[str, ...]) -> AsyncIterator[Any]:
        body = self._body(messages, stop)
        return self._apost("/chat/completions", body, SERVER_SENT_EVENTS, self._read)

    @staticmethod
    def _body(messages: list[BaseMessage], stop: tuple[str, ...]) -> dict[str, Any]:
        said = [{"role": "user", "content": message.content} for message in messages]
        halt = {"stop": stop} if stop else {}
        return {"model": "echo", "messages": said, "stream": True, **halt}

    @staticmethod
    def _read(event: ServerSentEvent) -> Iterator[str | Finish]:
        if event.data == "[DONE]":
            return
        choice = event.json()["choices"][0]
        yield choice["delta"].get("content", "")
        if choice["finish_reason"]:
            yield Finish(choice["finish_reason"])
