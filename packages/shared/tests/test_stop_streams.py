from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from langchain_model_parts import StopMatch, StopSequences

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class Upstream:
    """A provider's stream that knows how far it was drawn and whether it was closed.

    After its deltas it ends, or raises the error given; another one may be raised by closing it.
    """

    def __init__(
        self, *deltas: str, error: Exception | None = None, closing: Exception | None = None
    ) -> None:
        self.deltas = list(deltas)
        self.error = error
        self.closing = closing
        self.closed = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.deltas:
            return self.deltas.pop(0)
        if self.error is not None:
            raise self.error
        raise StopIteration

    def close(self) -> None:
        self.closed += 1
        if self.closing is not None:
            raise self.closing

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        try:
            return next(self)
        except StopIteration:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        self.close()


def drawn(stops: StopSequences, upstream: Upstream, *, asynchronous: bool) -> Iterator[str]:
    """Iterate over a cut stream, the asynchronous one in an event loop of its own."""
    if not asynchronous:
        yield from stops.cut_stream(upstream)
        return
    loop = asyncio.new_event_loop()
    cut = stops.acut_stream(upstream)
    try:
        while True:
            yield loop.run_until_complete(anext(cut))
    except StopAsyncIteration:
        pass
    finally:
        loop.run_until_complete(cut.aclose())
        loop.close()


both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


@both
def test_the_upstream_is_closed_before_the_last_piece_is_shown(*, asynchronous: bool) -> None:
    upstream = Upstream("one E", "ND two", "three")
    pieces = drawn(StopSequences("END"), upstream, asynchronous=asynchronous)
    assert next(pieces) == "one E"
    assert upstream.closed == 0
    assert next(pieces) == "ND"
    assert upstream.closed == 1
    assert upstream.deltas == ["three"]
    assert list(pieces) == []
    assert upstream.closed == 1


@both
def test_nothing_is_drawn_after_a_match_that_shows_nothing(*, asynchronous: bool) -> None:
    upstream = Upstream("E", "ND", "three")
    stops = StopSequences("END", include=False)
    assert list(drawn(stops, upstream, asynchronous=asynchronous)) == []
    assert upstream.deltas == ["three"]
    assert upstream.closed == 1


@both
def test_pieces_are_never_empty(*, asynchronous: bool) -> None:
    upstream = Upstream("", "a", "", "E", "N", "")
    stops = StopSequences("END", include=False)
    assert list(drawn(stops, upstream, asynchronous=asynchronous)) == ["a", "EN"]
    assert upstream.closed == 1


@both
def test_a_failing_upstream_loses_no_text(*, asynchronous: bool) -> None:
    upstream = Upstream("one ", "EN", error=ConnectionError("reset"))
    pieces = drawn(StopSequences("END", include=False), upstream, asynchronous=asynchronous)
    assert next(pieces) == "one "
    assert next(pieces) == "EN"
    with pytest.raises(ConnectionError, match="reset"):
        next(pieces)
    assert upstream.closed == 1


@both
def test_an_upstream_that_fails_before_anything_is_shown_loses_no_text(
    *, asynchronous: bool
) -> None:
    upstream = Upstream("EN", error=ConnectionError("reset"))
    pieces = drawn(StopSequences("END", include=False), upstream, asynchronous=asynchronous)
    assert next(pieces) == "EN"
    with pytest.raises(ConnectionError, match="reset"):
        next(pieces)


@both
def test_a_failing_upstream_with_nothing_held_only_fails(*, asynchronous: bool) -> None:
    upstream = Upstream("one", error=ConnectionError("reset"))
    pieces = drawn(StopSequences("END", include=False), upstream, asynchronous=asynchronous)
    assert next(pieces) == "one"
    with pytest.raises(ConnectionError, match="reset"):
        next(pieces)


@both
@pytest.mark.parametrize(
    ("deltas", "expected"),
    [(["one", " two END"], ["one", " two "]), (["END"], []), (["one E"], ["one ", "E"])],
    ids=["after a match", "after a match that shows nothing", "at the end"],
)
def test_an_upstream_that_fails_to_close_loses_no_text(
    deltas: list[str], expected: list[str], *, asynchronous: bool
) -> None:
    upstream = Upstream(*deltas, closing=OSError("close failed"))
    stops = StopSequences("END", include=False)
    pieces = drawn(stops, upstream, asynchronous=asynchronous)
    seen: list[str] = []
    with pytest.raises(OSError, match="close failed"):
        seen.extend(pieces)
    assert seen == expected


