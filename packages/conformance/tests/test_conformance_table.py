"""The README's table of checks is the code's."""

from __future__ import annotations

import re
from pathlib import Path

from langchain_model_conformance import (
    ChatModelConformanceTests,
    LLMConformanceTests,
    checks_of,
)

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def table() -> str:
    """Return the README's table of checks, made from the code."""
    llm = {about.id: about for about in checks_of(LLMConformanceTests)}
    chat = {about.id: about for about in checks_of(ChatModelConformanceTests)}
    rows = ["| check | level | for | why | to mend |", "|---|---|---|---|---|"]
    for name, about in {**llm, **chat}.items():
        kinds = " ".join(kind for kind, known in (("LLM", llm), ("chat", chat)) if name in known)
        mend = about.mend.replace("|", "\\|")
        says = about.says.replace("|", "\\|")
        rows.append(
            f'| <a id="{name}"></a>`{name}` | {about.level.name} | {kinds} | {says} | {mend} |'
        )
    return "\n".join(rows)


def test_table_of_checks_is_the_codes() -> None:
    assert table() in README


def test_every_check_is_in_the_readme_and_the_other_way_round() -> None:
    written = re.findall(r"^\| <a id=.*</a>`(\w+)` \| (?:MUST|SHOULD|DOC) \|", README, re.MULTILINE)
    known = {
        about.id
        for suite in (LLMConformanceTests, ChatModelConformanceTests)
        for about in checks_of(suite)
    }

    assert set(written) == known
    assert len(written) == len(set(written))
