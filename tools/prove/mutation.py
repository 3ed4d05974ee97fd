"""Tell what mutation testing found; `tools/prove/mutants.py` does it, and keeps its figures."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tools.prove.rows import Row, at_least

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_name("mutants.json")
GOAL = 95  # percent


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield two rows for each package: how much of it was judged, and what was noticed."""
    del quick  # it only reads
    stored = json.loads(FIGURES.read_text("utf-8"))["files"]
    for package in sorted(path.name for path in ROOT.glob("packages/*")):
        files = [path.relative_to(ROOT).as_posix() for path in code(package)]
        judged = [stored[file] for file in files if file in stored]
        yield at_least(f"{package}: files judged", len(judged), len(files), "files")
        mutants = sum(figures["mutants"] for figures in judged)
        noticed = sum(figures["noticed"] for figures in judged)
        made = sum(figures.get("of", figures["mutants"]) for figures in judged)
        sample = f", a sample of {made:,}," if mutants < made else ""
        files_judged = f"{len(judged)} of {len(files)} files"
        what = f"{package}: noticed of {mutants:,} mutants{sample} in {files_judged}"
        yield at_least(what, 100 * noticed / max(mutants, 1), GOAL, "%")


def code(package: str) -> list[Path]:
    """Return the files of a package that have functions, the only ones that get mutants."""
    files = sorted(ROOT.glob(f"packages/{package}/src/**/*.py"))
    return [file for file in files if any(map(_is_function, ast.walk(ast.parse(file.read_text()))))]


def _is_function(node: ast.AST) -> bool:
    return isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
