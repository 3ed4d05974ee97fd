from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys

import pytest

import langchain_model_parts

MODULES = [module.name for module in pkgutil.iter_modules(langchain_model_parts.__path__)]


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


def test_nothing_of_langchain_is_imported() -> None:
    code = (
        "import sys, langchain_model_parts as package\n"
        "print(*sorted(m for m in sys.modules if m.startswith('lang') and "
        "not m.startswith(package.__name__)))"
    )
    run = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


@pytest.mark.parametrize("name", MODULES)
def test_doc_string_examples_run(name: str) -> None:
    module = importlib.import_module(f"langchain_model_parts.{name}")
    results = doctest.testmod(module)
    assert results.attempted > 0, f"{name} shows no example"
    assert results.failed == 0
