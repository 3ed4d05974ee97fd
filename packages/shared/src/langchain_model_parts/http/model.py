"""`HTTPMixin`: a model that asks its provider over HTTP."""

# No `from __future__ import annotations`: constructor.py says why.
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import aclosing
from typing import Any

import httpx
from pydantic import Field, PrivateAttr, field_validator
from typing_extensions import Self

from langchain_model_parts.constructor import Step, argument_names
from langchain_model_parts.http.calls import WORDS, Call
from langchain_model_parts.http.clients import Clients, asked
from langchain_model_parts.http.wires import Wire
from langchain_model_parts.secret import SecretsMixin
from langchain_model_parts.settings import Operational


class HTTPMixin(SecretsMixin):
    """A model that asks its provider over HTTP; put it before the model class.

    A subclass returns `self._post(...)` from its `_deltas` and `self._apost(...)` from its
    `_adeltas`, and its key from `request_headers`.

    Examples:
        >>> class Local(HTTPMixin):
        ...     base_url: str = "http://localhost:8000"
        >>> Local(base_url="http://localhost:8000/v1/")
        Local(base_url='http://localhost:8000/v1', timeout=60)
    """

    base_url: str
    """Where the provider is; paths are added to it."""

    timeout: Operational[float | None] = Field(default=60, gt=0, allow_inf_nan=False)
    """Seconds to wait for the connection and for each piece of the answer; `None` for no limit."""

    _clients: Clients = PrivateAttr(default_factory=Clients)

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        if parsed(value) is None:
            raise ValueError(
                f"base_url must be a URL with http:// or https:// and a host, got {value!r}: "
                'pass for example base_url="http://localhost:8000".'
            )
        return value.rstrip("/")

    @classmethod
    def _constructor_steps(cls) -> tuple[Step, ...]:
        return (*super()._constructor_steps(), cls._refuse_credentials)

    @classmethod
    def _refuse_credentials(cls, data: dict[str, Any]) -> ValueError | None:
        for name in argument_names(cls, "base_url"):
            value = data.get(name)
            text = (
                value.decode(errors="replace") if isinstance(value, (bytes, bytearray)) else value
            )
            if not isinstance(text, str) or "@" not in text:
                continue
            url = parsed(text)
            if url is None or url.userinfo:  # in what is no URL, it may end a password too
                data[name] = str
                return ValueError(
                    f"{cls.__name__} got a {name} with a user or password in it: it would be "
                    "printed and traced. Leave it out, and send it in a header from a secret."
                )
        return None

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied._clients = Clients()  # noqa: SLF001 - a copy of this very class
        return copied

    def request_headers(self) -> dict[str, str]:
        """Return the headers of each request: the place for the key."""
        return {}

    def _post(
        self, path: str, body: Any, wire: Wire, read: Callable[[Any], Iterable[Any]]
    ) -> Generator[Any, None, None]:
        """Send a request and yield what `read` makes of each event of the answer.

        Args:
            path: What follows `base_url`.
            body: What to send as JSON.
            wire: How the events are written: `JSON_LINES`, `SERVER_SENT_EVENTS` or one's own.
            read: Takes an event and returns the deltas in it, none or several. If it cannot (it
                fails with a `LookupError`, `TypeError`, `ValueError` or `AttributeError`), the
                answer is taken for broken.

        Raises:
            ProviderError: One of its subclasses; `langchain_model_parts.errors` says which.
        """
        call = Call(self, path)
        client = self._clients.client()
        response = event = problem = None
        try:
            response = client.send(call.request(client, body), stream=True)
            if call.is_answered(response, wire):
                for event in wire.read(response):
                    yield from call.deltas(read, event)
            else:
                problem = call.refusal(response, next(response.iter_bytes(WORDS), b""))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            problem = call.failure(error, response)
        finally:
            if response is not None:
                response.close()
        if problem is not None:
            del event  # it may quote the key, and frames are printed
            raise problem  # here, so that httpx's error, which holds the request, is no context

    async def _apost(
        self, path: str, body: Any, wire: Wire, read: Callable[[Any], Iterable[Any]]
    ) -> AsyncGenerator[Any, None]:
        """Send a request and yield what `_post` yields, without blocking other tasks."""
        call = Call(self, path)
        client = await self._clients.aclient()
        response = event = problem = None
        try:
            response = await asked(client, call.request(client, body))
            if call.is_answered(response, wire):
                async with aclosing(wire.aread(response)) as events:
                    async for event in events:
                        for delta in call.deltas(read, event):
                            yield delta
            else:
                beginning = response.aiter_bytes(WORDS)
                problem = call.refusal(response, await anext(beginning, b""))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            problem = call.failure(error, response)
        finally:
            if response is not None:
                await response.aclose()
        if problem is not None:
            del event
            raise problem


def parsed(base_url: str) -> httpx.URL | None:
    """Return a URL with http:// or https:// and a host; `None` for any other text."""
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return None
    return url if url.scheme in {"http", "https"} and url.host else None
