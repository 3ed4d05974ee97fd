"""`nox -s length` counts what it says, and names what is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools.lines import code_lines, report

if TYPE_CHECKING:
    from pathlib import Path


def checkout(root: Path, **lengths: int) -> Path:
    """Return a checkout with files of these lengths in `src`, a double underscore for a slash."""
    for name, length in lengths.items():
        path = root / "packages/chat-echo/src/echo" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n" * length)
    return root


def test_figures_are_lines_of_files(tmp_path: Path) -> None:
    figures, wrong = report(checkout(tmp_path, schema__a=350, schema__b=1, other=20))
    assert figures[:3] == [
        "all of src: 371 lines in 3 files",
        "longest file of src: a.py, 350 lines of at most 350",
        "casting a text into a JSON schema: 351 lines of at most 800",
    ]
    assert [figure.partition(":")[0] for figure in figures[3:]] == ["a new llm", "a new chat"]
    assert wrong == []


def test_neither_blank_lines_nor_doc_strings_are_code() -> None:
    source = '"""One\n\ntwo."""\n\nclass A:\n    """Three."""\n\n    x = 1\n    """Four."""\n'
    assert code_lines(source) == 2


def test_an_example_that_is_too_long_is_named(tmp_path: Path) -> None:
    example = checkout(tmp_path, schema__a=1) / "examples" / "completions" / "chat.py"
    example.parent.mkdir(parents=True)
    example.write_text("x = 1\n" * 101)
    figures, wrong = report(tmp_path)
    assert "chat: 101 lines of code of at most 100" in figures
    assert wrong == ["chat has 101 lines of code: let the parts do more"]


@pytest.mark.parametrize(
    ("lengths", "wrong"),
    [
        (
            {"schema__a": 1, "other": 351},
            "packages/chat-echo/src/echo/other.py has 351 lines: split it",
        ),
        (
            {"schema__a": 350, "schema__b": 350, "schema__c": 101},
            "packages/chat-echo/src/*/schema has 801 lines: shorten or find it",
        ),
        ({"other": 1}, "packages/chat-echo/src/*/schema has 0 lines: shorten or find it"),
    ],
    ids=["a file of src", "all that casts", "nothing that casts"],
)
def test_what_is_too_long_is_named(tmp_path: Path, lengths: dict[str, int], wrong: str) -> None:
    assert report(checkout(tmp_path, **lengths))[1] == [wrong]
