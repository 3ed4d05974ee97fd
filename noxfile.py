"""Build the wheels, and test exactly those, alone, across many releases of langchain-core.

`nox` runs the quick slice, `nox -t full` everything, `nox -l` lists what there is. Sessions run
side by side; add `-j 1` to watch one live or to use a debugger. Arguments after `--` go to pytest.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import platform
import re
import runpy
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import nox
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

nox.needs_version = ">=2026.10"  # `nox.options.parallel`
nox.options.default_venv_backend = "uv"
nox.options.allow_parallel = True
nox.options.parallel = "auto"  # type: ignore[assignment] # nox converts it
nox.options.tags = ["quick"]
# A Python that is not here is reported by name; ci.yml, where all are, passes the flag instead.
nox.options.error_on_missing_interpreters = False

ROOT = Path(__file__).parent
DIST = ROOT / "dist"
RESULTS = ROOT / "docs" / "compatibility.json"
TABLES = runpy.run_path(str(RESULTS.with_suffix(".py")))
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
EXHAUSTIVE, LINT, TYPING, COVERAGE, ARTIFACTS = (
    nox.project.dependency_groups(PYPROJECT, group)
    for group in ("exhaustive", "lint", "typing", "coverage", "artifacts")
)
MAIN = "git+https://github.com/langchain-ai/langchain#subdirectory=libs/core"


class Package(NamedTuple):
    """One directory of packages/."""

    directory: str
    module: str
    needs: tuple[str, ...] = ()
    """The sibling directories whose wheels it depends on."""
    judges: tuple[str, ...] = ()
    """The sibling directories whose wheels its tests use, never another model's."""
    groups: tuple[str, ...] = ("test",)
    """The dependency groups of the root that its tests ask for."""

    @property
    def wheel(self) -> Path:
        """The wheel that `build` made."""
        return next(DIST.glob(f"{self.module}-*.whl"))

    @property
    def pyproject(self) -> dict[str, Any]:
        """What its own pyproject.toml says."""
        return nox.project.load_toml(ROOT / "packages" / self.directory / "pyproject.toml")

    @property
    def dependencies(self) -> list[str]:
        """What its wheel asks for, without the siblings: those are installed from dist/."""
        declared = self.pyproject["project"]["dependencies"]
        ours = {p.pyproject["project"]["name"] for p in PACKAGES.values()}
        return [line for line in declared if Requirement(line).name not in ours]

    @property
    def tests(self) -> str:
        """Its tests; pytest leaves out those in tests/exhaustive unless they are named."""
        return f"packages/{self.directory}"

    @property
    def exhaustive(self) -> list[str]:
        """Its tests that take long, if any; what they test asks little of langchain-core."""
        path = f"{self.tests}/tests/exhaustive"
        return [path] if (ROOT / path).exists() else []

    @property
    def test(self) -> tuple[str, ...]:
        """What its tests ask for beside wheels."""
        return nox.project.dependency_groups(PYPROJECT, *self.groups)


class Lane(NamedTuple):
    """One choice of langchain-core to test against."""

    id: str
    """No dots: nox reads it in `-k` expressions."""
    specifier: str
    """What to install; empty for the newest release that this Python admits."""
    python: str = "3.10"
    """The oldest Python that these releases of langchain-core run on."""
    constraints: tuple[str, ...] = ()
    """What no resolver can know: what breaks on these releases and does not declare it."""
    tags: tuple[str, ...] = ()


