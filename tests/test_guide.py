"""What docs/new-integration.md builds is green, and what it names exists."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from commands import ROOT, run
from noxfile import CONFORMANCE, SHARED
from tools.new import requirement
from tools.workspace import CORE

from langchain_model_conformance import (
    ChatModelConformanceTests,
    LLMConformanceTests,
    checks_of,
)

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = (ROOT / "docs/new-integration.md").read_text(encoding="utf-8")
FILES = re.findall(r"^This is `(\S+)`.*?^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
ITEMS = re.findall(r"^\| .* \| .* \| (`.*`) \|$", GUIDE, re.MULTILINE)


@pytest.mark.slow  # it runs a whole suite over HTTP
def test_the_files_of_the_guide_are_a_green_suite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, source in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(source, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "src"))
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:asyncio -W error\n")
    said = run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", cwd=tmp_path)
    (verdict,) = re.findall(r"^conformance of .*(?= \()", said, re.MULTILINE)
    assert verdict in GUIDE


def test_the_guide_declares_what_a_new_project_does() -> None:
    for line in (CORE, requirement(SHARED, "[http,text]"), requirement(CONFORMANCE)):
        assert f'"{line}"' in GUIDE


@pytest.mark.parametrize("items", ITEMS)
def test_each_check_that_the_checklist_names_exists(items: str) -> None:
    suites = (LLMConformanceTests, ChatModelConformanceTests)
    known = {about.id for suite in suites for about in checks_of(suite)}
    assert set(re.findall(r"`(\w+)`", items)) <= known
