"""Facts of the workspace that nothing else would notice when they break."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
DISTRIBUTIONS = {
    re.search(r'^name = "(.+)"$', (path / "pyproject.toml").read_text(), re.MULTILINE)[1]: path  # type: ignore[index] # every package has a name
    for path in PACKAGES
}
each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git tracks or would, so that a fresh clone has them."""
    listing = subprocess.run(  # noqa: S603 - literal arguments
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],  # noqa: S607 - whichever git is there
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name]


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
def test_sources_are_for_the_root_alone(package: Path) -> None:
    assert "tool.uv" not in (package / "pyproject.toml").read_text()


def test_test_files_have_unique_names_and_no_package() -> None:
    names = Counter(path.name for path in tracked("*/tests/*.py", "tests/*.py"))
    assert "__init__.py" not in names
    assert [name for name, count in names.items() if count > 1] == []


def test_no_file_names_a_package_registry_or_a_path_of_one_machine() -> None:
    registry = re.compile(r"pypi\.org/simple|pythonhosted|index-url|(?<![\w.~])/(?:root|home)/")
    assert tracked("*.toml")
    offenders = [
        path.name
        for path in tracked()
        if path != Path(__file__) and registry.search(path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_the_lock_file_stays_local() -> None:
    assert ROOT / "uv.lock" not in tracked()
