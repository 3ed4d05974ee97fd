"""The pytest side: markers for the levels, strict expected failures, diagnoses, the summary.

There is no `pytest11` entry point: it would import langchain-core (0.7 s) in every pytest session
of every environment that has this package. The suites register this plugin themselves when pytest
collects the first of them, before any marker is used, so `--strict-markers` is content. Under
pytest-xdist, whose controller collects nothing, add `-p langchain_model_conformance.plugin` to get
the grouped diagnoses and the summary there too.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from langchain_model_conformance._check import PREFIX, Check, Level, check_of, replaced_in
from langchain_model_conformance._diagnosis import ConformanceFailure, diagnosis

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

LEVELS = {
    Level.MUST: "a conformance check of the contract",
    Level.SHOULD: "a conformance check of quality",
    Level.DOC: "a conformance check of documentation",
}
PROPERTY = "conformance"
UNDECLARED = re.compile(r"^no (\w+) (?:is|are) declared$")


def pytest_configure(config: pytest.Config) -> None:
    """Make the levels known markers."""
    for level, meaning in LEVELS.items():
        config.addinivalue_line("markers", f"{level.value}: {meaning}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a check with its level, and its reports with the class they belong to."""
    about, suite = _judged(item)
    if about:
        item.add_marker(about.level.value)
        item.user_properties.append((PROPERTY, suite.__name__))
        item.user_properties.append((f"{PROPERTY}-replaced", ", ".join(replaced_in(suite))))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what matters most first in each class: with `-x` that is what one reads."""
    places: dict[type, list[tuple[int, int]]] = {}
    levels = list(Level)
    for at, item in enumerate(items):
        about, suite = _judged(item)
        if about:
            places.setdefault(suite, []).append((levels.index(about.level), at))
    for ranked in places.values():
        ordered = [items[at] for _, at in sorted(ranked)]
        for (_, at), item in zip(ranked, ordered, strict=True):
            items[at] = item


def pytest_collection_finish(session: pytest.Session) -> None:
    """Settle which check tells of wrong declarations: the same one in each process of xdist."""
    for item in session.items:
        about, suite = _judged(item)
        if about:
            suite()._teller(item.name.removeprefix(PREFIX))


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Mark a known failure as strictly expected, unless the declarations themselves are wrong."""
    about, suite = _judged(item)
    if not about or suite()._problems():
        return
    known = suite.expected_failures
    reason = known.get(item.name.removeprefix(PREFIX), known.get(about.id))
    if reason:
        item.add_marker(pytest.mark.xfail(strict=True, reason=f"{about.id}: {reason}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a report carry its diagnosis: under xdist it is read in another process."""
    report = yield
    failure = call.excinfo.value if call.excinfo else None
    if report.failed and isinstance(failure, ConformanceFailure):
        about = failure.check
        report.conformance = {  # type: ignore[attr-defined]  # reports take what they are given
            "id": about.id,
            "level": about.level.value,
            "says": about.says,
            "cases": list(about.cases),
            "name": failure.name,
            "mend": failure.mend,
            "seen": [failure.observed, failure.expected],
        }
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: Any) -> Generator[None, None, None]:
    """Show one diagnosis for all failed cases of a check, and sum up each class at the end."""
    stats = terminalreporter.stats
    reports = stats.get("failed", [])
    if reports:
        stats["failed"] = list(_grouped(reports))
    yield
    if reports:
        stats["failed"] = reports
    for line in _summaries(stats):
        terminalreporter.write_line(line)


def summary(suite: str, count: Counter[str], reasons: Counter[str]) -> str:
    """Return the summary line of one class.

    Args:
        suite: The class's name.
        count: How many checks passed, failed, xfailed and were skipped.
        reasons: Why those that were skipped do not apply, and how many for each reason.
    """
    ran = count["passed"] + count["failed"] + count["xfailed"]
    why = "; ".join(f"{times}: {reason}" for reason, times in reasons.most_common())
    return (
        f"conformance of {suite}: {ran} checks ran, {count['failed']} failed, "
        f"{count['xfailed']} known failures, {count['skipped']} do not apply"
        + (f" ({why})" if why else "")
    )


class _Told:
    """A diagnosis, as pytest's failures show it, and its line for the short summary."""

    def __init__(self, text: str, line: str) -> None:
        self.text = text
        self.reprcrash = SimpleNamespace(message=line)

    def toterminal(self, out: Any) -> None:
        out.line(self.text)


def _judged(item: pytest.Item) -> tuple[Check | None, Any]:
    """Return the check that an item runs, if it is one, and its test class."""
    return check_of(getattr(item, "function", None)), getattr(item, "cls", None)


def _grouped(reports: Iterable[Any]) -> Iterator[Any]:
    """Yield the reports, with one for all failed cases of a check in a class."""
    groups: dict[Any, list[Any]] = {}
    for report in reports:
        told = getattr(report, PROPERTY, None)
        suite = report.nodeid.rpartition("::")[0]
        groups.setdefault((suite, told["id"]) if told else report.nodeid, []).append(report)
    for group in groups.values():
        yield _one_for(group) if hasattr(group[0], PROPERTY) else group[0]


def _one_for(reports: list[Any]) -> Any:
    """Return the report of a check of which some cases failed."""
    one, told = copy.copy(reports[0]), reports[0].conformance
    cases = [report.conformance["name"].partition("[")[2][:-1] for report in reports]
    title = f"{told['id']}[{', '.join(cases)}]" if cases[0] else told["id"]
    alike: dict[tuple[str, ...], list[int]] = {}  # what is observed alike but for the case's name
    for at, (report, case) in enumerate(zip(reports, cases, strict=True)):
        seen = report.conformance["seen"]
        key = tuple(re.sub(rf"\b{case}\b", "", text) if case else text for text in seen)
        alike.setdefault(key, []).append(at)
    seen = {
        ", ".join(cases[at] for at in places): tuple(reports[places[0]].conformance["seen"])
        for places in alike.values()
    }
    about = Check(told["id"], Level(told["level"]), told["says"], told["mend"])
    mends = [report.conformance["mend"] for report in reports]
    line = f"{about.level.name}: {told['seen'][0]}"
    one.longrepr = _Told(diagnosis(about, title, seen, mends), line)
    short = PREFIX + (told["id"] if cases == told["cases"] else title)  # leaves room for the line
    one.nodeid = f"{one.nodeid.rpartition('::')[0]}::{short}"
    file, number, domain = one.location
    one.location = file, number, f"{domain.partition('[')[0].rpartition('.')[0]}.{short}"
    return one


def _summaries(stats: Any) -> Iterator[str]:
    """Yield for each class how many checks ran, what does not apply, and what is not checked."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    reasons: dict[tuple[str, str], Counter[str]] = {}
    replaced: dict[tuple[str, str], str] = {}
    for outcome in ("passed", "failed", "xfailed", "skipped"):
        for report in stats.get(outcome, ()):
            told = dict(getattr(report, "user_properties", ()))
            if PROPERTY not in told:
                continue
            suite = told[PROPERTY], report.nodeid.rpartition("::")[0]  # modules may share a name
            counts.setdefault(suite, Counter())[outcome] += 1
            replaced[suite] = told[f"{PROPERTY}-replaced"]
            if outcome == "skipped":
                reasons.setdefault(suite, Counter())[_skip_reason(report)] += 1
    for suite, count in sorted(counts.items()):
        why = reasons.get(suite, Counter())
        yield summary(suite[0], count, why)
        undeclared = sorted({found[1] for reason in why if (found := UNDECLARED.match(reason))})
        if undeclared:
            yield f"  not declared, so not checked: {', '.join(undeclared)}"
        if replaced[suite]:
            yield f"  replaced by the class, so not checked: {replaced[suite]}"


def _skip_reason(report: Any) -> str:
    """Return the text of a skip, without the place it was raised at."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(reason).removeprefix("Skipped: ")
