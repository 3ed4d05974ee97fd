"""The pages of docs: a block with a title is a file, which is run as its reader would run it.

The other Python blocks are run by sybil, see conftest.py.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"(?ms)^```(\w+)(?: title=\"(add to )?(.+?)\")?\n(.*?)^```$")
RUN = "$ python -m pytest"
PAGES = {str(page.relative_to(DOCS)): page.read_text("utf-8") for page in DOCS.rglob("*.md")}
WITH_FILES = sorted(name for name, text in PAGES.items() if 'title="' in text)


def lines_of_pytest(folder: Path, *files: str) -> list[str]:
    """Run pytest on files of a folder, by default all, and return its lines without the times."""
    run = subprocess.run(  # noqa: S603 - our own interpreter, and our own pages
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", *files],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # the reader has none of ours
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stdout + run.stderr
    return [re.sub(r" in [\d.]+s$", "", line) for line in run.stdout.splitlines()]


def is_shown(line: str, by: str) -> bool:
    """Tell whether a page shows a line; `...` in the page stands for any text."""
    return re.fullmatch(".*".join(map(re.escape, by.split("..."))), line) is not None


def test_these_pages_hold_files() -> None:
    assert WITH_FILES == [
        "how-to/judge-your-model.md",
        "ko/index.md",
        "ko/tutorial.md",
        "reference/server.md",
        "tutorial.md",
    ]


@pytest.mark.slow  # each page starts pytest once or more
@pytest.mark.parametrize("name", WITH_FILES)
def test_the_files_of_a_page_do_what_it_says(name: str, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")  # else pytest looks for one further up
    not_run = ""
    for language, added, title, text in BLOCK.findall(PAGES[name]):
        if title:
            not_run = title
            with (tmp_path / title).open("a" if added else "w", encoding="utf-8") as file:
                file.write(f"\n\n{text}" if added else text)
        elif language == "text" and text.startswith(RUN):
            not_run = ""
            command, *shown = text.splitlines()
            printed = lines_of_pytest(tmp_path, *command.removeprefix(RUN).split())
            for line in shown:
                assert any(is_shown(other, by=line) for other in printed), (line, printed)
    assert not not_run


# What the page on a new integration builds is a project, which has a test of its own.
@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"new-integration.md"}))
def test_no_block_defines_a_test_that_nothing_runs(name: str) -> None:
    untitled = [text for _, _, title, text in BLOCK.findall(PAGES[name]) if not title]
    assert not [text for text in untitled if re.search(r"(?m)^\s*(async )?def test_", text)]
