"""Build the wheels, and test exactly those, alone, across many releases of langchain-core.

`nox` runs the quick slice, `nox -t full` everything, `nox -l` lists what there is. Sessions run
side by side; add `-j 1` to watch one live or to use a debugger. Arguments after `--` go to pytest.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import nox
from packaging.specifiers import SpecifierSet
from packaging.version import Version

nox.needs_version = ">=2026.10"  # `nox.options.parallel`
nox.options.default_venv_backend = "uv"
nox.options.allow_parallel = True
nox.options.parallel = "auto"  # type: ignore[assignment] # nox converts it
nox.options.tags = ["quick"]

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
LINT, TYPING, COVERAGE = (
    nox.project.dependency_groups(PYPROJECT, group) for group in ("lint", "typing", "coverage")
)


class Package(NamedTuple):
    """One directory of packages/."""

    directory: str
    module: str
    needs: tuple[str, ...] = ()
    """The sibling directories whose wheels it depends on."""
    groups: tuple[str, ...] = ("test",)
    """The dependency groups of its tests."""
    judges: tuple[str, ...] = ()
    """The sibling directories that its tests need beside it; never another model."""


class Lane(NamedTuple):
    """One choice of langchain-core to test against."""

    id: str
    """No dots: nox reads it in `-k` expressions."""
    specifier: str
    """What to install; empty for the newest release that this Python admits."""
    python: str = "3.10"
    """The oldest Python that these releases of langchain-core run on."""
    constraints: tuple[str, ...] = ()
    """What the resolver cannot know: releases that break on this langchain-core undeclared."""
    tags: tuple[str, ...] = ()


# It calls langchain-core's `load` with an argument that came with 1.2.5, and does not say so.
CHECKPOINT_3 = ("langgraph-checkpoint<4",)
PACKAGES = {
    package.directory: package
    for package in (
        Package("shared", "langchain_echo_shared"),
        Package("llm-echo", "langchain_llm_echo", needs=("shared",), judges=("conformance",)),
        Package(
            "chat-echo",
            "langchain_chat_echo",
            needs=("shared",),
            groups=("test", "consumers"),
            judges=("conformance",),
        ),
        Package("conformance", "langchain_model_conformance"),
    )
}
LANES = {
    lane.id: lane
    for lane in (
        Lane("floor", "==0.3.81", tags=("quick",)),  # what every package declares
        Lane("core0_3", "==0.3.*"),
        Lane("core1_0", "==1.0.*", constraints=CHECKPOINT_3),
        Lane("core1_1", "==1.1.*", constraints=CHECKPOINT_3),
        Lane("core1_2", "==1.2.*"),
        Lane("core1_3", "==1.3.*"),
        Lane("core1_4", "==1.4.*"),
        Lane("core1_5", "==1.5.*"),
        Lane("core1_6", "==1.6.*"),
        Lane("core1_7", "==1.7.*"),
        Lane("core1_8", "==1.8.*", python="3.11"),
        Lane("latest", "", tags=("quick",)),
    )
}
# The slowest test covers nothing that the others do not, and is five times slower when traced.
NOT_TRACED = "not every_small_text"

each_package = nox.parametrize(
    "package", [nox.param(package, id=package, tags=[package]) for package in PACKAGES]
)
each_lane = nox.parametrize(
    "core", [nox.param(lane.id, id=lane.id, tags=[lane.id, *lane.tags]) for lane in LANES.values()]
)


@nox.session(tags=["full", "quick"])
def build(session: nox.Session) -> None:
    """Build every wheel as an index user gets it."""
    shutil.rmtree(DIST, ignore_errors=True)
    session.run(
        *("uv", "build", "--quiet", "--all-packages", "--wheel", "--no-sources"),
        *("--out-dir", str(DIST)),
        external=True,
    )


@nox.session(tags=["full"], requires=["build"])
@each_lane
@each_package
def tests(session: nox.Session, package: str, core: str) -> None:
    """Test one wheel, alone, on one langchain-core."""
    lane = LANES[core]
    if python_of(session) < Version(lane.python):
        session.skip(f"langchain-core{lane.specifier} needs Python {lane.python} or later")
    session.install(
        *wheels(package, *PACKAGES[package].judges),
        f"langchain-core{lane.specifier}",
        *lane.constraints,
        *tested_with(package),
    )
    assert_core(session, lane)
    assert_alone(session, package)
    session.run("pytest", f"packages/{package}", *session.posargs)


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("installer", ["uv", "pip"])
@each_package
def alone(session: nox.Session, package: str, installer: str) -> None:
    """Import one wheel with nothing but its declared dependencies beside it."""
    if installer == "pip":
        session.install("pip")
        session.run("python", "-m", "pip", "install", "--quiet", *wheels(package))
    else:
        session.install(*wheels(package))
    assert_alone(session, package)
    names = said(session, f"import {PACKAGES[package].module} as p; print(*p.__all__)")
    session.log(f"{package}: {names}")


@nox.session(tags=["full", "quick"], requires=["build"])
def together(session: nox.Session) -> None:
    """Test all wheels in one environment: the examples, the guides and what spans packages."""
    session.install(*wheels(*PACKAGES), *tested_with(*PACKAGES))
    session.run("pytest", "tests", "README.md", *session.posargs)


@nox.session(tags=["full"], requires=["build"])
def coverage(session: nox.Session) -> None:
    """Hold the branch coverage of every package at 100 %."""
    session.install(*wheels(*PACKAGES), *tested_with(*PACKAGES), *COVERAGE)
    data = Path(session.create_tmp()) / "coverage"
    session.env["COVERAGE_FILE"] = str(data)
    for package in PACKAGES:
        session.run(
            *("coverage", "run", "--append", "-m", "pytest", "--quiet"),
            *(f"packages/{package}", "-k", NOT_TRACED),
        )
    session.run("coverage", "report")


@nox.session(tags=["full", "quick"])
def lint(session: nox.Session) -> None:
    """Check style and format."""
    session.install(*LINT)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(tags=["full", "quick"], requires=["build"])
def typing(session: nox.Session) -> None:
    """Check types, package by package, against the installed wheels."""
    session.install(*wheels(*PACKAGES), *tested_with(*PACKAGES), *TYPING, "nox")
    for package in PACKAGES:
        session.run("mypy", f"packages/{package}/src", f"packages/{package}/tests")
    session.run("mypy", "noxfile.py", "conftest.py", "tests", "examples", "benchmarks")


def wheels(*directories: str) -> list[str]:
    """Return the paths of the built wheels of some packages and of the siblings they need."""
    needed = dict.fromkeys(d for name in directories for d in (name, *PACKAGES[name].needs))
    return [str(next(DIST.glob(f"{PACKAGES[name].module}-*.whl"))) for name in needed]


def tested_with(*directories: str) -> tuple[str, ...]:
    """Return what the tests of some packages need beside the packages."""
    groups = dict.fromkeys(group for name in directories for group in PACKAGES[name].groups)
    return nox.project.dependency_groups(PYPROJECT, *groups)


def python_of(session: nox.Session) -> Version:
    """Return the version of the session's interpreter, as major.minor."""
    return Version(said(session, "import sys; print('%d.%d' % sys.version_info[:2])"))


