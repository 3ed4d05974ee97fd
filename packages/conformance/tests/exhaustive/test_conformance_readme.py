"""The README and its how-to page are true: their examples pass."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

pytest_plugins = ["pytester"]

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
PAGE = (Path(__file__).parents[4] / "docs/how-to/judge-your-model.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python(?: title=\"(\w+)\.py\")?\n(.*?)^```", re.MULTILINE | re.DOTALL)
FILES = dict(BLOCK.findall(PAGE))
"""The page's files by name; what has none is under the empty name."""


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
