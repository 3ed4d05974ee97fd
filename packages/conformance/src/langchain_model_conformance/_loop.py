"""The event loop of the asynchronous checks, and one way to write for it and without it."""

from __future__ import annotations

import asyncio
import atexit
import functools
from typing import TYPE_CHECKING, Any, TypeVar, cast

from langchain_model_conformance._check import ASYNC

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

Result = TypeVar("Result")


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns, run to its end on the one event loop of this process.

    A client may be bound to the first loop it meets: `fresh_event_loops` alone reports that.
    """
    loop = _the_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        _cancel_what_is_left(loop)


def run_afresh(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns, run to its end on a new event loop that is closed afterwards.

    `asyncio.run` would take the thread's current loop away, on which the user's tests may rely.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        _close(loop)


def run_on(path: str, work: Coroutine[Any, Any, Result]) -> Result:
    """Return what `work` returns: on an event loop if `path` is asynchronous, else in one step.

    So a check is written once, with the helpers below: on a synchronous path they never suspend.
    """
    if path in ASYNC:
        return run(work)
    try:
        work.send(None)
    except StopIteration as end:
        return cast("Result", end.value)
    work.close()
    raise RuntimeError(f"a check awaited something on {path}: await only on {', '.join(ASYNC)}")


async def each(pieces: Any) -> AsyncIterator[Any]:
    """Yield what an iterator of either kind yields."""
    if hasattr(pieces, "__aiter__"):
        async for piece in pieces:
            yield piece
    else:
        for piece in pieces:
            yield piece


async def listed(pieces: Any) -> list[Any]:
    """Return all that an iterator of either kind yields."""
    return [piece async for piece in each(pieces)]


async def awaited(answer: Any) -> Any:
    """Return an answer, after waiting for it where that is needed."""
    return await answer if hasattr(answer, "__await__") else answer


async def first_of(pieces: Any) -> Any:
    """Return what an iterator of either kind yields first, and leave it open."""
    return await anext(pieces) if hasattr(pieces, "__anext__") else next(iter(pieces))


async def closed(pieces: Any) -> None:
    """Close a generator of either kind; another iterator has nothing to close."""
    if hasattr(pieces, "aclose"):
        await pieces.aclose()
    elif hasattr(pieces, "close"):
        pieces.close()


@functools.cache
def _the_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    atexit.register(_close, loop)
    return loop


def _close(loop: asyncio.AbstractEventLoop) -> None:
    # When Python ends, its threads have been waited for, and none can be started: 3.12 raises.
    try:
        _cancel_what_is_left(loop)
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


def _cancel_what_is_left(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
