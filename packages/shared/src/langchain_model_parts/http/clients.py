"""The connections of a model: made on demand, kept between calls, closed with what they serve."""

from __future__ import annotations

import asyncio
import sys
import weakref
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine


class Clients:
    """The clients of one model: one for its threads, and one for each running event loop.

    Copies start without any, pickled ones too, and all are equal: models are compared by settings.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._client: httpx.Client | None = None
        # Each loop's tasks run in one thread, so that nobody else writes its entry.
        self._by_loop: dict[
            asyncio.AbstractEventLoop, tuple[httpx.AsyncClient, weakref.finalize[..., Clients]]
        ] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return (Clients, ())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clients)

    __hash__ = None  # type: ignore[assignment] # like the model's

    def client(self) -> httpx.Client:
        """Return the client for synchronous calls; it is closed with the model."""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(**options())
                weakref.finalize(self, self._client.close)
            return self._client

    async def aclient(self) -> httpx.AsyncClient:
        """Return the client of the running loop; it is closed with the model or the loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._by_loop:
            for other in list(self._by_loop):
                if other.is_closed() and (dead := self._by_loop.pop(other, None)):
                    dead[1].detach()
                    _KEEPERS.pop(dead[0], None)  # of a loop that closed without shutting down
            client = httpx.AsyncClient(**options())
            _KEEPERS[client] = _keep(client)
            await anext(_KEEPERS[client])
            closed = weakref.finalize(self, _close_soon, loop, client)
            self._by_loop[loop] = client, closed
        return self._by_loop[loop][0]


_KEEPERS: dict[httpx.AsyncClient, AsyncGenerator[None, None]] = {}


async def _keep(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Close a client when this generator is closed, which its loop does when it shuts down.

    `asyncio.run` calls `shutdown_asyncgens` for that. `_KEEPERS` holds the generator until then:
    a loop that is about to end no longer closes what is given up in its last steps.
    """
    try:
        yield
    finally:
        _KEEPERS.pop(client, None)
        await client.aclose()


def _close_soon(loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient) -> None:
    """Have the loop of a model that is gone close its client, unless the loop is gone too.

    It closes the client and not its keeper, which a loop that shuts down may be closing already.
    """

    async def close() -> None:
        await client.aclose()
        _KEEPERS.pop(client, None)

    if not loop.is_closed():
        loop.call_soon_threadsafe(lambda: loop.create_task(close()))


IS_CANCELLING_LOST = sys.version_info < (3, 11)
"""Whether anyio, which connects for httpx, may take a cancellation for one of its own."""


async def asked(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Return the response to a request, before its body is read; cancelling is heeded."""
    sending = client.send(request, stream=True)
    return await (cancellable(sending) if IS_CANCELLING_LOST else sending)


async def cancellable(sending: Coroutine[Any, Any, httpx.Response]) -> httpx.Response:
    """Return what is awaited; if cancelling does not end that, it ends this, and closes that."""
    task = asyncio.ensure_future(sending)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await (await task).aclose()
        raise
    return task.result()


@cache
def options() -> dict[str, Any]:
    """Return what every client is made with."""
    # Reading the certificates takes 20 ms, so they are read once. All connections may be kept.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    return {"verify": httpx.create_ssl_context(), "limits": limits}
