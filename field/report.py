"""Run the conformance suites on partner packages, and write `docs/field-report.md`.

`python field/report.py [CLASS ...]`: without names every class, one pytest process after the other.
Exits with 1 when a failure has no verdict in `findings.py`, or a verdict no failure.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib
import importlib.metadata
import inspect
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from findings import FINDINGS, Finding, Verdict
from langchain_model_conformance import (
    ChatModelConformanceTests,
    LLMConformanceTests,
    checks_of,
)
from subjects import SUBJECTS, Subject

HERE = Path(__file__).parent
REPORT = HERE.parent / "docs" / "field-report.md"
PATIENCE = 600  # seconds for one class
WIDTH = 220  # characters of an observation


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
    ran: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    requests: int = 0

    def cell(self, check: str) -> str:
        """Return what the table shows for a check."""
        failed = [one for one in self.failures if one.check == check]
        if not failed:
            return "+" if self.ran[check] else "."
        marks = {one.verdict.verdict.value if one.verdict else "?" for one in failed}
        return "".join(sorted(marks))


def main() -> int:
    """Run, judge, write; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="CLASS", help="only these; writes no report")
    names = parser.parse_args().names
    outcomes = [run(subject) for subject in SUBJECTS if not names or subject.title in names]
    for outcome in outcomes:
        for failure in outcome.failures:
            failure.verdict = next(
                (f for f in FINDINGS if f.judges(outcome.subject, failure)), None
            )
    problems = list(problems_of(outcomes, partial=bool(names)))
    if not names:
        REPORT.write_text(report(outcomes), encoding="utf-8")
    print("\n".join(problems) or "every failure has a verdict")
    return 1 if problems else 0


def run(subject: Subject) -> Outcome:
    """Return what the suite says of one class, run in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outcome.xml"
        subprocess.run(  # noqa: S603  # pytest, with our own arguments
            [
                *(sys.executable, "-m", "pytest", "--quiet", "-c", str(HERE / "pytest.ini")),
                *(str(HERE / "test_field.py"), f"--junitxml={file}"),
            ],
            env={**os.environ, "FIELD_SUBJECT": subject.title},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # clients that are left open say so there
            check=False,  # failures are what is looked for
            timeout=PATIENCE,
        )
        suite = ET.parse(file).getroot().find("testsuite")  # noqa: S314  # pytest's own file
    if suite is None or not suite.findall("testcase"):
        raise SystemExit(f"{subject.title}: pytest ran no check, run it by hand to see why")
    outcome = Outcome(subject)
    for item in suite.findall("properties/property"):
        outcome.requests = int(item.get("value", 0))
    for case in suite.findall("testcase"):
        check, _, argument = case.get("name", "").removeprefix("test_").partition("[")
        failure = case.find("failure")
        if failure is not None:
            said = "\n".join(filter(None, (failure.get("message"), failure.text)))
            outcome.failures.append(Failure(check, argument.rstrip("]"), observed(said)))
        (outcome.ran if case.find("skipped") is None else outcome.skipped)[check] += 1
    print(subject.title, f"{outcome.ran.total()} ran, {len(outcome.failures)} failed", flush=True)
    return outcome


def observed(said: str) -> str:
    """Return what a diagnosis says was observed, without places and ports of this machine."""
    found = re.search(r"^  observed:  (.*?)\n  expected: ", said, re.MULTILINE | re.DOTALL)
    text = " ".join((found[1] if found else said).split())
    text = re.sub(r" at \S*/(?:site-packages|lib/python3\.\d+)/", " at ", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", re.sub(r"0x[0-9a-f]+", "0x…", text))
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"


def problems_of(outcomes: list[Outcome], *, partial: bool) -> list[str]:
    """Return the failures that nobody judged, and the verdicts that judge nothing any more."""
    failures = [(one.subject.title, failure) for one in outcomes for failure in one.failures]
    open_ = [
        f"no verdict: {title} {failure.name}: {failure.observed}"
        for title, failure in failures
        if failure.verdict is None
    ]
    used = {id(failure.verdict) for _, failure in failures}
    needed = [] if partial else [finding for finding in FINDINGS if not finding.race]
    idle = [finding for finding in needed if id(finding) not in used]
    return open_ + [f"no failure: {finding.checks} of {finding.of or 'any'}" for finding in idle]


def report(outcomes: list[Outcome]) -> str:
    """Return the report as Markdown."""
    run_on = (
        f"Run on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d} with Python "
        f"{platform.python_version()}, langchain-core {version('langchain-core')} and "
        f"langchain-model-conformance {version('langchain-model-conformance')}.\n"
    )
    parts = [
        TITLE,
        run_on,
        METHOD,
        "## The classes\n",
        *classes(outcomes),
        "\n## Check by class\n",
        LEGEND,
        *table(outcomes),
        "\n## Defects, class by class\n",
        DEFECTS,
        *details(outcomes, Verdict.DEFECT, shared=False),
        "\n## Defects that many classes share\n",
        *shared(outcomes),
        "\n## Not held against a package\n",
        *details(outcomes, Verdict.OURS, shared=True),
        "\n## Not judged\n",
        *unjudged(outcomes),
    ]
    return "\n".join(parts).rstrip() + "\n"


def classes(outcomes: list[Outcome]) -> list[str]:
    """Return the table of classes and versions."""
    rows = [
        "| no. | class | distribution | cases run | passed | failed | do not apply | requests |",
        "|--:|---|---|--:|--:|--:|--:|--:|",
    ]
    for number, one in enumerate(outcomes, 1):
        name, ran = one.subject.distribution, one.ran.total()
        cells = (number, label(one.subject), f"{name} {version(name)}", ran)
        counts = (ran - len(one.failures), len(one.failures), one.skipped.total(), one.requests)
        rows.append("| " + " | ".join(map(str, (*cells, *counts))) + " |")
    return rows


def table(outcomes: list[Outcome]) -> list[str]:
    """Return the table of checks and classes."""
    numbers = range(1, len(outcomes) + 1)
    rows = [
        "| check | " + " | ".join(map(str, numbers)) + " |",
        "|---" + "|:-:" * len(outcomes) + "|",
    ]
    suites = (LLMConformanceTests, ChatModelConformanceTests)
    ids = dict.fromkeys(about.id for suite in suites for about in checks_of(suite))
    for check in ids:
        cells = [one.cell(check) for one in outcomes]
        rows.append(f"| `{check}` | " + " | ".join(cells) + " |")
    return rows


def details(outcomes: list[Outcome], verdict: Verdict, *, shared: bool) -> list[str]:
    """Return a section for each class with findings of a verdict."""
    lines: list[str] = []
    for one in outcomes:
        findings = dict.fromkeys(
            failure.verdict
            for failure in one.failures
            if failure.verdict
            and failure.verdict.verdict is verdict
            and (shared or failure.verdict.of)
        )
        if not findings:
            continue
        lines.append(f"\n### {label(one.subject)}\n")
        for finding in findings:
            failed = [failure for failure in one.failures if failure.verdict is finding]
            lines.append(f"* {cases(failed)}")
            lines.append(f"  * observed: {code(failed[0].observed)}")
            if verdict is Verdict.DEFECT:
                lines.append(f"  * source: {place(finding, one.subject)}")
            lines.append(f"  * {finding.why}")
    return lines


def unjudged(outcomes: list[Outcome]) -> list[str]:
    """Return what failed and nobody has looked into yet."""
    return [
        f"* {label(one.subject)} `{failure.name}`: {code(failure.observed)}"
        for one in outcomes
        for failure in one.failures
        if failure.verdict is None
    ] or ["Nothing: every failure has a verdict."]


def shared(outcomes: list[Outcome]) -> list[str]:
    """Return a section for each finding that is the same in many classes."""
    lines: list[str] = []
    for finding in FINDINGS:
        hit = [
            (one.subject, [failure for failure in one.failures if failure.verdict is finding])
            for one in outcomes
        ]
        hit = [(subject, failed) for subject, failed in hit if failed]
        if finding.of or finding.verdict is not Verdict.DEFECT or not hit:
            continue
        lines += [f"\n### {cases([f for _, failed in hit for f in failed])}\n", finding.why, ""]
        lines += ["| class | source | observed |", "|---|---|---|"]
        for subject, failed in hit:
            text = code(failed[0].observed).replace("|", "\\|")
            lines.append(f"| {label(subject)} | {place(finding, subject)} | {text} |")
    return lines


def cases(failed: list[Failure]) -> str:
    """Return the names of failed checks, with their cases."""
    grouped: dict[str, list[str]] = {}
    for one in failed:
        known = grouped.setdefault(one.check, [])
        if one.case and one.case not in known:
            known.append(one.case)
    return ", ".join(
        f"`{check}`" + (f" ({', '.join(known)})" if known else "")
        for check, known in grouped.items()
    )


def code(text: str) -> str:
    """Return `text` as inline code, whatever it holds."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def label(subject: Subject) -> str:
    """Return the name of a class, and what is special about it."""
    return f"`{subject.name}`" + (f" ({subject.variant})" if subject.variant else "")


