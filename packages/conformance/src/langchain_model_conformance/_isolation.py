"""What every check runs in: no tracing, no cache of the user's, no deprecation noise of core's."""

from __future__ import annotations

import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from langchain_core.globals import get_llm_cache, set_llm_cache

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NO_TRACING = {"LANGCHAIN_TRACING_V2": "false", "LANGSMITH_TRACING": "false"}


@contextmanager
def environment(variables: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables (None removes one) and put the old values back afterwards."""
    before = {name: os.environ.get(name) for name in variables}
    _apply(variables)
    try:
        yield
    finally:
        _apply(before)


def _apply(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def isolated() -> Iterator[None]:
    """Keep a check from being traced and from reading or filling the user's global cache."""
    cache = get_llm_cache()
    set_llm_cache(None)
    try:
        with environment(NO_TRACING):
            yield
    finally:
        set_llm_cache(cache)


@contextmanager
def deprecated_in_core() -> Iterator[None]:
    """Allow what core deprecates and still has: `astream_log`, `astream_events(version="v1")`.

    Authors cannot mend such a warning, and many run their tests with warnings as errors.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield
