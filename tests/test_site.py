"""What `nox -s site` checks beyond the site's generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools.site import build, pictures

if TYPE_CHECKING:
    from pathlib import Path


def site(root: Path, **pages: str) -> Path:
    """Return a built site with these pages, a double underscore for a slash."""
    for name, html in pages.items():
        path = root / name.replace("__", "/") / "index.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html)
    return root


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        pytest.param("../other/", False, id="page"),
        pytest.param("../other/#here", False, id="anchor"),
        pytest.param("#mine", False, id="own anchor"),
        pytest.param("https://example.com/", False, id="elsewhere"),
        pytest.param("../gone/", True, id="no page"),
        pytest.param("../other/#gone", True, id="no anchor"),
        pytest.param("#gone", True, id="no own anchor"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(tmp_path: Path, link: str, *, broken: bool) -> None:
    page = f'<p id="mine"><a href="{link}">there</a></p>'
    built = site(tmp_path, page=page, other='<h1 id="here">Other</h1>')
    assert build.broken_links(built) == ([f"page/index.html: {link}"] if broken else [])


@pytest.mark.parametrize(
    ("link", "led"),
    [
        pytest.param("../why.md#x", "../why.md#x", id="within"),
        pytest.param("why.md", "why.md", id="beside"),
        pytest.param("../../a.py", "https://e.com/r/blob/main/a.py", id="out"),
        pytest.param("../../a.py#L1", "https://e.com/r/blob/main/a.py#L1", id="out, with anchor"),
    ],
)
def test_a_link_out_of_the_pages_leads_to_the_repository(
    tmp_path: Path, link: str, led: str
) -> None:
    page = tmp_path / "docs" / "how-to" / "page.md"
    page.parent.mkdir(parents=True)
    (tmp_path / "a.py").touch()
    page.write_text(f"See [it]({link}).")
    assert build.staged(page, tmp_path / "docs", "https://e.com/r") == f"See [it]({led})."


def test_a_link_out_of_the_pages_to_no_file_is_an_error(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("See [it](../gone.py).")
    with pytest.raises(ValueError, match=r"page\.md links to \.\./gone\.py: no such file"):
        build.staged(page, tmp_path, "https://e.com/r")


def test_an_example_that_renders_as_a_quotation_is_named(tmp_path: Path) -> None:
    quoted = "<blockquote><blockquote><p>x</p></blockquote></blockquote>"
    built = site(tmp_path, api__parts=quoted, why=quoted, api__echo="<pre>&gt;&gt;&gt; x</pre>")
    assert build.misread(built) == [
        "api/parts/index.html: 2 quotations: fence the examples of the doc-string"
    ]


def test_a_numbered_list_that_starts_anew_at_each_item_is_named(tmp_path: Path) -> None:
    whole = "<ol><li>one</li><li>two<ul><li>a</li></ul></li></ol>"
    built = site(tmp_path, whole=whole, torn="<ol><li>one</li></ol><ol><li>two</li></ol>")
    (said,) = build.torn(built)
    assert said.startswith("torn/index.html: 2 numbered lists of one item: indent by four spaces")


def test_a_page_says_which_language_it_is_in(tmp_path: Path) -> None:
    english = '<!doctype html><html lang="en" class="no-js"></html>'
    built = site(tmp_path, why=english, ko__tutorial=english)
    assert build.mislabelled(built) == ["ko/tutorial/index.html: lang is 'en', not 'ko'"]
    build.translate(built)
    assert build.mislabelled(built) == []


def test_a_link_to_another_site_is_listed_once(tmp_path: Path) -> None:
    ours = build.settings()["extra"]["repository"]
    page = f'<a href="https://e.com/a">a</a> <a href="../why/">b</a> <a href="{ours}/a.py">c</a>'
    assert build.elsewhere(site(tmp_path, one=page, two=page)) == ["https://e.com/a"]


def test_a_page_for_machines_holds_what_it_includes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "README.md").write_text(
        "# Echo\n<!-- --8<-- [start:screen] -->\nInstall it.\n<!-- --8<-- [end:screen] -->\nMore.\n"
    )
    (tmp_path / "curve.svg").write_text("<svg><desc>It rises.</desc></svg>")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    page = '--8<-- "README.md:screen"\n\n--8<-- "curve.svg"\n'
    assert build.SNIPPET.sub(build.included, page) == "Install it.\n\nIt rises.\n"


def test_a_table_is_found_by_its_header() -> None:
    page = (
        "| a | c |\n|---|---|\n| 0 | 0 |\n\n| a | b |\n| --- | --- |\n| 1 | 2,000 |\n\n| a | b |\n"
    )
    assert pictures.table(page, "a", "b") == [{"a": "1", "b": "2,000"}]
    with pytest.raises(ValueError, match="no table starts with"):
        pictures.table(page, "b")


def test_a_release_that_fails_is_red_and_named() -> None:
    svg = pictures.matrix(
        {
            "1.0.0": {"outcomes": {"echo": "3 passed"}},
            "1.0.1": {"outcomes": {"echo": "2 passed, 1 failed"}},
        }
    )
    assert "not all pass on 1.0.1." in svg
    assert (svg.count(pictures.HUES[2]), svg.count(pictures.HUES[5])) == (1, 1)


def test_the_pictures_are_drawn_from_the_tables_that_stand() -> None:
    page = pictures.BENCHMARK.read_text()
    assert "nanoseconds per delta" in pictures.growth(page)
    assert "llama_cpp" in pictures.checkers(page)