# It calls langchain-core's `load` with an argument that came with 1.2.5.
CHECKPOINT_3 = ("langgraph-checkpoint<4",)
PACKAGES = {
    package.directory: package
    for package in (
        Package("shared", "langchain_model_parts", groups=("test", "surfaces")),
        Package("llm-echo", "langchain_llm_echo", needs=("shared",), judges=("conformance",)),
        Package(
            "chat-echo",
            "langchain_chat_echo",
            needs=("shared",),
            judges=("conformance",),
            groups=("test", "consumers"),
        ),
        Package("conformance", "langchain_model_conformance", groups=("test", "clients")),
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
# What has pytest enter tests/exhaustive too, which pyproject.toml keeps it out of.
EVERYTHING = ("-o", "norecursedirs=.* build dist")
# It covers nothing that other tests do not, and is five times slower when traced.
NOT_TRACED = "not every_small_text"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
GITHUB_SCHEMAS = {  # check-jsonschema's name for each kind of file below .github/
    "github-workflows": "workflows/*.yml",
    "dependabot": "dependabot.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/*.yml",  # but the one above
}

each_package = nox.parametrize(
    "package", [nox.param(package, id=package, tags=[package]) for package in PACKAGES]
)
# `nox -t llm-echo` is what must pass; what merely warns of things to come stays out of it.
each_package_untagged = nox.parametrize("package", list(PACKAGES), ids=list(PACKAGES))
each_exhaustive = nox.parametrize(
    "package", [nox.param(p, id=p, tags=[p]) for p in PACKAGES if PACKAGES[p].exhaustive]
)
each_lane = nox.parametrize(
    "core", [nox.param(lane.id, id=lane.id, tags=[lane.id, *lane.tags]) for lane in LANES.values()]
)


@nox.session(tags=["full", "quick"])
def build(session: nox.Session) -> None:
    """Build every sdist and, from it, the wheel that an index user gets."""
    shutil.rmtree(DIST, ignore_errors=True)
    session.run(
        *("uv", "build", "--quiet", "--all-packages", "--no-sources", "--out-dir", str(DIST)),
        external=True,
    )


# Up to Python 3.11, asyncio's clients cannot connect while coverage traces them: an exception that
# anyio means to catch escapes.
@nox.session(tags=["full"], requires=["build"], python="3.13")
def coverage(session: nox.Session) -> None:  # up here, since the longest should start first
    """Hold the branch coverage of every package, by its own tests, at 100 %."""
    session.install(*wheels(*PACKAGES), *every_test_requirement(), *COVERAGE)
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()) / "coverage")
    for package in PACKAGES.values():
        session.run(
            *("coverage", "run", "--append", f"--source={package.module}", "-m", "pytest"),
            *("--quiet", package.tests, *EVERYTHING, "-k", NOT_TRACED, *session.posargs),
        )
    session.run("coverage", "report")


@nox.session(tags=["full"], requires=["build"])
@each_lane
@each_package
def tests(session: nox.Session, package: str, core: str) -> None:
    """Test one wheel, alone, on one langchain-core."""
    run_alone(session, package, LANES[core])


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("core", ["floor", "latest"])
@each_exhaustive
def exhaustive(session: nox.Session, package: str, core: str) -> None:
    """Run the tests of one wheel that take long, on the oldest and the newest langchain-core."""
    run_alone(session, package, LANES[core], exhaustive=True)


@nox.session(tags=["full"], requires=["build"], python=PYTHONS)
@each_package
def pythons(session: nox.Session, package: str) -> None:
    """Test one wheel on the newest and the oldest langchain-core that one Python admits."""
    for lane in ("latest", "floor"):  # this way round, since an install never upgrades unasked
        run_alone(session, package, LANES[lane])


@nox.session(tags=["full"], requires=["build"], python=PYTHONS[0])
@each_package
def minimums(session: nox.Session, package: str) -> None:
    """Test one wheel on every declared floor at once: Python, dependencies and test tools."""
    dependencies = [line for p in family(package) for line in p.dependencies]
    named = [*dependencies, *PACKAGES[package].test, *EXHAUSTIVE]
    session.install("--resolution", "lowest-direct", *tested(package), *named)
    assert_floors(session, named)
    session.run("pytest", PACKAGES[package].tests, *EVERYTHING, *session.posargs)


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("installer", ["uv", "pip"])
@each_package
def alone(session: nox.Session, package: str, installer: str) -> None:
    """Import one wheel, outside the checkout, with nothing but its declared dependencies."""
    if installer == "pip":
        session.install("pip")
        session.run("python", "-m", "pip", "install", "--quiet", *wheels(package))
    else:
        session.install(*wheels(package))
    session.chdir(session.create_tmp())
    assert_alone(session, package)
    names = said(session, f"import {PACKAGES[package].module} as p; print(*p.__all__)")
    session.log(f"{package}: {names}")


