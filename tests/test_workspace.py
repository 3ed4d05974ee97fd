"""Facts of the workspace. If one broke, nothing else would notice."""

from __future__ import annotations

import ast
import re
from collections import Counter
from importlib.metadata import requires, version
from typing import TYPE_CHECKING

import nox
import nox.registry
import pytest
from commands import ROOT, tracked
from noxfile import PACKAGES as NOX_PACKAGES
from noxfile import PYTHONS
from packaging.requirements import Requirement
from tools.workspace import PYPROJECT

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
DISTRIBUTIONS = {
    nox.project.load_toml(path / "pyproject.toml")["project"]["name"]: path for path in PACKAGES
}
each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)


def test_sibling_ranges_admit_the_siblings() -> None:
    checked = []
    for distribution in DISTRIBUTIONS:
        for line in requires(distribution) or []:
            requirement = Requirement(line)
            if requirement.name in DISTRIBUTIONS:
                assert version(requirement.name) in requirement.specifier, f"{distribution}: {line}"
                assert "<" in str(requirement.specifier), f"{distribution}: {line} has no cap"
                checked.append(line)
    assert checked


@each_package
def test_each_package_carries_its_own_files(package: Path) -> None:
    files = {path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()}
    module = next((package / "src").iterdir()).name
    assert {
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        f"src/{module}/__init__.py",
        f"src/{module}/py.typed",
    } <= files
    licence = package / "LICENSE"
    assert not licence.is_symlink()  # a link would leave a broken sdist
    assert licence.read_bytes() == (ROOT / "LICENSE").read_bytes()


@each_package
def test_names_and_classifiers(package: Path) -> None:
    project = nox.project.load_toml(package / "pyproject.toml")["project"]
    module = next((package / "src").iterdir()).name
    assert project["name"].replace("-", "_") == module
    assert project["name"].startswith("langchain-")  # the index has a foreign `llm-echo`
    assert project["requires-python"] == f">={PYTHONS[0]}"
    pythons = [c.rpartition(" :: ")[2] for c in project["classifiers"] if ":: 3." in c]
    assert pythons == [*PYTHONS]
    assert "Typing :: Typed" in project["classifiers"]


def test_every_package_is_in_the_noxfile_and_in_the_root() -> None:
    assert {path.name for path in PACKAGES} == set(NOX_PACKAGES)
    assert set(PYPROJECT["tool"]["uv"]["sources"]) == set(DISTRIBUTIONS)


@each_package
def test_a_package_imports_of_its_siblings_only_what_it_declares(package: Path) -> None:
    declared = nox.project.load_toml(package / "pyproject.toml")["project"]["dependencies"]
    needed = {Requirement(line).name for line in declared} & DISTRIBUTIONS.keys()
    nodes = [
        n for path in (package / "src").rglob("*.py") for n in ast.walk(ast.parse(path.read_text()))
    ]
    absolute = {n.module or "" for n in nodes if isinstance(n, ast.ImportFrom) and not n.level}
    plain = {alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names}
    own = next((package / "src").iterdir()).name
    siblings = {p.module for p in NOX_PACKAGES.values()} - {own}
    imported = {name.partition(".")[0] for name in absolute | plain} & siblings
    assert imported == {name.replace("-", "_") for name in needed}
    assert imported == {sibling.module for sibling in NOX_PACKAGES[package.name].needs}


@each_package
def test_sources_are_for_the_root_alone(package: Path) -> None:
    assert "tool.uv" not in (package / "pyproject.toml").read_text()


def test_contributing_explains_every_top_level_entry() -> None:
    found = {path.relative_to(ROOT).parts for path in tracked()}
    entries = {parts[0] + "/" * (len(parts) > 1) for parts in found}
    _, _, places = (ROOT / "CONTRIBUTING.md").read_text().partition("## Where things are")
    table = re.findall(r"^\| `([^`]+)` \| \S", places, re.MULTILINE)
    assert sorted(table) == sorted(entries)


def test_contributing_explains_every_session() -> None:
    whens = {"full": "gate", "nightly": "nightly"}
    sessions = {
        name: next((whens[tag] for tag in session.tags if tag in whens), "by hand")
        for name, session in nox.registry.get().items()
    }
    rows = re.findall(
        r"^\| `(\w+)` \| (gate|nightly|by hand) \| \S",
        (ROOT / "CONTRIBUTING.md").read_text(),
        re.MULTILINE,
    )
    assert dict(rows) == sessions


def test_test_files_have_unique_names_and_no_package() -> None:
    names = Counter(path.name for path in tracked("*/tests/*.py", "tests/*.py"))
    del names["conftest.py"]  # pytest tells those apart itself
    assert "__init__.py" not in names
    assert [name for name, count in names.items() if count > 1] == []


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    # The pieces keep this file from naming what it looks for.
    registry = re.compile(
        "|".join((r"https?://[^ \"]+/sim" + "ple", "index-" + "url", "python" + "hosted"))
    )
    machine = re.compile(r"(?<![\w.~])/(?:r" + "oot|h" + r"ome)/")
    assert tracked("*.toml")
    offenders = [
        path.name
        for path in tracked()
        if registry.search(text := path.read_text(encoding="utf-8")) or machine.search(text)
    ]
    assert offenders == []


def test_only_a_changelog_names_a_distribution_by_its_old_name() -> None:
    old = re.compile("langchain[-_.]" + "echo[-_.]shared")
    named = {path.name for path in tracked() if old.search(path.read_text(encoding="utf-8"))}
    assert named <= {"CHANGELOG.md"}


def test_the_lock_file_stays_local() -> None:
    assert ROOT / "uv.lock" not in tracked()
