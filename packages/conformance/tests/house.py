"""How the suite is built: its lines of code, and which module imports which.

`python packages/conformance/tests/house.py` prints both. The server is a house of its own.
"""

from __future__ import annotations

import ast
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

PACKAGE = "langchain_model_conformance"
SOURCES = Path(__file__).parents[1] / "src" / PACKAGE


def modules() -> dict[str, Path]:
    """Return the file of each module, by its name in the package."""
    files = sorted(path for path in SOURCES.rglob("*.py") if "server" not in path.parts)
    return {".".join(path.relative_to(SOURCES).with_suffix("").parts): path for path in files}


def imports() -> dict[str, set[str]]:
    """Return which modules each one imports, for type checkers only or not."""
    known = modules()
    graph: dict[str, set[str]] = {}
    for name, path in known.items():
        said: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
                base = (node.module or "").removeprefix(PACKAGE).removeprefix(".")
                said |= {base, *(f"{base}.{alias.name}".strip(".") for alias in node.names)}
        graph[name] = said & set(known)
    return graph


def circle() -> list[str]:
    """Return modules that import each other in a circle; empty if there are none."""
    try:
        TopologicalSorter(imports()).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def lines() -> int:
    """Return how many lines the modules have."""
    return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in modules().values())


if __name__ == "__main__":
    found = f"in a circle: {' -> '.join(circle())}" if circle() else "none in a circle"
    sys.stdout.write(f"{len(modules())} modules, {found}; {lines()} lines\n")