def place(finding: Finding, subject: Subject) -> str:
    """Return file and line in the installed package: of the finding, else of the class."""
    if finding.line:
        path, number = finding.found()
        return f"`{path}:{number}`"
    model = getattr(importlib.import_module(subject.module), subject.name)
    file = Path(inspect.getsourcefile(model) or "")
    packages = next(up for up in file.parents if up.name == "site-packages")
    return f"`{file.relative_to(packages).as_posix()}:{inspect.getsourcelines(model)[1]}`"


def version(distribution: str) -> str:
    """Return the installed version."""
    return importlib.metadata.version(distribution)


TITLE = """\
# Field report

What `langchain-model-conformance` says of released partner packages. Written by `nox -s field`;
edit `field/`, not this file.
"""
METHOD = """\
Each class is driven over HTTP, by its own client, against a loopback server (`field/server.py`)
that speaks its provider's wire format and echoes the last message. The server cuts the answer at
the stop, sends pieces of three characters (one for text-generation-inference), and fails on demand.
It is a simulation, not the provider: providers that copy OpenAI's API are taken to treat a stop as
OpenAI documents it, models on Bedrock as Anthropic does, and a finding that rests on a choice of
ours says so. What is declared of each class is in `field/subjects.py`, the verdicts are in
`field/findings.py`. Those under a class were made by reading the source at the line given; those
that many classes share rest on the suite's observation and name the line where the class begins.
"""
LEGEND = """\
`+` passed, `x` defect, `o` failed and is not held against the package (our simulation or our
declaration), `?` failed and nobody has looked into it, `.` does not apply or does not exist for
this kind of model. A check with several cases has the marks of all that failed.
"""
DEFECTS = """\
What was observed is the suite's own diagnosis of the first case. Lines are those of the versions
above, as paths below `site-packages`.\
"""

if __name__ == "__main__":
    sys.exit(main())
