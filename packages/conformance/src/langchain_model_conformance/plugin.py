"""The pytest side: markers for the levels, strict expected failures, one line of summary.

There is no `pytest11` entry point: it would import langchain-core (0.7 s) in every pytest session
of every environment that has this package. The suites register this plugin themselves when pytest
collects the first of them, before any marker is used, so `--strict-markers` is content. Under
pytest-xdist, whose controller collects nothing, add `-p langchain_model_conformance.plugin` to get
the summary there too.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from langchain_model_conformance._check import Level, check_of
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVELS = {
    Level.MUST: "a conformance check of the contract",
    Level.SHOULD: "a conformance check of quality",
    Level.DOC: "a conformance check of documentation",
}
PROPERTY = "conformance"


def pytest_configure(config: pytest.Config) -> None:
    """Make the levels known markers."""
    for level, meaning in LEVELS.items():
        config.addinivalue_line("markers", f"{level.value}: {meaning}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a check with its level, and its reports with the class they belong to."""
    about = check_of(getattr(item, "function", None))
    suite = getattr(item, "cls", None)
    if about and suite:
        item.add_marker(about.level.value)
        item.user_properties.append((PROPERTY, suite.__name__))


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Mark a known failure as strictly expected, unless the declarations themselves are wrong."""
    suite = getattr(item, "instance", None)
    about = check_of(getattr(item, "function", None))
    if not (about and isinstance(suite, ConformanceSuite)):
        return
    reason = _reason(suite, item.name, about.id)
    if reason and not suite._problems():
        item.add_marker(pytest.mark.xfail(strict=True, reason=f"{about.id}: {reason}"))


def _reason(suite: ConformanceSuite, item_name: str, check_id: str) -> str | None:
    declared = suite.expected_failures
    if not hasattr(declared, "get"):
        return None  # the declarations are judged, and fail, elsewhere
    reason = declared.get(item_name.removeprefix("test_"), declared.get(check_id))
    return None if reason is None else str(reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say for each class how many checks ran, do not apply and why, and are known failures."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    reasons: dict[tuple[str, str], Counter[str]] = {}
    for outcome in ("passed", "failed", "xfailed", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            name = dict(getattr(report, "user_properties", ())).get(PROPERTY)
            if name is None:
                continue
            suite = name, report.nodeid.rpartition("::")[0]  # two modules may use one name
            counts.setdefault(suite, Counter())[outcome] += 1
            if outcome == "skipped":
                reasons.setdefault(suite, Counter())[_skip_reason(report)] += 1
    for suite, count in sorted(counts.items()):
        terminalreporter.write_line(summary(suite[0], count, reasons.get(suite, Counter())))


def summary(suite: str, count: Counter[str], reasons: Counter[str]) -> str:
    """Return the summary line of one class.

    Args:
        suite: The class's name.
        count: How many checks passed, failed, xfailed and were skipped.
        reasons: Why those that were skipped do not apply, and how many for each reason.
    """
    ran = count["passed"] + count["failed"] + count["xfailed"]
    why = "; ".join(_each(reasons.most_common()))
    return (
        f"conformance of {suite}: {ran} checks ran, {count['failed']} failed, "
        f"{count['xfailed']} known failures, {count['skipped']} do not apply"
        + (f" ({why})" if why else "")
    )


def _each(reasons: Iterable[tuple[str, int]]) -> Iterable[str]:
    return (f"{times}: {reason}" for reason, times in reasons)


def _skip_reason(report: Any) -> str:
    """Return the text of a skip, without the place it was raised at."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(reason).removeprefix("Skipped: ")
