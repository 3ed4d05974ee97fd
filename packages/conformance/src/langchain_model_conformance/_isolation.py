"""What every check runs in: no tracing, no cache of the user's, no deprecation noise of core's."""

from __future__ import annotations

import os
import socket
import warnings
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, NoReturn
from unittest.mock import patch

from langchain_core.globals import get_llm_cache, set_llm_cache
from langsmith import utils as langsmith_utils  # langchain-core depends on it

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TRACING = ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2")


def environment(variables: Mapping[str, str]) -> Any:
    """Return a context in which environment variables are set; the old values come back."""
    return patch.dict(os.environ, variables)


@contextmanager
def isolated() -> Iterator[None]:
    """Keep a check from being traced and from reading or filling the user's global cache."""
    cache = get_llm_cache()
    set_llm_cache(None)
    try:
        with environment(dict.fromkeys(TRACING, "false")):
            _look_again()
            yield
    finally:
        set_llm_cache(cache)
        _look_again()


def _look_again() -> None:
    """Let langsmith forget the environment: it keeps what it has read, for checks and for users."""
    getattr(getattr(langsmith_utils, "get_env_var", None), "cache_clear", dict)()


@contextmanager
def deprecated_in_core() -> Iterator[None]:
    """Allow what core deprecates and still has: authors cannot mend such a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


@contextmanager
def no_network() -> Iterator[list[object]]:
    """Refuse every connection, and yield the list of the addresses that were asked for."""
    attempts: list[object] = []

    def refuse(*address: object, **_: object) -> NoReturn:
        attempts.append(address)
        raise ConnectionRefusedError("this suite opens no connection")

    names = ((socket.socket, "connect"), (socket.socket, "connect_ex"), (socket, "getaddrinfo"))
    with ExitStack() as patches:
        for where, name in names:
            patches.enter_context(patch.object(where, name, refuse))
        yield attempts
