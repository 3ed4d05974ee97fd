"""What an index would serve: each wheel and sdist is whole, and an sdist passes its own tests."""

from __future__ import annotations

import tarfile
import zipfile
from email.parser import Parser
from typing import TYPE_CHECKING, NamedTuple

import pytest
from commands import ROOT, environment, run, tracked
from noxfile import PACKAGES
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

    from tools.workspace import Package

pytestmark = pytest.mark.slow

# What the tests need of the root's configuration, for a pytest that does not see the root.
PYTEST_OPTIONS = (
    *("--quiet", "--strict-markers", "-W", "error", "-p", "no:cacheprovider"),
    *("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function"),
)

each_package = pytest.mark.parametrize("package", PACKAGES.values(), ids=lambda p: p.directory)


class Artifacts(NamedTuple):
    """One package as published."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artifacts]:
    """Each directory's sdist, and the wheel that was built from it."""
    dist = tmp_path_factory.mktemp("dist")
    run("uv", "build", "--quiet", "--all-packages", "--no-sources", "--out-dir", dist)
    return {
        package.directory: Artifacts(
            next(dist.glob(f"{package.module}-*.whl")),
            next(dist.glob(f"{package.module}-*.tar.gz")),
        )
        for package in PACKAGES.values()
    }


@pytest.fixture(scope="module")
def outside(built: dict[str, Artifacts], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with those wheels and what their tests ask for."""
    wheels = [artifacts.wheel for artifacts in built.values()]
    requirements = [line for package in PACKAGES.values() for line in package.test]
    return environment(tmp_path_factory.mktemp("outside") / "venv", *wheels, *requirements)


def below(package: Package, *directories: str) -> set[str]:
    """Return the paths, inside the package, of the files in some of its directories."""
    here = ROOT / "packages" / package.directory
    files = tracked(*(f"packages/{package.directory}/{name}" for name in directories))
    return {path.relative_to(here).as_posix() for path in files}


def metadata(wheel: Path) -> Message:
    """Return a wheel's METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@each_package
def test_a_wheel_holds_the_module_and_the_licence_and_no_tests(
    package: Package, built: dict[str, Artifacts]
) -> None:
    with zipfile.ZipFile(built[package.directory].wheel) as archive:
        names = {n for n in archive.namelist() if not n.endswith("/entry_points.txt")}
    info = f"{package.module}-{package.version}.dist-info"
    sources = {name.removeprefix("src/") for name in below(package, "src")}
    described = {f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")}
    assert names == sources | described
    assert f"{package.module}/py.typed" in names


@each_package
def test_an_sdist_holds_everything_but_what_the_workspace_ignores(
    package: Package, built: dict[str, Artifacts]
) -> None:
    with tarfile.open(built[package.directory].sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    # hatchling adds the nearest .gitignore, so that building from the sdist leaves out the same.
    assert names - {".gitignore"} == below(package, ".") | {"PKG-INFO"}
    assert any(name.startswith("tests/test_") for name in names)
    assert "LICENSE" in names


@each_package
def test_metadata_say_what_pyproject_says(package: Package, built: dict[str, Artifacts]) -> None:
    project = package.pyproject["project"]
    found = metadata(built[package.directory].wheel)
    extras: dict[str, list[str]] = project.get("optional-dependencies", {})
    optional = [f"{line}; extra == '{name}'" for name, lines in extras.items() for line in lines]
    assert {*map(Requirement, found.get_all("Requires-Dist", []))} == {
        *map(Requirement, [*project["dependencies"], *optional])
    }
    assert found["Requires-Python"] == ">=3.10"
    assert (found["License-Expression"], found["License-File"]) == ("MIT", "LICENSE")
    assert (found["Name"], found["Version"]) == (package.name, package.version)
    assert found["Description-Content-Type"] == "text/markdown"


@each_package
def test_an_sdist_passes_its_own_tests_outside_the_workspace(
    package: Package, built: dict[str, Artifacts], outside: Path, tmp_path: Path
) -> None:
    with tarfile.open(built[package.directory].sdist) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    (unpacked,) = (tmp_path / "sdist").iterdir()
    options = (*PYTEST_OPTIONS, "--ignore=tests/exhaustive")
    said = run(outside, "-m", "pytest", *options, "tests", cwd=unpacked)
    assert " passed" in said