@nox.session(tags=["full", "quick"], requires=["build"])
def together(session: nox.Session) -> None:
    """Test all wheels in one environment: what spans packages and what the workspace promises."""
    session.install(*wheels(*PACKAGES), *every_test_requirement(), "nox", "uv")
    session.run("pytest", "tests", "-m", "not artifacts", *session.posargs)


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("core", ["floor", "core1_0", "core1_4", "core1_7"])
def across(session: nox.Session, core: str) -> None:
    """Scan the models for keys, and compare them, on older langchain-cores too."""
    lane = LANES[core]
    requirements = (f"langchain-core{lane.specifier}", *lane.constraints, *every_test_requirement())
    session.install(*wheels(*PACKAGES), *requirements)
    assert_core(session, lane)
    session.run("pytest", "tests/test_model_leaks.py", "tests/test_parity.py", *session.posargs)


@nox.session(tags=["full", "quick"], requires=["build"])
def docs(session: nox.Session) -> None:
    """Run every Python block of every README and guide."""
    session.install(*wheels(*PACKAGES), *every_test_requirement())
    pages = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("packages/*/README.md"))
    session.run("pytest", "README.md", *pages, "docs", *session.posargs)


@nox.session(tags=["nightly"], requires=["build"])
@each_package_untagged
def pre(session: nox.Session, package: str) -> None:
    """Test one wheel on the newest pre-releases of everything (does not gate)."""
    requirements = (*tested(package), *uncapped(session, "langchain-core"))
    session.install("--prerelease", "allow", *requirements, *PACKAGES[package].test)
    session.log(f"pre: testing {installed(session, 'langchain-core')}")
    session.run("pytest", PACKAGES[package].tests, *session.posargs)


@nox.session(tags=["nightly"], requires=["build"])
@each_package_untagged
def main(session: nox.Session, package: str) -> None:
    """Test one wheel on langchain-core's main branch (does not gate)."""
    core = uncapped(session, f"langchain-core @ {MAIN}")
    session.install(*tested(package), *core, *PACKAGES[package].test)
    session.log(f"main: testing {installed(session, 'langchain-core')}")
    session.run("pytest", PACKAGES[package].tests, *session.posargs)


@nox.session(requires=["build"])
def sweep(session: nox.Session) -> None:
    """Test every release of langchain-core and write the tables (resumes; `-- --help`)."""
    arguments = argparse.ArgumentParser("nox -s sweep --")
    arguments.add_argument("--since", default="0", type=Version, help="the first release to test")
    arguments.add_argument(
        "--again", action="store_true", help="also what was tested with other sources"
    )
    options = arguments.parse_args(session.posargs)
    wanted = releases(session, options.since)
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    wheels_now = [package.wheel.name for package in consumers()]
    for number in wanted:
        row = results.get(number, {"outcomes": {}, "source": ""})
        stale = options.again and row["source"] != source()
        if stale or [*row["outcomes"]] != wheels_now or not is_green(row):
            results[number] = test_release(session, number)
            ordered = {n: results[n] for n in sorted(results, key=Version)}
            RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")
    session.run("python", "docs/compatibility.py")
    if red := [number for number in wanted if not is_green(results[number])]:
        session.error(f"langchain-core {', '.join(red)}: see above")


@nox.session(tags=["full"], requires=["build"])
def artifacts(session: nox.Session) -> None:
    """Check every sdist and wheel as the index will, and install them as users will."""
    session.install(*wheels(*PACKAGES), *every_test_requirement(), *ARTIFACTS, "nox", "uv")
    session.run("twine", "check", "--strict", *(str(path) for path in sorted(DIST.glob("*-*"))))
    session.run("check-wheel-contents", *wheels(*PACKAGES))
    session.run("pytest", "tests", "-m", "artifacts", *session.posargs)


@nox.session(requires=["build"])
def release(session: nox.Session) -> None:
    """Check that one package can be published; `-- langchain-llm-echo==0.1.0` is its tag."""
    package = released(session, " ".join(session.posargs))
    session.install(wheels(package.directory)[0])  # siblings from the index: they go first
    session.chdir(session.create_tmp())
    session.log(said(session, f"import {package.module} as p; print(*p.__all__)"))


@nox.session(requires=["build"])
def field(session: nox.Session) -> None:
    """Run the conformance suites on partner packages, and write docs/field-report.md."""
    session.install(*wheels("conformance"), "-r", "field/requirements.txt")
    session.run("pytest", "-c", "field/pytest.ini", "field/test_server.py")
    session.run("python", "field/report.py", *session.posargs)


