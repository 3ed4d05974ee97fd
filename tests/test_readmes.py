"""The READMEs: short enough to be read, and each of their links leads somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from commands import ROOT, tracked

if TYPE_CHECKING:
    from pathlib import Path

LONGEST = 700
"""How many words a README may have beside its tables, code included."""
READMES = tracked("README.md", "packages/*/README.md")
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]*)#?(?P<anchor>[^)]*)\)")
each_readme = pytest.mark.parametrize(
    "readme", READMES, ids=lambda path: str(path.relative_to(ROOT))
)


def words(text: str) -> int:
    """Return the number of words beside the rows of tables."""
    return sum(len(line.split()) for line in text.splitlines() if not line.startswith("|"))


def anchors(page: Path) -> set[str]:
    """Return what a link may name on a page: its headings as GitHub writes them, and its ids."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^#+ (.+)$", text)
    slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


def test_there_is_a_readme_for_the_whole_and_one_for_each_package() -> None:
    assert len(READMES) == 1 + len([*ROOT.glob("packages/*/pyproject.toml")])


@each_readme
def test_a_readme_is_no_longer_than_one_page(readme: Path) -> None:
    assert words(readme.read_text(encoding="utf-8")) <= LONGEST


@each_readme
def test_every_link_of_a_readme_leads_somewhere(readme: Path) -> None:
    for link in LINK.finditer(readme.read_text(encoding="utf-8")):
        target = (readme.parent / link["path"]).resolve()
        assert target.exists(), link[0]
        assert not link["anchor"] or link["anchor"] in anchors(target), link[0]
