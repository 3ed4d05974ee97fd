"""For every test: an environment without keys, and READMEs whose Python blocks run as tests."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

if TYPE_CHECKING:
    from collections.abc import Generator

AMBIENT_PREFIXES = ("ECHO_", "LANGCHAIN_", "LANGSMITH_", "LC_OUTPUT_VERSION")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the variables that switch tracing on, change outputs or give a model a key."""
    for name in os.environ:
        if name.startswith(AMBIENT_PREFIXES):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def no_loop_unasked() -> None:
    """Keep `asyncio.get_event_loop` from making a loop, as it does before Python 3.12.

    pytest-asyncio calls it, and nobody closes that loop: some later test would fail by a warning.
    """
    asyncio.set_event_loop(None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Let coverage look away from a test that is marked `untraced`."""
    if not item.get_closest_marker("untraced"):
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md"],
    excludes=[".*/*", "dist/*"],
    fixtures=["clean_environment"],
).pytest()
