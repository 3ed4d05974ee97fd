"""`tools/lines.py` counts what it says, and fails what is too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tools.lines import report

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
    assert figures == [
        "all of src: 371 lines in 3 files",
        "longest file of src: a.py, 350 lines of at most 350",
        "casting a text into a JSON schema: 351 lines of at most 800",
    ]
    assert wrong == []


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
