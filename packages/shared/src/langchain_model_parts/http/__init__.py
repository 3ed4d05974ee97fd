"""Calls of a provider over HTTP: connections that are kept and closed, errors that say what to do.

* `langchain_model_parts.http.model`: `HTTPMixin`, which gives a model `_post` and `_apost`.
* `langchain_model_parts.http.wires`: how an answer is written, as JSON lines or as events.
* `langchain_model_parts.http.clients`: the connections of a model, which outlive nothing.
* `langchain_model_parts.http.calls`: what an error says, and what it must not say.

Needs httpx and httpx-sse: `langchain-model-parts[http]`.
"""

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
from langchain_model_parts.http.model import HTTPMixin
from langchain_model_parts.http.wires import JSON_LINES, SERVER_SENT_EVENTS, JSONLines, Wire

__all__ = [
    "JSON_LINES",
    "SERVER_SENT_EVENTS",
    "AuthenticationError",
    "BrokenStreamError",
    "ConnectionFailedError",
    "HTTPMixin",
    "JSONLines",
    "ProviderError",
    "RateLimitError",
    "RefusedRequestError",
    "TimedOutError",
    "UnavailableError",
    "Wire",
]
