"""Write the field report as Markdown."""

from __future__ import annotations

import datetime as dt
import platform
from importlib.metadata import version
from textwrap import indent
from typing import TYPE_CHECKING

from langchain_model_conformance import (
    ChatModelConformanceTests,
    LLMConformanceTests,
    checks_of,
)
from tools.field.findings import FINDINGS, Verdict
from tools.field.highlights import HIGHLIGHTS, PRELUDE
from tools.field.outcomes import Failure, Outcome, suite_hash, versions

if TYPE_CHECKING:
    from tools.field.subjects import Subject


def report(outcomes: list[Outcome]) -> str:
    """Return the report as Markdown."""
    run_on = (
        f"Run on {dt.datetime.now(dt.timezone.utc):%Y-%m-%d} with Python "
        f"{platform.python_version()} and langchain-model-conformance "
        f"{version('langchain-model-conformance')}, suite sources `{suite_hash()}`.\n"
    )
    parts = [
        TITLE,
        run_on,
        "## What matters most to users\n",
        *most(),
        "\n## How it was found\n",
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


def most() -> list[str]:
    """Return the findings that matter most, each with the lines that show it."""
    lines = [BEFORE_EACH, f"```py\n{PRELUDE}```"]
    for number, one in enumerate(HIGHLIGHTS, 1):
        # By four spaces, as Python-Markdown wants it: by fewer, each finding is number 1.
        blocks = f"```py\n{one.code}```\n\n```text\n{one.prints.rstrip()}\n```"
        lines.append(f"\n{number}. {one.says}\n\n{indent(blocks, ' ' * 4)}")
    return lines


def classes(outcomes: list[Outcome]) -> list[str]:
    """Return the table of classes and versions."""
    rows = [
        "| no. | class | distribution | core | cases | passed | failed | n/a | requests |",
        "|--:|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for number, one in enumerate(outcomes, 1):
        ran, failed = one.ran.total(), len(one.failures)
        (name, release), (_, core) = versions(one.site, one.subject).items()
        cells = (number, label(one.subject), f"{name} {release}", core, ran)
        counts = (ran - failed, failed, one.skipped.total(), one.told["requests"])
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
                lines.append(f"  * source: `{one.place(finding, failed[0])}`")
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
        hit = {
            one.subject.title: (one, failed)
            for one in outcomes
            if (failed := [failure for failure in one.failures if failure.verdict is finding])
        }
        if finding.of or finding.verdict is not Verdict.DEFECT or not hit:
            continue
        lines += [f"\n### {cases([f for _, failed in hit.values() for f in failed])}\n"]
        lines += [finding.why, "", "| class | source | observed |", "|---|---|---|"]
        for one, failed in hit.values():
            text = code(failed[0].observed).replace("|", "\\|")
            place = one.place(finding, failed[0])
            lines.append(f"| {label(one.subject)} | `{place}` | {text} |")
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


TITLE = """\
# Field report

What `langchain-model-conformance` says of released partner packages. Written by `nox -s field`;
edit `tools/field/`, not this file.
"""
BEFORE_EACH = """\
`nox -s field` runs the lines under each finding, in a checkout of this repository and with the
class's distribution installed, and fails when they no longer end as shown. Before them come:
"""
METHOD = """\
Each class is installed by itself, as its users have it, and driven over HTTP, by its own client,
against `langchain_model_conformance.server`, which speaks its provider's wire format and echoes the
last message (`tools/field/wires.py` has the formats that only this report needs). The server cuts
the answer at the stop, sends pieces of three characters (one for text-generation-inference), and
fails on demand. It is a simulation, not the provider: providers that copy OpenAI's API are taken to
treat a stop as OpenAI documents it, models on Bedrock as Anthropic does, and a finding that rests
on a choice of ours says so. What is declared of each class is in `tools/field/subjects.py`, the
verdicts are in `tools/field/findings.py`. Each was made by reading the source at the line given.
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
