"""Prove what the packages promise, and write each figure beside its goal in docs/reliability.md.

`nox -s prove` runs all parts; `nox -s prove -- lifecycle hostile` runs some, and leaves the page as
it is; `--quick` runs a slice of each. Each part is a process of its own. The exit status is 1 if a
goal is missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tools.prove.rows import Row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reliability.md"

DISTRIBUTIONS = (
    *("langchain-model-parts", "langchain-llm-echo", "langchain-chat-echo"),
    *("langchain-model-conformance", "langchain-core", "pydantic", "jsonschema-rs"),
)
"""Those whose versions the page names."""


@dataclass(frozen=True)
class Part:
    """A part of the proof."""

    title: str
    about: str
    """What it does, for the reader of the page."""
    python: tuple[str, ...] = ()
    """Options of the interpreter."""
    limit: int = 300
    """Seconds that it may take."""
    in_slice: bool = True
    """Whether `--quick` runs it."""


PARTS = {
    "lifecycle": Part(
        "Lifecycle",
        "A stream is read, closed early, dropped, thrown into, cancelled, timed out, and broken by "
        "an error, by its upstream and by a callback. Each start has exactly one end or error "
        "event, the upstream is closed at once, and no task, warning or unraisable error is left. "
        "Python runs with `-X dev -W error`. langchain-core tells nobody that `ainvoke` of a chat "
        "model was cancelled; the part expects that.",
        ("-X", "dev", "-W", "error"),
    ),
    "concurrency": Part(
        "Concurrency",
        "Every answer belongs to its prompt. Every written reply, and every written error, comes "
        "exactly once.",
    ),
    "memory": Part(
        "Memory and long answers",
        "Bytes are Python's own count (tracemalloc). An abandoned stream has been begun, holds "
        "text back, and is dropped.",
    ),
    "scanner": Part(
        "The scanner at its worst",
        "Texts begin a stop all the time and never complete one. Times are CPU times; the fastest "
        "round stands.",
    ),
    "texts": Part(
        "Pathological text",
        "The text comes back equal from `invoke`, `stream`, `batch`, their asynchronous twins, "
        "events, a written reply, a cache, `dumps` and `loads`, pickle and copies. langchain-core "
        "writes JSON, which joins a pair of surrogates; the part expects that.",
    ),
    "mutation": Part(
        "Mutation testing",
        "The code is changed in small ways, and the package's own tests must notice. This part "
        "shows what `python -m tools.prove.mutants` has stored; `tools/prove/survivors.toml` lists "
        "each change that no test can notice, with the reason. A sample is every N-th change of "
        "each file; of these, what no test noticed within a minute counts as missed. What it shows "
        "to be untested gets tests, so its figure tells less of the changes that it left out.",
        in_slice=False,  # it is not about the commit that is tested
    ),
    "fuzzing": Part(
        "Fuzzing",
        "The scanner is compared with a brute-force oracle, the cast into JSON schemas with "
        "jsonschema-rs, and the suite must judge or explain whatever is declared. Atheris chooses "
        "the inputs by the branches that they reach.",
        limit=600,
    ),
    "hostile": Part(
        "Hostile input",
        "Each input comes to an answer or to an error in words, in bounded time and memory. Time "
        "is CPU time, memory is what the process grew by. Python itself refuses an object that "
        "nests deeper than its recursion limit.",
        limit=600,
    ),
    "supply": Part(
        "Supply chain",
        "bandit reads the sources. The rules for `release.yml` are in `tools/prove/supply.py`.",
    ),
}


def run(name: str, *, quick: bool) -> list[Row]:
    """Run a part in a process of its own, print its rows as they come, and return them."""
    part = PARTS[name]
    command = [sys.executable, *part.python, "-m", "tools.prove.part", name]
    print(f"\n{part.title}", flush=True)
    rows = []
    start = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - a module of ours
        [*command, *(["--quick"] if quick else [])], cwd=ROOT, text=True, stdout=subprocess.PIPE
    )
    with process:
        for line in process.stdout or ():
            rows.append(Row(*json.loads(line)))
            print(shown(rows[-1]), flush=True)
    seconds = time.monotonic() - start
    whole = Row(
        "the part itself",
        f"at most {part.limit} s, exit status 0",
        f"{seconds:.0f} s, exit status {process.returncode}",
        process.returncode == 0 and seconds <= part.limit,
    )
    print(shown(whole), flush=True)
    return [*rows, whole]


def shown(row: Row) -> str:
    """Return a row as a line of a terminal."""
    return f"  {'ok  ' if row.reached else 'MISS'} {row.what} | {row.goal} | {row.figure}"


def page(found: dict[str, list[Row]]) -> str:
    """Return docs/reliability.md."""
    versions = ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS)
    rows = [row for part in found.values() for row in part]
    machine = f"{os.cpu_count()} cores of {platform.system()} {platform.machine()}"
    made = (
        f"Made by `nox -s prove` on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d}, with Python "
        f"{platform.python_version()}, {versions}, on {machine}."
    )
    reached = f"{sum(row.reached for row in rows)} of {len(rows)} goals are reached."
    lines = ["# Reliability", "", made, reached]
    for name, part in found.items():
        lines += ["", f"## {PARTS[name].title}", "", PARTS[name].about, ""]
        lines += ["| what | goal | figure | reached |", "|---|---|---|---|"]
        lines += [f"| {' | '.join(cells(row))} |" for row in part]
    return "\n".join([*lines, ""])


def cells(row: Row) -> list[str]:
    """Return a row as the cells of a Markdown table."""
    texts = [row.what, row.goal, row.figure, "yes" if row.reached else "**no**"]
    read = str.maketrans({"|": "\\|", "<": "&lt;", "[": "\\[", "\n": " "})  # by Markdown
    return [text.translate(read) for text in texts]


def main() -> int:
    """Run the parts that are named, or all; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a slice of each, in seconds")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    all_parts = [name for name, part in PARTS.items() if part.in_slice or not options.quick]
    found = {name: run(name, quick=options.quick) for name in options.parts or all_parts}
    if not (options.parts or options.quick):
        PAGE.write_text(page(found), "utf-8")
    missed = [row.what for part in found.values() for row in part if not row.reached]
    print(f"\n{len(missed)} goals are missed{':' if missed else '.'}", *missed, sep="\n  ")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
