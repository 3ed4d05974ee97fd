"""`nox -s new` writes integrations that are green at once, and removes them without a trace."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from commands import ROOT, run, tracked
from noxfile import CONFORMANCE, LANES, SHARED
from tools import new

if TYPE_CHECKING:
    from pathlib import Path

NOX = (sys.executable, "-m", "nox")
MEMBERS = {"langchain-acme": "llm", "langchain-zeta-lab": "chat"}


def contents(tree: Path) -> dict[str, bytes]:
    """Return what git would track of a tree."""
    names = run("git", "ls-files", "--others", "--exclude-standard", cwd=tree).splitlines()
    return {name: (tree / name).read_bytes() for name in names}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of this checkout, of which git tracks nothing yet."""
    tree = tmp_path / "clone"
    for path in tracked():
        copy = tree / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    run("git", "init", "--quiet", cwd=tree)
    return tree


@pytest.mark.generated
def test_members_are_green_and_leave_no_trace(clone: Path) -> None:
    before = contents(clone)
    for name, kind in MEMBERS.items():
        run(*NOX, "-s", "new", "--", name, "--kind", kind, cwd=clone)
    lanes = [f"tests({p}, {lane})" for p in ("acme", "zeta-lab") for lane in ("floor", "latest")]
    said = run(*NOX, "-s", "build", *lanes, "typing", "lint", cwd=clone)
    assert said.count("0 failed, 0 known failures") == len(lanes)
    for name in MEMBERS:
        run(*NOX, "-s", "new", "--", name, "--remove", cwd=clone)
    assert contents(clone) == before


@pytest.mark.generated
@pytest.mark.parametrize("kind", new.KINDS)
def test_a_project_of_its_own_is_green(kind: str, tmp_path: Path) -> None:
    project = tmp_path / "acme"
    run(*NOX, "-s", "new", "--", "langchain-acme", "--kind", kind, "--to", project)
    said = run(*NOX, cwd=project)
    assert said.count("0 failed, 0 known failures") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acme"], "got 'acme': pass for example langchain-foo"),
        (["langchain-Acme"], "got 'langchain-Acme': pass for example langchain-foo"),
        (["langchain-llm-echo"], "packages/llm-echo exists already: pass another name"),
        (["langchain-acme", "--kind", "image"], "invalid choice: 'image'"),
        (["langchain-llm-echo", "--remove"], "did not write langchain-llm-echo: remove it by hand"),
    ],
    ids=["no langchain", "upper case", "a member", "no such kind", "to remove what a hand wrote"],
)
def test_what_cannot_be_written_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        new.run(arguments, SHARED, CONFORMANCE, LANES.values())
    assert said in capsys.readouterr().err


def test_names_follow_from_the_distribution() -> None:
    assert new.names("langchain-foo-bar2") == {
        "distribution": "langchain-foo-bar2",
        "directory": "foo-bar2",
        "slug": "foo_bar2",
        "module": "langchain_foo_bar2",
        "title": "FooBar2",
        "variable": "FOO_BAR2_API_KEY",
    }