@both
def test_closing_the_cut_stream_closes_the_upstream(*, asynchronous: bool) -> None:
    upstream = Upstream("one", "two")
    pieces = drawn(StopSequences("END"), upstream, asynchronous=asynchronous)
    assert next(pieces) == "one"
    pieces.close()  # type: ignore[attr-defined] # a generator
    assert upstream.closed == 1
    assert upstream.deltas == ["two"]


def throwing(
    stops: StopSequences, upstream: Upstream, error: Exception, *, asynchronous: bool
) -> tuple[str, str]:
    """Draw one piece, throw an error into the cut stream, and return both pieces it yielded."""
    if not asynchronous:
        pieces = stops.cut_stream(upstream)
        return next(pieces), pieces.throw(error)

    async def throw() -> tuple[str, str]:
        pieces = stops.acut_stream(upstream)
        return await anext(pieces), await pieces.athrow(error)

    return asyncio.run(throw())


@both
def test_an_error_thrown_in_is_raised_and_closes_the_upstream(*, asynchronous: bool) -> None:
    upstream = Upstream("one E", "two")  # the E is held
    stops = StopSequences("END", include=False)
    with pytest.raises(KeyError, match="mine"):
        throwing(stops, upstream, KeyError("mine"), asynchronous=asynchronous)
    assert upstream.closed == 1
    assert upstream.deltas == ["two"]


@both
def test_an_error_of_closing_after_one_thrown_in_names_both(*, asynchronous: bool) -> None:
    upstream = Upstream("one E", "two", closing=OSError("close failed"))
    stops = StopSequences("END", include=False)
    with pytest.raises(OSError, match="close failed") as caught:
        throwing(stops, upstream, KeyError("mine"), asynchronous=asynchronous)
    assert repr(caught.value.__context__) == "KeyError('mine')"
    assert upstream.closed == 1


@both
def test_a_delta_that_is_no_string_loses_no_text(*, asynchronous: bool) -> None:
    upstream = Upstream("one E", 7)  # type: ignore[arg-type] # the point
    pieces = drawn(StopSequences("END", include=False), upstream, asynchronous=asynchronous)
    assert [next(pieces), next(pieces)] == ["one ", "E"]
    with pytest.raises(TypeError, match=r"^a delta must be a string, got int: pass"):
        next(pieces)
    assert upstream.closed == 1


def test_an_upstream_that_cannot_be_closed_is_fine() -> None:
    class Bare:
        async def __anext__(self) -> str:
            return "one END"

        def __aiter__(self) -> AsyncIterator[str]:
            return self

    async def collected() -> list[str]:
        return [piece async for piece in StopSequences("END").acut_stream(Bare())]

    assert asyncio.run(collected()) == ["one END"]
    assert list(StopSequences("END").cut_stream(["one END", "two"])) == ["one END"]


def test_a_stop_never_spans_a_flush_and_positions_go_on() -> None:
    scanner = StopSequences("END", include=False).scanner()
    assert scanner.feed("one EN") == "one "
    assert scanner.flush() == "EN"
    assert scanner.flush() == ""
    assert scanner.feed("D END") == "D "
    assert scanner.match == StopMatch("END", start=8, end=11)
    assert scanner.feed("more") == scanner.flush() == ""


def test_a_flush_between_deltas_counts_in_included_mode_too() -> None:
    scanner = StopSequences("END").scanner()
    assert scanner.feed("EN") == "EN"
    assert scanner.flush() == ""
    assert scanner.feed("D END") == "D END"
    assert scanner.match == StopMatch("END", start=4, end=7)


@pytest.mark.parametrize("delta", [None, b"x", 7])
@pytest.mark.parametrize("before", ["", "one E"], ids=["nothing held", "a held start"])
def test_a_delta_that_is_no_string_is_a_type_error(delta: object, before: str) -> None:
    scanner = StopSequences("END").scanner()
    scanner.feed(before)
    with pytest.raises(TypeError, match="str"):
        scanner.feed(delta)  # type: ignore[arg-type]
    assert scanner.feed("END") == "END"
    assert scanner.match == StopMatch("END", len(before), len(before) + 3)
