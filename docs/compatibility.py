"""Write what `nox -s sweep` found as two tables: compatibility.md, and the one in the README."""

from __future__ import annotations

import json
import re
from itertools import groupby
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- compatibility: made by `nox -s sweep` -->\n", "<!-- /compatibility -->"


class Row(TypedDict):
    """What was found on one release of langchain-core."""

    date: str
    on: str
    """Interpreter and platform."""
    source: str
    """The start of the hash of the packages' sources."""
    outcomes: dict[str, str]
    """Wheel file -> pytest's counts."""


Results = dict[str, Row]
"""One row per release, oldest first."""


def per_minor(results: Results) -> str:
    """Return the README's table: how many releases of each minor passed, newest first."""
    lines = [["langchain-core", "releases tested", *packages(results)]]
    for minor, group in groupby(results, key=lambda release: release.rpartition(".")[0]):
        releases = list(group)
        span = f"{releases[0]} … {releases[-1]}" if len(releases) > 1 else releases[0]
        passed = [
            sum(passes(results[r]["outcomes"].get(wheel, "")) for r in releases)
            for wheel in wheels(results)
        ]
        cells = [
            "all pass" if n == len(releases) else f"**{n} of {len(releases)} pass**" for n in passed
        ]
        lines.insert(1, [minor, f"{len(releases)}: {span}", *cells])
    dates, places = ({row[key] for row in results.values()} for key in ("date", "on"))
    return (
        f"{table(lines)}\nEach release was installed and tested by itself, on {min(dates)}"
        f"{f' to {max(dates)}' if len(dates) > 1 else ''} with {' and '.join(sorted(places))}: "
        "[release by release](docs/compatibility.md).\n"
    )


def per_release(results: Results) -> str:
    """Return the page with one row per release, newest first."""
    lines = [["langchain-core", *packages(results), "on", "source"]]
    for release, row in results.items():
        outcomes = [row["outcomes"].get(wheel, "not tested") for wheel in wheels(results)]
        lines.insert(1, [release, *outcomes, f"{row['date']}, {row['on']}", row["source"]])
    return (
        "# Every release of langchain-core, one by one\n\n"
        "Made by `nox -s sweep` from [compatibility.json](compatibility.json); do not edit. "
        "The last column tells the sources of the packages apart: the start of their SHA-256.\n\n"
        f"{table(lines)}"
    )


def in_readme(readme: str, results: Results) -> str:
    """Return the README with the table between its two markers."""
    before, rest = readme.split(BEGIN)
    return f"{before}{BEGIN}\n{per_minor(results)}\n{rest[rest.index(END) :]}"


def wheels(results: Results) -> list[str]:
    """Return the wheels that the newest release was tested with."""
    return [*results[[*results][-1]]["outcomes"]]


def packages(results: Results) -> list[str]:
    """Return the same as `distribution version`."""
    return [" ".join(wheel.split("-")[:2]).replace("_", "-") for wheel in wheels(results)]


def passes(outcome: str) -> bool:
    """Tell whether pytest's counts are those of a pass."""
    return "passed" in outcome and not re.search(r"\b(failed|error)", outcome)


def table(lines: list[list[str]]) -> str:
    """Return a Markdown table, its first line the heading."""
    lines = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    found = json.loads((HERE / "compatibility.json").read_text())
    (HERE / "compatibility.md").write_text(per_release(found))
    README.write_text(in_readme(README.read_text(), found))
