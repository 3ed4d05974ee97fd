"""What a wire format is: how a request is read, and how an answer is written."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_model_conformance.server._answers import Answer, StopRule, Tool

SSE = "text/event-stream"
"""The media type of server-sent events."""
NDJSON = "application/x-ndjson"
"""The media type of JSON lines."""


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    method: str
    """`POST` or `GET`."""
    path: str
    """The path, decoded, without the query."""
    headers: Mapping[str, str] = field(repr=False)  # they hold the key
    """The headers, their names in lower case."""
    content: bytes = b""
    """The body."""
    number: int = 1
    """Which request to this server it is, from 1."""

    @property
    def body(self) -> dict[str, Any]:
        """The body, decoded from JSON; an empty body is an empty dictionary.

        Raises:
            ValueError: It is not JSON.
        """
        decoded: dict[str, Any] = json.loads(self.content or b"{}")
        return decoded


@dataclass(frozen=True)
class Whole:
    """An answer that is sent at once."""

    body: Any
    """What is written as JSON."""


@dataclass(frozen=True)
class Stream:
    """An answer that is sent event by event."""

    events: Iterable[bytes]
    """The events as they are written; see `sse` and `json_line`."""
    media_type: str = SSE
    """The media type of all of them."""


class Say(Protocol):
    """What a wire asks for the model's answer."""

    def __call__(
        self,
        prompt: str,
        stop: str | Sequence[str] | None = None,
        *,
        limit: int | None = None,
        tool: Tool | None = None,
    ) -> Answer:
        """Return the answer, already cut as the server is told to.

        Args:
            prompt: What the client asks.
            stop: The stops of the request: one, several or none.
            limit: How many characters the answer may have, or None.
            tool: The tool that the request tells the model to call, or None.
        """


class Wire(ABC):
    """One endpoint of a provider: the base to speak a wire format of your own.

    A subclass names its path and turns a request into an answer:

    ```python
    class MyWire(Wire):
        path = "/v2/generate"

        def reply(self, request, say):
            answer = say(request.body["prompt"], request.body.get("stop"))
            if request.body.get("stream"):
                return Stream([sse({"text": piece}) for piece in answer.pieces])
            return Whole({"text": answer.text})
    ```
    """

    path: str
    """A regular expression for the end of the paths that it answers."""
    stop_rule: StopRule = "strip"
    """What the provider does with a stop."""
    key_headers: tuple[str, ...] = ("authorization", "x-api-key")
    """The headers that may hold the key, in lower case."""

    @abstractmethod
    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return the answer to a request.

        Args:
            request: What the client sent.
            say: Returns what the model says to a prompt.
        """

    def error(self, status: int, message: str) -> Any:
        """Return the body of an error, which is written as JSON."""
        return {"error": {"message": message, "code": status}}

    def key(self, request: Request) -> str:
        """Return the key that a request holds, or an empty text."""
        values = (request.headers.get(name, "") for name in self.key_headers)
        return next(filter(None, values), "").removeprefix("Bearer ")


def sse(data: Any, event: str | None = None) -> bytes:
    """Return one server-sent event.

    Args:
        data: A text that is sent as it is, or what is written as JSON.
        event: Its name; providers differ in whether they give one.
    """
    text = data if isinstance(data, str) else json_text(data)
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {text}\n\n".encode()


def json_line(data: Any) -> bytes:
    """Return one line of JSON."""
    return f"{json_text(data)}\n".encode()


def json_text(data: Any) -> str:
    """Return JSON whose characters are themselves, so that some take several bytes."""
    return json.dumps(data, ensure_ascii=False)


def text_of(content: Any) -> str:
    """Return the text of a message: of a string, or of the blocks that have any."""
    if not isinstance(content, list):
        return str(content or "")
    blocks = (block if isinstance(block, Mapping) else {"text": block} for block in content)
    return "".join(text_of(block.get("text", block.get("content"))) for block in blocks)


def last_said(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the last message."""
    return text_of(messages[-1].get("content"))
