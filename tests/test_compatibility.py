"""The tables that `nox -s sweep` writes: they say what its result file says, red included."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from packaging.version import Version
from tools import compatibility

if TYPE_CHECKING:
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
