"""The field report: it is that of the suites as they are, and tells what nobody has judged."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from commands import ROOT
from tools.field import outcomes
from tools.field.findings import FINDINGS, Line
from tools.field.highlights import HIGHLIGHTS
from tools.field.outcomes import Failure, Outcome, judge, problems_of, suite_hash
from tools.field.subjects import SUBJECTS

if TYPE_CHECKING:
    from pathlib import Path

REPORT = (ROOT / "docs/field-report.md").read_text(encoding="utf-8")
TITLES = {subject.title for subject in SUBJECTS}
COHERE = next(subject for subject in SUBJECTS if subject.title == "Cohere")


def test_the_report_was_made_with_these_suites() -> None:
    assert re.findall(r"suite sources `(\w+)`", REPORT) == [suite_hash()], (
        "the suites changed since: run `nox -s field`"
    )


def test_every_failure_in_the_report_has_a_verdict() -> None:
    assert "Nothing: every failure has a verdict." in REPORT


def test_another_suite_has_another_hash_and_another_server_has_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outcomes, "SUITE", tmp_path)
    (tmp_path / "server").mkdir()
    (tmp_path / "llm.py").write_text("first = 1")
    before = suite_hash()
    (tmp_path / "server" / "openai.py").write_text("anything")
    assert suite_hash() == before
    (tmp_path / "llm.py").write_text("first = 2")
    assert suite_hash() != before


def test_titles_name_classes_that_are_looked_at() -> None:
    named = {title for finding in FINDINGS for title in finding.of.split()}

    assert len(TITLES) == len(SUBJECTS)
    assert named <= TITLES
    assert {highlight.of for highlight in HIGHLIGHTS} <= TITLES


def test_ten_findings_come_first_each_in_five_lines() -> None:
    assert [len(one.code.splitlines()) for one in HIGHLIGHTS] == [2, 4, 5, 2, 5, 5, 4, 3, 4, 5]


def test_a_line_is_found_by_its_text_or_asks_for_another_judgement(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text("a = 1\ndef _stream():\n    a = 1\n")

    assert Line("model.py", "a = 1").found(tmp_path) == "model.py:1"
    assert Line("model.py", "a = 1", "def _stream(").found(tmp_path) == "model.py:3"
    with pytest.raises(ValueError, match=r"model.py no longer has the line 'b = 1': judge again"):
        Line("model.py", "b = 1").found(tmp_path)


def test_what_nobody_judged_is_told_and_so_is_a_verdict_without_a_failure() -> None:
    known = Failure("answers", "", "no path answers: TypeError")
    unknown = Failure("threads", "", "a mess")
    outcome = Outcome(COHERE, {}, Counter(threads=1), failures=[known, unknown])
    judge(outcome)
    problems = [*problems_of([outcome])]

    assert outcome.cell("threads") == "?"
    assert outcome.cell("answers") == "x"
    assert problems[0] == "no verdict: Cohere threads: a mess"
    assert "no failure: whitespace_kept of AnthropicLLM" in problems
    assert not [one for one in problems if one.endswith("of Cohere")]


def test_what_was_found_is_kept_until_suites_or_versions_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = {"langchain-cohere": "0.6.0", "langchain-core": "1.8.2"}
    monkeypatch.setattr(outcomes, "RESULTS", tmp_path / "outcomes.json")
    monkeypatch.setattr(outcomes, "versions", lambda *_: versions)
    found = Outcome(COHERE, {"requests": "3"}, Counter(threads=1), site=tmp_path)
    found.failures.append(Failure("threads", "a", "b"))

    assert outcomes.read(tmp_path, COHERE) is None
    outcomes.write(found)
    assert outcomes.read(tmp_path, COHERE) == found
    monkeypatch.setattr(outcomes, "versions", lambda *_: {"langchain-cohere": "0.7.0"})
    assert outcomes.read(tmp_path, COHERE) is None
    monkeypatch.setattr(outcomes, "versions", lambda *_: versions)
    monkeypatch.setattr(outcomes, "suite_hash", lambda: "another")
    assert outcomes.read(tmp_path, COHERE) is None