def said(session: nox.Session, code: str) -> str:
    """Return what a line of Python prints in the session's environment."""
    return str(session.run("python", "-I", "-c", code, silent=True)).strip()


def assert_core(session: nox.Session, lane: Lane) -> None:
    """Print which langchain-core was installed, and fail if it is not the lane's."""
    found = said(session, "from importlib.metadata import version as v; print(v('langchain-core'))")
    session.log(f"lane {lane.id}: testing langchain-core {found}")
    if found not in SpecifierSet(lane.specifier):
        session.error(f"lane {lane.id} wants langchain-core{lane.specifier}, got {found}")
    if not lane.specifier and found != (newest := newest_core(session)):
        session.error(f"lane {lane.id} wants langchain-core {newest}, the newest, got {found}")


def newest_core(session: nox.Session) -> str:
    """Return the newest langchain-core for the session's Python, whatever it depends on."""
    requirement = Path(session.create_tmp()) / "newest.in"
    requirement.write_text("langchain-core\n")
    answer = session.run(
        *("uv", "pip", "compile", "--quiet", "--no-deps", "--no-header", "--no-annotate"),
        *("--python-version", str(python_of(session)), str(requirement)),
        silent=True,
        external=True,
    )
    return str(answer).strip().removeprefix("langchain-core==")


def assert_alone(session: nox.Session, directory: str) -> None:
    """Fail if a package of this workspace is importable that the tested one does not need."""
    package = PACKAGES[directory]
    known = (directory, *package.needs, *package.judges)
    others = [p.module for p in PACKAGES.values() if p.directory not in known]
    code = f"from importlib.util import find_spec; print(*filter(find_spec, {others}))"
    if strangers := said(session, code):
        session.error(f"{directory} is not tested alone: {strangers} can be imported too")
