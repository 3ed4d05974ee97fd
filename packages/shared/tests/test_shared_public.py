from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import langchain_model_parts

MODULES = [
    module.name.removeprefix("langchain_model_parts.")
    for module in pkgutil.walk_packages(
        langchain_model_parts.__path__, prefix="langchain_model_parts."
    )
    if not module.ispkg
]
# What only code inside shows at work, or needs a server to.
WITHOUT_EXAMPLE = {"http.clients"}


def test_the_public_names_are_these() -> None:
    assert langchain_model_parts.__all__ == [
        "SecretsMixin",
        "StopMatch",
        "StopScanner",
        "StopSequences",
        "StrictArgumentsMixin",
        "secret_field",
    ]
    assert all(hasattr(langchain_model_parts, name) for name in langchain_model_parts.__all__)


def test_nothing_but_pydantic_is_imported() -> None:
    code = (
        "import sys, langchain_model_parts as package\n"
        "loaded = {m.split('.')[0] for m in sys.modules} - {package.__name__}\n"
        "print(*sorted(m for m in loaded if m.startswith(('lang', 'http', 'anyio'))))"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


@pytest.mark.parametrize("name", MODULES)
def test_doc_string_examples_run(name: str) -> None:
    module = importlib.import_module(f"langchain_model_parts.{name}")
    results = doctest.testmod(module)
    assert (results.attempted > 0) == (name not in WITHOUT_EXAMPLE), name
    assert results.failed == 0
