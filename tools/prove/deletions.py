"""Delete each statement of the whole models in turn, and see whether a test fails.

Every mutant runs the tests of these modules until the first failure, in a fork that has the
libraries loaded. A statement whose deletion no test notices is printed; doc-strings, imports and
what only type checkers read are left alone.

Run it with `uv run tools/prove/deletions.py`, or with names of modules: `text`, `http/calls`.
"""

from __future__ import annotations

import ast
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import httpx_sse  # noqa: F401 - loaded once, for all forks
import langchain_core.language_models.chat_models  # noqa: F401 - as above
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "packages/shared/src/langchain_model_parts"
TESTS = ROOT / "packages/shared/tests"
OF_TEXT = ("test_text_models.py", "exhaustive/test_text_stops.py")
OF_HTTP = ("test_http_parts.py", "exhaustive/test_http_calls.py")
MODULES = {
    "settings": OF_TEXT,
    "answer": OF_TEXT,
    "text": OF_TEXT,
    "http/wires": OF_HTTP,
    "http/calls": OF_HTTP,
    "http/clients": OF_HTTP,
    "http/model": OF_HTTP,
}
PATIENCE = 300  # seconds that one mutant may take; one that hangs has been noticed
LEFT_ALONE = (
    *(ast.Import, ast.ImportFrom, ast.Pass),
    *(ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
)


def deletions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the source of a module without one of its statements, and where that one stood."""
    for parent in ast.walk(tree):
        if isinstance(parent, ast.If) and ast.unparse(parent.test) == "TYPE_CHECKING":
            parent.body = [ast.Pass()]
    for parent in [*ast.walk(tree)]:
        for block in (getattr(parent, name, None) for name in ("body", "orelse", "finalbody")):
            if not isinstance(block, list):
                continue
            for at, statement in enumerate(block):
                if isinstance(statement, LEFT_ALONE) or is_for_readers(statement):
                    continue
                block[at] = ast.copy_location(ast.Pass(), statement)
                yield statement.lineno, ast.unparse(tree)
                block[at] = statement


def is_for_readers(statement: ast.stmt) -> bool:
    """Return whether a statement does nothing: a doc-string, or the type of a class variable."""
    if isinstance(statement, ast.AnnAssign):
        return statement.value is None and "ClassVar" in ast.unparse(statement.annotation)
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def noticed(tests: tuple[str, ...]) -> bool:
    """Return whether the tests fail, run in a fork."""
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        paths = [str(TESTS / name) for name in tests]
        os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *paths]) != 0)
    _, status = os.waitpid(child, 0)
    return status != 0


def main() -> int:
    """Print what no test notices, and a line for each module; return how many missed."""
    sys.dont_write_bytecode = True
    overlay = Path(tempfile.mkdtemp())
    shutil.copytree(SOURCE, overlay / SOURCE.name)
    sys.path.insert(0, str(overlay))
    missed = 0
    for name in sys.argv[1:] or MODULES:
        path = overlay / SOURCE.name / f"{name}.py"
        original = path.read_text()
        survivors = []
        count = 0
        for line, source in deletions(ast.parse(original)):
            path.write_text(source)
            count += 1
            if not noticed(MODULES[name]):
                survivors.append(line)
                print(f"  {name}.py:{line} {original.splitlines()[line - 1].strip()}", flush=True)
        path.write_text(original)
        missed += bool(survivors)
        verdict = "fail" if survivors else "pass"
        print(f"{name}: unnoticed deletions of {count} | {len(survivors)} | 0 | {verdict}")
    shutil.rmtree(overlay)
    return missed


if __name__ == "__main__":
    sys.exit(main())