@nox.session(tags=["full", "quick"])
def lint(session: nox.Session) -> None:
    """Check style, format and the GitHub workflows."""
    session.install(*LINT)
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("zizmor", "--quiet", "--offline", "--persona=pedantic", ".github")
    checked: set[str] = set()
    for schema, pattern in GITHUB_SCHEMAS.items():
        files = {str(path) for path in ROOT.glob(f".github/{pattern}")} - checked
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *sorted(files))
        checked |= files
    if shutil.which("actionlint"):  # a Go program that no wheel carries; ci.yml brings it
        session.run("actionlint", external=True)
    else:
        session.warn("actionlint is not on PATH here: not run")


@nox.session(tags=["full", "quick"], requires=["build"])
def typing(session: nox.Session) -> None:
    """Check types, package by package, against the installed wheels."""
    session.install(*wheels(*PACKAGES), *every_test_requirement(), *TYPING, "nox")
    for package in PACKAGES:
        session.run("mypy", f"packages/{package}/src", f"packages/{package}/tests")
    session.run("mypy", "field")  # by itself: it has a conftest.py of its own
    scripts = ("docs", "examples", "benchmarks", ".github/jobs.py")
    session.run("mypy", "noxfile.py", "conftest.py", "tests", *scripts)


def family(directory: str) -> list[Package]:
    """Return a package and the siblings it needs, itself first."""
    return [PACKAGES[name] for name in (directory, *PACKAGES[directory].needs)]


def wheels(*directories: str) -> list[str]:
    """Return the paths of the built wheels of some packages and of the siblings they need."""
    needed = dict.fromkeys(package for name in directories for package in family(name))
    return [str(package.wheel) for package in needed]


def tested(directory: str) -> list[str]:
    """Return the paths of the wheels that the tests of a package need."""
    return wheels(directory, *PACKAGES[directory].judges)


def every_test_requirement() -> list[str]:
    """Return what the tests of all packages ask for."""
    lines = [line for package in PACKAGES.values() for line in package.test]
    return [*dict.fromkeys([*lines, *EXHAUSTIVE])]


def run_alone(
    session: nox.Session, directory: str, lane: Lane, *, exhaustive: bool = False
) -> None:
    """Test one wheel on one langchain-core, after asserting that it is just that."""
    if python_of(session) < Version(lane.python):
        session.skip(f"langchain-core{lane.specifier} needs Python {lane.python} or later")
    package = PACKAGES[directory]
    paths, needed = (package.exhaustive, EXHAUSTIVE) if exhaustive else ([package.tests], ())
    core = (f"langchain-core{lane.specifier}", *lane.constraints)
    session.install(*tested(directory), *core, *package.test, *needed)
    assert_core(session, lane)
    assert_alone(session, directory)
    session.run("pytest", *paths, *session.posargs)


def python_of(session: nox.Session) -> Version:
    """Return the version of the session's interpreter, as major.minor."""
    return Version(said(session, "import sys; print('%d.%d' % sys.version_info[:2])"))


def said(session: nox.Session, code: str) -> str:
    """Return what a line of Python prints in the session's environment."""
    return str(session.run("python", "-I", "-c", code, silent=True)).strip()


def installed(session: nox.Session, *names: str) -> dict[str, str]:
    """Return the version of each distribution in the session's environment."""
    code = f"from importlib.metadata import version as v; print({{n: v(n) for n in {names}}})"
    return dict(ast.literal_eval(said(session, code)))


def assert_core(session: nox.Session, lane: Lane) -> None:
    """Print which langchain-core was installed, and fail if it is not the lane's."""
    found = installed(session, "langchain-core")["langchain-core"]
    session.log(f"lane {lane.id}: testing langchain-core {found}")
    if found not in SpecifierSet(lane.specifier):
        session.error(f"lane {lane.id} wants langchain-core{lane.specifier}, got {found}")
    if not lane.specifier and found != (newest := newest_core(session)):
        session.error(f"lane {lane.id} wants langchain-core {newest}, the newest, got {found}")


