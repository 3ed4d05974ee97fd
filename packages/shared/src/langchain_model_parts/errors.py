"""What can go wrong between a model and its provider, one class for each thing to do about it.

None of them holds the request, whose headers hold the key, nor has a cause or context that does.
So they may be logged, traced and sent to an error tracker, and `with_retry` takes their classes:
`model.with_retry(retry_if_exception_type=(RateLimitError, UnavailableError))`.

Examples:
    >>> error = RateLimitError("Too many requests.", status=429, retry_after=2.0)
    >>> isinstance(error, ProviderError), error.retry_after
    (True, 2.0)
"""

from __future__ import annotations


class ProviderError(Exception):
    """A call of a provider failed; the base of all errors here.

    Args:
        message: What was attempted, what came back and what to do.
        status: The HTTP status of the answer, if there was one.
        retry_after: How many seconds the provider asks to wait.
    """

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status of the answer, if there was one."""
        self.retry_after = retry_after
        """How many seconds the provider asks to wait, if it says so."""


class ConnectionFailedError(ProviderError):
    """The provider could not be reached, or hung up before it answered."""


class TimedOutError(ProviderError):
    """The provider said nothing for longer than the model's `timeout`."""


class AuthenticationError(ProviderError):
    """The provider does not accept the key, or not for this."""


class RateLimitError(ProviderError):
    """The provider wants fewer requests; `retry_after` says how long to wait."""


class UnavailableError(ProviderError):
    """The provider failed or is overloaded; the same request may succeed later."""


class RefusedRequestError(ProviderError):
    """The provider does not take this request; it will not take it later either."""


class BrokenStreamError(ProviderError):
    """The answer broke off, or cannot be read; what was streamed so far is not the whole."""
