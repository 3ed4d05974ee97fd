"""The pytest side: markers for the levels, strict expected failures, diagnoses, the summary.

A `pytest11` entry point would import langchain-core (0.7 s) in every pytest session. So the suites
register this plugin when pytest collects the first of them, before any marker is used. Under
pytest-xdist, whose controller collects nothing, `-p langchain_model_conformance.plugin` does it.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from dataclasses import asdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from langchain_model_conformance._check import PREFIX, Check, Level, check_of, replaced_in
from langchain_model_conformance._diagnosis import ConformanceFailure, diagnosis

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

LEVELS = dict(zip(Level, ("the contract", "quality", "documentation"), strict=True))
PROPERTY = "conformance"
UNDECLARED = re.compile(r"^no (\w+) (?:is|are) declared$")


def pytest_configure(config: pytest.Config) -> None:
    """Make the levels known markers."""
    for level, meaning in LEVELS.items():
        config.addinivalue_line("markers", f"{level.value}: a conformance check of {meaning}")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a check with its level, and its reports with the class they belong to."""
    about, suite = _judged(item)
    if about:
        item.add_marker(about.level.value)
        item.user_properties.append((PROPERTY, suite.__name__))
        item.user_properties.append((f"{PROPERTY}-replaced", ", ".join(replaced_in(suite))))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what matters most first in each class: with `-x` that is what one reads."""
    levels, first = list(Level), dict[type, int]()

    def rank(place: tuple[int, pytest.Item]) -> tuple[int, int]:
        at, item = place
        about, suite = _judged(item)
        return (first.setdefault(suite, at), levels.index(about.level)) if about else (at, 0)

    items[:] = [item for _, item in sorted(enumerate(items), key=rank)]


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
        report.conformance = {  # type: ignore[attr-defined]  # reports take what they are given
            **asdict(failure.check),
            "level": failure.check.level.value,
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
    """Return the summary line of a class, from its outcomes and the reasons for its skips."""
    ran = count["passed"] + count["failed"] + count["xfailed"]
    why = "; ".join(f"{times}: {reason}" for reason, times in reasons.most_common())
    return (
        f"conformance of {suite}: {ran} checks ran, {count['failed']} failed, "
        f"{count['xfailed']} known failures, {count['skipped']} do not apply"
        + (f" ({why})" if why else "")
    )


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
    alike: dict[tuple[str, ...], tuple[list[str], Any]] = {}  # but for the case's name
    for report, case in zip(reports, cases, strict=True):
        seen = report.conformance["seen"]
        key = tuple(re.sub(rf"\b{case}\b", "", text) if case else text for text in seen)
        alike.setdefault(key, ([], seen))[0].append(case)
    about = Check(told["id"], Level(told["level"]), told["says"], told["mend"])
    mends = [report.conformance["mend"] for report in reports]
    text = diagnosis(about, title, {", ".join(at): seen for at, seen in alike.values()}, mends)
    crash = SimpleNamespace(message=f"{about.level.name}: {told['seen'][0]}")  # for the summary
    one.longrepr = SimpleNamespace(toterminal=lambda out: out.line(text), reprcrash=crash)
    # A name without all its cases leaves room for the line.
    short = PREFIX + (told["id"] if cases == [*told["cases"]] else title)
    one.nodeid = f"{one.nodeid.rpartition('::')[0]}::{short}"
    file, number, domain = one.location
    one.location = file, number, f"{domain.partition('[')[0].rpartition('.')[0]}.{short}"
    return one


def _summaries(stats: Any) -> Iterator[str]:
    """Yield for each class how many checks ran, what does not apply, and what is not checked."""
    suites: dict[tuple[str, ...], tuple[Counter[str], Counter[str]]] = {}
    for outcome in ("passed", "failed", "xfailed", "skipped"):
        for report in stats.get(outcome, ()):
            told = dict(getattr(report, "user_properties", ()))
            if PROPERTY in told:
                module = report.nodeid.rpartition("::")[0]  # modules may share a class's name
                key = told[PROPERTY], module, told[f"{PROPERTY}-replaced"]
                count, reasons = suites.setdefault(key, (Counter(), Counter()))
                count[outcome] += 1
                reasons.update([_skip_reason(report)] if outcome == "skipped" else [])
    for (name, _, replaced), (count, reasons) in sorted(suites.items()):
        yield summary(name, count, reasons)
        undeclared = sorted({found[1] for reason in reasons if (found := UNDECLARED.match(reason))})
        if undeclared:
            yield f"  not declared, so not checked: {', '.join(undeclared)}"
        if replaced:
            yield f"  replaced by the class, so not checked: {replaced}"


def _skip_reason(report: Any) -> str:
    """Return the text of a skip, without the place it was raised at."""
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(reason).removeprefix("Skipped: ")