def assert_floors(session: nox.Session, requirements: list[str]) -> None:
    """Fail if an environment holds anything but the lowest version that each requirement names."""
    floors = {Requirement(r).name: floor_of(r) for r in sorted(requirements, key=floor_of)}
    found = installed(session, *floors)
    session.log(f"minimums: testing {found}")
    higher = {n: found[n] for n, floor in floors.items() if Version(found[n]) != floor}
    if higher:
        session.error(f"these floors cannot be had: declare what was installed, {higher}")


def floor_of(requirement: str) -> Version:
    """Return the version after `>=` in a requirement."""
    specifiers = Requirement(requirement).specifier
    return next(Version(s.version) for s in specifiers if s.operator == ">=")


def newest_core(session: nox.Session) -> str:
    """Return the newest langchain-core in range for the session's Python, whatever it needs."""
    requirement = Path(session.create_tmp()) / "newest.in"
    requirement.write_text(f"langchain-core{next(iter(consumers().values()))}\n")
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


def released(session: nox.Session, tag: str) -> Package:
    """Return the package that a tag names, or fail with what the tag would have to be."""
    tags = {}
    for package in PACKAGES.values():
        project = package.pyproject["project"]
        tags[f"{project['name']}=={project['version']}"] = package
    if tag not in tags:
        session.error(f"got the tag {tag!r}; those of this commit are {', '.join(tags)}")
    changes = ROOT / "packages" / tags[tag].directory / "CHANGELOG.md"
    heading = rf"^## \[{re.escape(tag.partition('==')[2])}\] - \d{{4}}-\d\d-\d\d$"
    if not re.search(heading, changes.read_text(), re.MULTILINE):
        session.error(f"{changes.relative_to(ROOT)} has no line that matches {heading}")
    return tags[tag]


def consumers() -> dict[Package, SpecifierSet]:
    """Return the packages that depend on langchain-core, with the range that each declares."""
    return {
        package: requirement.specifier
        for package in PACKAGES.values()
        for requirement in map(Requirement, package.dependencies)
        if requirement.name == "langchain-core"
    }


def uncapped(session: nox.Session, requirement: str) -> list[str]:
    """Return what installs a langchain-core that the packages' declared range does not admit."""
    overrides = Path(session.create_tmp()) / "overrides.txt"
    overrides.write_text(f"{requirement}\n")
    return [requirement, "--overrides", str(overrides)]


def source() -> str:
    """Return what tells the sources of the packages from any others."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("packages/*/src/**/*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def releases(session: nox.Session, since: Version) -> list[str]:
    """Return the releases of langchain-core that the consumers' ranges admit, oldest first."""
    session.install("pip>=25.2")  # the first with `index versions --json`
    listing = session.run(
        *("python", "-m", "pip", "index", "versions", "langchain-core", "--json"), silent=True
    )
    answer = next(line for line in str(listing).splitlines() if line.startswith("{"))
    admitted = SpecifierSet(f">={since}")
    for specifier in consumers().values():
        admitted &= specifier
    return sorted(admitted.filter(json.loads(answer)["versions"]), key=Version)


def test_release(session: nox.Session, number: str) -> dict[str, Any]:
    """Test every consumer on one release of langchain-core, and return what the tables say."""
    directories = [package.directory for package in consumers()]
    core = f"langchain-core=={number}"
    limits = CHECKPOINT_3 if Version("1.0.dev0") < Version(number) < Version("1.2.5") else ()
    requirements = (*wheels(*directories), core, *limits, *every_test_requirement())
    session.install("--upgrade", *requirements)
    outcomes = {}
    for package in consumers():
        command = ("pytest", "--quiet", package.tests)
        output = str(session.run(*command, silent=True, success_codes=range(6)))
        closing = output.strip().splitlines()[-1].strip("= ")
        outcomes[package.wheel.name] = closing.rpartition(" in ")[0]
        session.log(closing if is_green({"outcomes": outcomes}) else output)
    return {
        "date": datetime.now(timezone.utc).date().isoformat(),
        "on": f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        "source": source(),
        "outcomes": outcomes,
    }


def is_green(row: dict[str, Any]) -> bool:
    """Tell whether every count in the closing lines of pytest is one of a pass."""
    return all(map(TABLES["passes"], row["outcomes"].values()))
