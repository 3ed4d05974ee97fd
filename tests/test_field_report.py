"""The committed field report is that of the suites as they are."""

from __future__ import annotations

import re

from commands import ROOT
from tools.field.outcomes import suite_hash

REPORT = (ROOT / "docs/field-report.md").read_text(encoding="utf-8")


def test_the_report_was_made_with_these_suites() -> None:
    (made_with,) = re.findall(r"suite sources `(\w+)`", REPORT)

    assert made_with == suite_hash(), "the suites changed since: run `nox -s field`"


def test_every_failure_in_the_report_has_a_verdict() -> None:
    assert "Nothing: every failure has a verdict." in REPORT
