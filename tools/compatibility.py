"""What `nox -s sweep` does: test each release of langchain-core, and write what was found.

It writes docs/compatibility.json and two tables made from that: docs/compatibility.md, with one
row per release, and the one in the README, with one row per minor.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import re
from datetime import datetime, timezone
from itertools import groupby
from typing import TYPE_CHECKING, TypedDict

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools.workspace import CHECKPOINT_3, CORE, PREBUILT, ROOT, wheels

if TYPE_CHECKING:
    import nox

    from tools.workspace import Package

RESULTS, PAGE = ROOT / "docs" / "compatibility.json", ROOT / "docs" / "compatibility.md"
README = ROOT / "README.md"
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


def sweep(session: nox.Session, packages: list[Package], requirements: list[str]) -> None:
    """Test packages on every release of langchain-core that lacks a result, and write the tables.

    Args:
        session: Where to install and test.
        packages: What to test; its wheels are built.
        requirements: What the tests ask for.
    """
    arguments = argparse.ArgumentParser("nox -s sweep --")
    arguments.add_argument("--since", default="0", type=Version, help="the first release to test")
    again = "also what was tested with other sources"
    arguments.add_argument("--again", action="store_true", help=again)
    options = arguments.parse_args(session.posargs)
    results: Results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    tested = [package.wheel.name for package in packages]
    wanted = releases(session, options.since)
    for release in wanted:
        row = results.get(release)
        known = row is not None and is_green(row) and [*row["outcomes"]] == tested
        if not known or (options.again and results[release]["source"] != source()):
            results[release] = try_release(session, release, packages, requirements)
            write(results)  # now, so that a sweep that is stopped resumes here
    write(results)
    if red := [release for release in wanted if not is_green(results[release])]:
        session.error(f"langchain-core {', '.join(red)}: see above")


def releases(session: nox.Session, since: Version) -> list[str]:
    """Return the releases of langchain-core that the packages admit, oldest first."""
    session.install("pip>=25.2")  # the first with `index versions --json`
    ask = ("python", "-m", "pip", "index", "versions", "langchain-core", "--json")
    lines = str(session.run(*ask, silent=True)).splitlines()
    answer = json.loads(next(line for line in lines if line.startswith("{")))
    admitted = Requirement(CORE).specifier & SpecifierSet(f">={since}")
    return sorted(admitted.filter(answer["versions"]), key=Version)


def try_release(
    session: nox.Session, release: str, packages: list[Package], requirements: list[str]
) -> Row:
    """Test packages on one release of langchain-core."""
    core = (f"langchain-core=={release}", *limits(Version(release)))
    session.install("--upgrade", *wheels(*packages), *core, *requirements)
    row = Row(
        date=datetime.now(timezone.utc).date().isoformat(),
        on=f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        source=source(),
        outcomes={},
    )
    for package in packages:
        command = ("pytest", "--quiet", package.tests)
        output = str(session.run(*command, silent=True, success_codes=range(6)))
        closing = output.strip().splitlines()[-1].strip("= ")
        counts = closing.rpartition(" in ")[0]
        session.log(closing if passes(counts) else output)
        row["outcomes"][package.wheel.name] = counts
    return row


def limits(release: Version) -> tuple[str, ...]:
    """Return what keeps newer releases of other packages away that break on one of core."""
    if release < Version("1.0.dev0"):
        return ()
    if release < Version("1.2.5"):
        return CHECKPOINT_3
    return PREBUILT if release < Version("1.2.10") else ()


def source() -> str:
    """Return what tells the sources of the packages from any others."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("packages/*/src/**/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def write(results: Results) -> None:
    """Write the results, and the two tables that are made of them."""
    ordered = {release: results[release] for release in sorted(results, key=Version)}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
    PAGE.write_text(per_release(ordered))
    README.write_text(in_readme(README.read_text(), ordered))


def per_minor(results: Results) -> str:
    """Return the README's table: how many releases of each minor passed, newest first."""
    lines = [["langchain-core", "releases tested", *packages(results)]]
    for minor, group in groupby(results, key=lambda release: release.rpartition(".")[0]):
        releases = list(group)
        span = f"{releases[0]} … {releases[-1]}" if len(releases) > 1 else releases[0]
        passed = [
            sum(passes(results[r]["outcomes"].get(wheel, "")) for r in releases)
            for wheel in tested_wheels(results)
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
        outcomes = [row["outcomes"].get(wheel, "not tested") for wheel in tested_wheels(results)]
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


def tested_wheels(results: Results) -> list[str]:
    """Return the wheels that the newest release was tested with."""
    return [*results[[*results][-1]]["outcomes"]]


def packages(results: Results) -> list[str]:
    """Return the same as `distribution version`."""
    return [" ".join(wheel.split("-")[:2]).replace("_", "-") for wheel in tested_wheels(results)]


def is_green(row: Row) -> bool:
    """Tell whether everything in a row passed."""
    return all(map(passes, row["outcomes"].values()))


def passes(outcome: str) -> bool:
    """Tell whether pytest's counts are those of a pass."""
    return "passed" in outcome and not re.search(r"\b(failed|error)", outcome)


def table(lines: list[list[str]]) -> str:
    """Return a Markdown table, its first line the heading."""
    lines = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
