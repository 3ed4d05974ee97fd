"""The connections of a model: made on demand, kept between calls, closed with what they serve."""

from __future__ import annotations

import asyncio
import weakref
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Clients:
    """The clients of one model: one for its threads, and one for each running event loop.

    Copies start without any, pickled ones too, and all are equal: models are compared by settings.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._client: httpx.Client | None = None
        # Each loop's tasks run in one thread, so that nobody else writes its entry.
        self._by_loop: dict[
            asyncio.AbstractEventLoop, tuple[httpx.AsyncClient, AsyncGenerator[None, None]]
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
        client, _ = self._by_loop.get(loop, (None, None))
        if client is None:
            for other in list(self._by_loop):
                if other.is_closed():
                    self._by_loop.pop(other, None)  # another thread may forget it meanwhile
            client = httpx.AsyncClient(**options())
            keeper = _keep(client)
            await anext(keeper)
            self._by_loop[loop] = client, keeper
        return client


async def _keep(client: httpx.AsyncClient) -> AsyncGenerator[None, None]:
    """Close a client when nobody refers to this generator any more, or its loop shuts down.

    Event loops do both for every asynchronous generator: `asyncio.run` calls `shutdown_asyncgens`.
    """
    try:
        yield
    finally:
        await client.aclose()


@cache
def options() -> dict[str, Any]:
    """Return what every client is made with."""
    # Reading the certificates takes 20 ms, so they are read once. All connections may be kept.
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    return {"verify": httpx.create_ssl_context(), "limits": limits}
