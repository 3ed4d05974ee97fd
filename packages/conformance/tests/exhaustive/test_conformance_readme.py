"""The README and its how-to page are true: their examples pass, the table is the code's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_model_conformance import (
    ChatModelConformanceTests,
    LLMConformanceTests,
    checks_of,
)

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PAGE = (Path(__file__).parents[4] / "docs/how-to/judge-your-model.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python(?: title=\"(\w+)\.py\")?\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
"""The page's files by name; what has none is under the empty name."""


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


def test_the_whole_model_of_the_page_passes(pytester: pytest.Pytester) -> None:
    names = ("whole_model", "test_whole_model")
    pytester.makepyfile(**{name: FILES[name] for name in names})
    result = pytester.runpytest_inprocess("-W", "error", "-p", "no:cacheprovider")

    assert "failed" not in result.parseoutcomes()
    assert result.parseoutcomes()["passed"] > 200


def test_known_failures_on_the_page_are_all_there_are(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_chat=FILES[""])
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error")

    assert "failed" not in result.parseoutcomes()
    assert result.parseoutcomes()["xfailed"] == 9


def test_first_example_fails_as_shown(pytester: pytest.Pytester) -> None:
    [(_, example)] = BLOCK.findall(README)
    pytester.makepyfile(test_fake_list_llm=example)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-W", "error")
    shown = README.split("$ pytest test_fake_list_llm.py\n")[1].split("\n...")[0]

    assert shown in result.stdout.str()
    summary = README.split("conformance of TestFakeListLLM")[1].partition("(")[0]
    assert summary in result.stdout.str()
