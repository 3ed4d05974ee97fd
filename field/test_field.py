"""The conformance suites on released partner packages, against the loopback server.

Run by `report.py`, one class in a process of its own: a constructor of one package sets environment
variables that another reads.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests
from server import SAY_NOTHING, EchoServer
from subjects import SUBJECTS, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SERVER = EchoServer.start()


@pytest.fixture(scope="module", autouse=True)
def counted(record_testsuite_property: Callable[[str, object], None]) -> Iterator[None]:
    """Tell the report how many requests reached the server."""
    yield
    record_testsuite_property("requests", len(SERVER.requests))


@pytest.fixture(autouse=True)
def own_clients() -> None:
    """Empty the process-wide caches of clients, so that a check meets its own event loop only.

    Otherwise what `fresh_event_loops` finds would make many asynchronous checks fail at random.
    """
    for name in ("langchain_openai.chat_models._client_utils", "langchain_anthropic._client_utils"):
        for value in list(vars(sys.modules.get(name, sys)).values()):
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def expected(subject: Subject, prompt: str) -> str:
    """Return the echo that a class has to hand on."""
    return "" if prompt == SAY_NOTHING else re.sub(rf"\A{subject.takes_off}", "", prompt)


def suite_for(subject: Subject) -> type[Any]:
    """Return the test class that the package's author would write."""
    model = getattr(importlib.import_module(subject.module), subject.name)
    is_chat = subject.kind == "chat"
    prefix = "chat_model" if is_chat else "llm"
    declared = {
        "__module__": __name__,
        f"{prefix}_class": model,
        f"{prefix}_params": {
            name: value.replace("{url}", SERVER.url) if isinstance(value, str) else value
            for name, value in subject.params.items()
        },
        "stop_policy": "exclude",
        "distinguishing_params": subject.distinguishing,
        "secret_params": subject.secrets,
        "empty_prompt": SAY_NOTHING,
        "error_prompt": "Please fail with status 400.",
        "expected_completion": lambda _, prompt: expected(subject, prompt),
    }
    base = ChatModelConformanceTests if is_chat else LLMConformanceTests
    return type(f"Test{subject.title}", (base,), declared)


CHOSEN = os.environ.get("FIELD_SUBJECT", "")  # importing one package takes a second, all take ten

for _subject in SUBJECTS:
    if CHOSEN in ("", _subject.title):
        globals()[f"Test{_subject.title}"] = suite_for(_subject)
