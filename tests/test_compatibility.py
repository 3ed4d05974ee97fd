"""`nox -s sweep` tests what lacks a result, and its tables say what it found, red included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest
from packaging.version import Version
from tools import compatibility
from tools.workspace import Package

if TYPE_CHECKING:
    from pathlib import Path

    import nox
    from tools.compatibility import Results, Row

COMMITTED: Results = json.loads(compatibility.RESULTS.read_text())
OLD, NEW = "langchain_llm_echo-0.1.0-py3-none-any.whl", "langchain_llm_echo-0.2.0-py3-none-any.whl"


def row(wheel: str, counts: str, date: str) -> Row:
    on = "Python 3.11.7, Linux x86_64"
    return {"date": date, "on": on, "source": "0a1b2c", "outcomes": {wheel: counts}}


RESULTS: Results = {
    "1.0.0": row(OLD, "9 passed", "2026-01-01"),
    "1.1.0": row(NEW, "2 failed, 7 passed", "2026-01-02"),
    "1.1.1": row(NEW, "8 passed, 1 xfailed", "2026-01-02"),
}
PER_MINOR = """\
| langchain-core | releases tested | langchain-llm-echo 0.2.0 |
| --- | --- | --- |
| 1.1 | 2: 1.1.0 … 1.1.1 | **1 of 2 pass** |
| 1.0 | 1: 1.0.0 | **0 of 1 pass** |

Each release was installed and tested by itself, on 2026-01-01 to 2026-01-02 with \
Python 3.11.7, Linux x86_64: [release by release](docs/compatibility.md).
"""
PER_RELEASE = """\
# Every release of langchain-core, one by one

Made by `nox -s sweep` from [compatibility.json](compatibility.json); do not edit. \
The last column tells the sources of the packages apart: the start of their SHA-256.

| langchain-core | langchain-llm-echo 0.2.0 | on | source |
| --- | --- | --- | --- |
| 1.1.1 | 8 passed, 1 xfailed | 2026-01-02, Python 3.11.7, Linux x86_64 | 0a1b2c |
| 1.1.0 | 2 failed, 7 passed | 2026-01-02, Python 3.11.7, Linux x86_64 | 0a1b2c |
| 1.0.0 | not tested | 2026-01-01, Python 3.11.7, Linux x86_64 | 0a1b2c |
"""


def test_a_red_or_outdated_release_shows_in_the_table_of_minors() -> None:
    assert compatibility.per_minor(RESULTS) == PER_MINOR


def test_a_red_or_outdated_release_shows_in_the_table_of_releases() -> None:
    assert compatibility.per_release(RESULTS) == PER_RELEASE


def test_the_readme_and_the_page_are_made_from_the_committed_results() -> None:
    readme = compatibility.README.read_text()
    assert compatibility.in_readme(readme, COMMITTED) == readme
    assert compatibility.per_release(COMMITTED) == compatibility.PAGE.read_text()


def test_results_are_in_the_order_of_releases() -> None:
    assert [*COMMITTED] == sorted(COMMITTED, key=Version)


WHEEL = "langchain_llm_echo-0.1.0-py3-none-any.whl"
GREEN, RED = "3 passed, 1 skipped", "1 failed, 2 passed"
KNOWN = {
    "1.0.0": row(WHEEL, GREEN, "2026-01-01"),
    "1.1.0": row(WHEEL, RED, "2026-01-01"),
    "1.2.0": row(NEW, GREEN, "2026-01-01"),
}


class Session:
    """What `sweep` uses of a nox session; pytest's closing line is the same on each release."""

    def __init__(self, closing: str, *posargs: str) -> None:
        self.closing, self.posargs, self.failed = closing, posargs, ""
        self.tested: list[str] = []

    def install(self, *requirements: str) -> None:
        names = [line.rpartition("==") for line in requirements]
        self.tested += [version for name, _, version in names if name == "langchain-core"]

    def run(self, *command: str, **_: object) -> str:
        if "index" in command:
            return json.dumps({"versions": ["2.0.0", "1.3.0", *KNOWN, "0.3.80"]})
        return f"...\n=== {self.closing} in 1.2s ===\n"

    def log(self, message: str) -> None:
        """Say nothing."""

    def error(self, message: str) -> None:
        self.failed = message


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The result file of a sweep of one package, beside a page and a README of its own."""
    (tmp_path / WHEEL).touch()
    (tmp_path / "found.json").write_text(json.dumps(KNOWN))
    (tmp_path / "README.md").write_text(f"{compatibility.BEGIN}{compatibility.END}")
    monkeypatch.setattr("tools.workspace.DIST", tmp_path)
    for name, file in (("RESULTS", "found.json"), ("PAGE", "page.md"), ("README", "README.md")):
        monkeypatch.setattr(compatibility, name, tmp_path / file)
    return tmp_path / "found.json"


def sweep(session: Session) -> None:
    package = Package("llm-echo", "langchain_llm_echo")
    compatibility.sweep(cast("nox.Session", session), [package], [])


@pytest.mark.parametrize(
    ("posargs", "tested"),
    [
        ([], ["1.1.0", "1.2.0", "1.3.0"]),
        (["--since", "1.2"], ["1.2.0", "1.3.0"]),
        (["--again"], ["1.0.0", "1.1.0", "1.2.0", "1.3.0"]),
    ],
    ids=["what is red, of another wheel or missing", "since", "again"],
)
@pytest.mark.usefixtures("found")
def test_a_sweep_tests_these_releases(posargs: list[str], tested: list[str]) -> None:
    session = Session(GREEN, *posargs)
    sweep(session)
    assert (session.tested, session.failed) == (tested, "")


def test_a_sweep_writes_what_it_found_and_keeps_the_rest(found: Path) -> None:
    sweep(Session("4 passed"))
    results: Results = json.loads(found.read_text())
    counts = {release: row["outcomes"] for release, row in results.items()}
    new = {WHEEL: "4 passed"}
    assert counts == {"1.0.0": {WHEEL: GREEN}, "1.1.0": new, "1.2.0": new, "1.3.0": new}
    assert compatibility.PAGE.read_text() == compatibility.per_release(results)
    assert "| 1.3 | 1: 1.3.0 | all pass |" in compatibility.README.read_text()


@pytest.mark.usefixtures("found")
def test_a_sweep_fails_with_the_red_releases() -> None:
    session = Session(RED, "--since", "1.2")
    sweep(session)
    assert session.failed == "langchain-core 1.2.0, 1.3.0: see above"
