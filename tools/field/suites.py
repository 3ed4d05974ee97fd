"""The conformance suite on one class of a partner package, against the loopback server.

`run.py` runs it with pytest in the class's own environment, once for each class: a constructor of
one package sets environment variables that another reads.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import BaseLanguageModel

from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests
from langchain_model_conformance.server import EMPTY_PROMPT, ERROR_PROMPT, LoopbackServer
from tools.field.subjects import SUBJECTS, Subject
from tools.field.wires import WIRES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUBJECT = next(one for one in SUBJECTS if one.title == os.environ["FIELD_SUBJECT"])
SERVER = LoopbackServer(*WIRES).start()
if SUBJECT.address_variable:
    os.environ[SUBJECT.address_variable] = SUBJECT.address.replace("{url}", SERVER.url)
SITE = Path(pytest.__file__).parents[1]
MODEL = getattr(importlib.import_module(SUBJECT.module), SUBJECT.name)


@pytest.fixture(scope="module", autouse=True)
def told(record_testsuite_property: Callable[[str, object], None]) -> Iterator[None]:
    """Tell the report what only this environment knows."""
    yield
    record_testsuite_property("places", json.dumps(places()))
    record_testsuite_property("requests", sum(one.method == "POST" for one in SERVER.requests))
    SERVER.close()


def places() -> dict[str, str]:
    """Return the line of the class, and that of each argument that a partner's class declares."""
    found = {}
    for base in reversed(MODEL.__mro__[: MODEL.__mro__.index(BaseLanguageModel)]):
        if base.__module__.startswith("langchain_core."):
            continue
        file = Path(inspect.getsourcefile(base) or "")
        lines, start = inspect.getsourcelines(base)
        for number, text in enumerate(lines, start):
            if name := re.match(r"    (\w+): ", text):
                found[name[1]] = f"{file.relative_to(SITE).as_posix()}:{number}"
    for name, info in MODEL.model_fields.items():
        if info.alias and name in found:
            found[info.alias] = found[name]
    file = Path(inspect.getsourcefile(MODEL) or "")
    line = inspect.getsourcelines(MODEL)[1]
    return {**found, "class": f"{file.relative_to(SITE).as_posix()}:{line}"}


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
    return "" if prompt == EMPTY_PROMPT else re.sub(rf"\A{subject.takes_off}", "", prompt)


def suite_for(subject: Subject) -> type[Any]:
    """Return the test class that the package's author would write."""
    is_chat = subject.kind == "chat"
    prefix = "chat_model" if is_chat else "llm"
    declared = {
        "__module__": __name__,
        f"{prefix}_class": MODEL,
        f"{prefix}_params": {
            name: value.replace("{url}", SERVER.url) if isinstance(value, str) else value
            for name, value in subject.params.items()
        },
        "stop_policy": "exclude",
        "distinguishing_params": subject.distinguishing,
        "secret_params": subject.secrets,
        "empty_prompt": EMPTY_PROMPT,
        "error_prompt": ERROR_PROMPT,
        "expected_completion": lambda _, prompt: expected(subject, prompt),
    }
    base = ChatModelConformanceTests if is_chat else LLMConformanceTests
    return type(f"Test{subject.title}", (base,), declared)


TestSubject = suite_for(SUBJECT)
