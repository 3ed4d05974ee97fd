"""What goes wrong on demand: requests that are refused, and answers that do not arrive whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol


@dataclass(frozen=True)
class Refuse:
    """An error in place of an answer."""

    status: int
    """The HTTP status, such as 401, 429 or 503."""
    message: str = "refused as asked for"
    """What the error says."""
    retry_after: float | None = None
    """Seconds for the header `Retry-After`, or None to send none."""
    quote_key: bool = False
    """Whether the error quotes the key of the request, as some providers do."""


class Delivery(NamedTuple):
    """What of an answer is sent."""

    events: list[bytes]
    """What is sent, event by event. An answer that is not streamed is one event."""
    ending: Literal["complete", "hang", "drop"] = "complete"
    """What comes then: the proper end of an HTTP answer, nothing, or a closed connection."""


class Fault(Protocol):
    """What goes wrong with an answer on its way."""

    def deliver(self, events: list[bytes]) -> Delivery:
        """Return what is sent of the events of an answer. There is at least one."""


@dataclass(frozen=True)
class Hang:
    """The answer stalls for as long as the client waits."""

    after: int = 0
    """How many events arrive before; never all of them."""

    def deliver(self, events: list[bytes]) -> Delivery:
        """Return the events before the one that never arrives."""
        return Delivery(events[: _at(self.after, events)], "hang")


@dataclass(frozen=True)
class Break:
    """The answer ends too early."""

    after: int = 0
    """How many events arrive before; never all of them."""
    half: bool = False
    """Whether half of the next one arrives too.

    The half ends inside a character, if one takes several bytes.
    """
    clean: bool = False
    """Whether the answer is nevertheless complete as HTTP sees it.

    Otherwise the connection is closed, which HTTP clients report by themselves.
    """

    def deliver(self, events: list[bytes]) -> Delivery:
        """Return the events before the break."""
        at = _at(self.after, events)
        half = [_half(events[at])] if self.half else []
        return Delivery([*events[:at], *half], "complete" if self.clean else "drop")


@dataclass(frozen=True)
class Malformed:
    """One event of the answer is not what the client expects."""

    after: int = 0
    """How many events arrive before it; never all of them."""
    event: bytes | None = None
    """What is sent in its place; None for its own text without the end of its JSON."""

    def deliver(self, events: list[bytes]) -> Delivery:
        """Return the events with one of them spoilt."""
        at = _at(self.after, events)
        body = events[at].rstrip(b"\r\n")
        spoilt = body[:-2] + events[at][len(body) :] if self.event is None else self.event
        return Delivery([*events[:at], spoilt, *events[at + 1 :]])


def _at(after: int, events: list[bytes]) -> int:
    """Return the position of the event that goes wrong, so that one always does."""
    return min(after, len(events) - 1)


def _half(event: bytes) -> bytes:
    """Return the first half of an event, or what ends inside its last long character."""
    inside = [at for at, byte in enumerate(event) if byte & 0xC0 == 0x80]  # noqa: PLR2004  # UTF-8
    return event[: inside[-1] if inside else len(event) // 2]
