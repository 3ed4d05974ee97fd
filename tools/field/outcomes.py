"""What the suite said of each class, and whether each failure has a verdict."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from tools.field.findings import FINDINGS, Finding
from tools.field.subjects import SUBJECTS, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

RESULTS = Path(__file__).with_suffix(".json")
ROOT = Path(__file__).parents[2]
SUITE = ROOT / "packages/conformance/src/langchain_model_conformance"


@dataclass
class Failure:
    """One failed case of a check."""

    check: str
    case: str
    observed: str
    verdict: Finding | None = None

    @property
    def name(self) -> str:
        """What `expected_failures` would call it."""
        return f"{self.check}[{self.case}]" if self.case else self.check


@dataclass
class Outcome:
    """What the suite said of one class."""

    subject: Subject
    told: dict[str, str]
    """What `suites.py` recorded: versions, requests, and where the class and its fields are."""
    ran: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    site: Path = Path()
    """Where its distribution is installed."""

    def cell(self, check: str) -> str:
        """Return what the table shows for a check."""
        failed = [one for one in self.failures if one.check == check]
        if not failed:
            return "+" if self.ran[check] else "."
        marks = {one.verdict.verdict.value if one.verdict else "?" for one in failed}
        return "".join(sorted(marks))

    def place(self, finding: Finding, failure: Failure) -> str:
        """Return the line that a finding rests on, as file and number below site-packages."""
        if finding.line:
            return finding.line.found(self.site)
        places = json.loads(self.told["places"])
        words = [one for one in re.findall(r"\w+", failure.observed) if one != "class"]
        named = [*self.subject.secrets] if finding.at_key else words
        return str(next((places[name] for name in named if name in places), places["class"]))


def read(site: Path, subject: Subject) -> Outcome | None:
    """Return what was found of a class with these suites and these versions, if it was."""
    row = json.loads(RESULTS.read_text()).get(subject.title) if RESULTS.exists() else None
    if row is None or row["suite"] != suite_hash() or row["installed"] != versions(site, subject):
        return None
    failures = [Failure(*one) for one in row["failures"]]
    counted = Counter(row["ran"]), Counter(row["skipped"])
    return Outcome(subject, row["told"], *counted, failures, site)


def write(outcome: Outcome) -> None:
    """Keep what was found of a class, so that the next run need not look again."""
    rows = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    rows[outcome.subject.title] = {
        "suite": suite_hash(),
        "installed": versions(outcome.site, outcome.subject),
        "told": outcome.told,
        "ran": outcome.ran,
        "skipped": outcome.skipped,
        "failures": [[one.check, one.case, one.observed] for one in outcome.failures],
    }
    ordered = {one.title: rows[one.title] for one in SUBJECTS if one.title in rows}
    RESULTS.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def versions(site: Path, subject: Subject) -> dict[str, str]:
    """Return the versions of the class's distribution and of langchain-core in an environment."""
    names = (subject.distribution, "langchain-core")
    found = {one.name: one.version for one in distributions(path=[str(site)])}
    return {name: found[name] for name in names}


def suite_hash() -> str:
    """Return what tells the sources of the suites from any others; the server is not asked."""
    digest = hashlib.sha256()
    for path in sorted(SUITE.rglob("*.py")):
        if path.relative_to(SUITE).parts[0] != "server":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def judge(outcome: Outcome) -> None:
    """Give each failure the first verdict that fits."""
    for failure in outcome.failures:
        fitting = (one for one in FINDINGS if one.judges(outcome.subject, failure))
        failure.verdict = next(fitting, None)


def problems_of(outcomes: list[Outcome]) -> Iterator[str]:
    """Yield the failures that nobody judged, and the verdicts that judge nothing any more."""
    used = set()
    for one in outcomes:
        for failure in one.failures:
            used.add(id(failure.verdict))
            if failure.verdict is None:
                yield f"no verdict: {one.subject.title} {failure.name}: {failure.observed}"
    for finding in FINDINGS:
        if not finding.race and id(finding) not in used:
            yield f"no failure: {finding.checks} of {finding.of or 'any'}"
