"""One call of a provider: its request, and what an error says of it, without the key."""

from __future__ import annotations

import json
import math
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import httpx

from langchain_model_parts.errors import (
    AuthenticationError,
    BrokenStreamError,
    ConnectionFailedError,
    ProviderError,
    RateLimitError,
    RefusedRequestError,
    TimedOutError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from langchain_model_parts.http.model import HTTPMixin
    from langchain_model_parts.http.wires import Wire

WORDS = 2000
"""Bytes of a refusal that are read: enough to say why."""
QUOTED = 500  # characters of it that an error shows
ALIKE = 6  # characters in a row of a key that no error may show


class Call:
    """A request to be sent, and the errors that may come of it.

    Args:
        model: The model that asks.
        path: What follows its `base_url`.
    """

    def __init__(self, model: HTTPMixin, path: str) -> None:
        self._model = model
        self._url = f"{model.base_url.rstrip('/')}/{path.lstrip('/')}"

    def request(self, client: httpx.Client | httpx.AsyncClient, body: Any) -> httpx.Request:
        """Return the request, with the model's headers and timeout."""
        return client.build_request(
            "POST",
            self._url,
            # httpx's own `json=` fails on a lone surrogate, which a prompt may hold.
            content=json.dumps(body),
            headers={"Content-Type": "application/json", **self._model.request_headers()},
            # Waiting for one of our own connections says nothing of the provider.
            timeout=httpx.Timeout(self._model.timeout, pool=None),
        )

    def is_answered(self, response: httpx.Response, wire: Wire) -> bool:
        """Return whether a response is an answer, and not an error in its place."""
        return response.is_success and wire.media_type in response.headers.get("Content-Type", "")

    def deltas(self, read: Callable[[Any], Iterable[Any]], event: Any) -> list[Any]:
        """Return what an author's function reads from an event.

        Raises:
            ValueError: If it cannot.
        """
        try:
            return list(read(event))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            cause = f"{type(error).__name__}: {error}"
            raise ValueError(f"sent {event!r}, which cannot be read: {cause}") from None

    def refusal(self, response: httpx.Response, words: bytes) -> ProviderError:
        """Return the error for a response that is no answer, which begins with `words`."""
        status = response.status_code
        said = f"answered {status} {response.reason_phrase}: {words.decode(errors='replace')}"
        if response.is_success:
            return self._broken(said)
        kind: type[ProviderError]
        if status in {401, 403}:
            names = (f"{name} ({env})" for name, env in self._model.lc_secrets.items())
            kind, advice = AuthenticationError, f"Check {', '.join(names) or 'the headers'}."
        elif status == httpx.codes.TOO_MANY_REQUESTS:
            kind, advice = RateLimitError, "Wait, then ask again."
        elif response.is_server_error:
            kind, advice = UnavailableError, "Ask again later."
        else:
            kind, advice = RefusedRequestError, "Check base_url and the model's settings."
        wait = seconds(response.headers.get("Retry-After"))
        return kind(self._message(said, advice), status=status, retry_after=wait)

    def failure(self, error: Exception, response: httpx.Response | None) -> ProviderError:
        """Return the error to raise in place of one of httpx's, which holds the request."""
        if isinstance(error, httpx.TimeoutException):
            said = f"said nothing for {self._model.timeout} seconds"
            return TimedOutError(self._message(said, "Raise timeout, or ask again."))
        if response is not None:
            said = "broke off" if isinstance(error, httpx.HTTPError) else "was not understood"
            return self._broken(f"{said} ({error})")
        if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ProxyError)):
            said = f"could not be reached ({error})"
            return ConnectionFailedError(self._message(said, "Check base_url, or ask again."))
        # Its text may quote a header: what a key cannot be sent with.
        said = f"could not be asked ({type(error).__name__})"
        return RefusedRequestError(self._message(said, "Check base_url and the headers."))

    def _broken(self, said: str) -> BrokenStreamError:
        return BrokenStreamError(self._message(said, "Ask again."))

    def _message(self, said: str, advice: str) -> str:
        text = f"{self._url} {said}"
        for name in self._model.lc_secrets:
            if secret := getattr(self._model, name):
                text = without(text, secret.get_secret_value())
        text = text if len(text) <= QUOTED else f"{text[:QUOTED]}..."
        return f"{type(self._model).__name__} called POST {text}. {advice}"


def without(text: str, secret: str) -> str:
    """Return a text with asterisks for the secret, and for each longer piece of it.

    Examples:
        >>> without("Incorrect key: sk-1234***cdef", "sk-123456789abcdef")
        'Incorrect key: *********cdef'
    """
    size = min(ALIKE, len(secret))
    shown, at = [], 0
    while at < len(text):
        end = at + size
        if text[at:end] not in secret or end > len(text):
            shown.append(text[at])
            at += 1
            continue
        while end < len(text) and text[end - size + 1 : end + 1] in secret:
            end += 1
        shown.append("******")
        at = end
    return "".join(shown)


def seconds(retry_after: str | None) -> float | None:
    """Return how long a `Retry-After` header asks to wait; `None` if it does not say.

    Examples:
        >>> seconds("1.5"), seconds("Wed, 21 Oct 2015 07:28:00 GMT"), seconds("soon")
        (1.5, 0.0, None)
    """
    if retry_after is None:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            date = parsedate_to_datetime(retry_after)
        except (ValueError, OverflowError):
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=timezone.utc)  # as each date of HTTP: RFC 9110, 5.6.7
        wait = (date - datetime.now(timezone.utc)).total_seconds()
    return max(0.0, wait) if math.isfinite(wait) else None
