"""Tell what mutation testing found; `tools/prove/mutants.py` does it, and keeps its figures."""

from __future__ import annotations

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
    """Yield a row for each package."""
    del quick  # it only reads
    stored = json.loads(FIGURES.read_text("utf-8"))
    for package in sorted(path.name for path in ROOT.glob("packages/*")):
        of_package = [
            figures
            for file, figures in stored["files"].items()
            if file.startswith(f"packages/{package}/")
        ]
        mutants = sum(figures["mutants"] for figures in of_package)
        noticed = sum(figures["noticed"] for figures in of_package)
        what = f"{package}: noticed of {mutants:,} mutants in {len(of_package)} files"
        yield at_least(what, 100 * noticed / max(mutants, 1), GOAL, "%")
