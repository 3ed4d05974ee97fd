"""How an answer is written: its bytes become events, however they arrive."""

from __future__ import annotations

import codecs
import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NamedTuple

from httpx_sse import EventSource

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    import httpx
    from httpx_sse import ServerSentEvent


class JSONLines:
    r"""Reads JSON lines from bytes, however these arrive.

    Only `\n` ends a line: other line breaks, such as U+2028, may stand inside a JSON string.

    Examples:
        >>> lines = JSONLines()
        >>> lines.feed(b'{"t": "one"}\n{"t": ')
        [{'t': 'one'}]
        >>> lines.feed(b'"two"}'), lines.end()
        ([], [{'t': 'two'}])
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []

    def feed(self, data: bytes) -> list[Any]:
        """Take the next bytes and return the values of the lines that they complete.

        Raises:
            ValueError: If a line is not JSON or not UTF-8.
        """
        first, *others = data.split(b"\n")
        self._begun.append(first)
        if not others:
            return []
        lines = [b"".join(self._begun), *others[:-1]]
        self._begun = [others[-1]]
        return [json.loads(line.decode()) for line in lines if line.strip()]

    def end(self) -> list[Any]:
        """Return the value of a last line without an end, if there is one.

        Raises:
            ValueError: If that line is unfinished.
        """
        return self.feed(b"\n")


class Wire(NamedTuple):
    """How the events of an answer are written."""

    media_type: str
    """What the answer's content type must hold; empty for anything."""
    read: Callable[[httpx.Response], Iterator[Any]]
    """Yields the events of a response."""
    aread: Callable[[httpx.Response], AsyncGenerator[Any, None]]
    """Yields the events of a response that arrives asynchronously."""


def _json_lines(response: httpx.Response) -> Iterator[Any]:
    lines = JSONLines()
    for data in response.iter_bytes():
        yield from lines.feed(data)
    yield from lines.end()


async def _ajson_lines(response: httpx.Response) -> AsyncGenerator[Any, None]:
    lines = JSONLines()
    async for data in response.aiter_bytes():
        for value in lines.feed(data):
            yield value
    for value in lines.end():
        yield value


class _StrictText:
    """A response as httpx-sse reads it; httpx itself would replace what is not UTF-8.

    The end completes an event that has begun, so that it is read or refused, never dropped.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.headers = response.headers
        self._response = response

    def iter_text(self) -> Iterator[str]:
        yield from codecs.iterdecode(self._response.iter_bytes(), "utf-8")
        yield "\n\n"

    async def aiter_text(self) -> AsyncIterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        async for data in self._response.aiter_bytes():
            if text := decoder.decode(data):
                yield text
        yield decoder.decode(b"", final=True) + "\n\n"


def _events(response: httpx.Response) -> Iterator[ServerSentEvent]:
    source = EventSource(_StrictText(response))  # type: ignore[arg-type] # all that it asks for
    return (event for event in source.iter_sse() if event.data)


async def _aevents(response: httpx.Response) -> AsyncGenerator[ServerSentEvent, None]:
    source = EventSource(_StrictText(response))  # type: ignore[arg-type] # as above
    async with aclosing(source.aiter_sse()) as events:
        async for event in events:
            if event.data:
                yield event


JSON_LINES = Wire("", _json_lines, _ajson_lines)
"""One JSON value a line; an event is that value."""
SERVER_SENT_EVENTS = Wire("text/event-stream", _events, _aevents)
"""Server-sent events; an event is httpx-sse's, whose `json()` reads its data."""
