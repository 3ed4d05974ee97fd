"""What fails a nox session whose environment is not the one that its name promises."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tools.workspace import CORE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable

    import nox

    from tools.workspace import Lane, Package


def said(session: nox.Session, code: str) -> str:
    """Return what a line of Python prints in the session's environment."""
    return str(session.run("python", "-I", "-c", code, silent=True)).strip()


def python_of(session: nox.Session) -> Version:
    """Return the version of the session's interpreter, as major.minor."""
    return Version(said(session, "import sys; print('%d.%d' % sys.version_info[:2])"))


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


def newest_core(session: nox.Session) -> str:
    """Return the newest langchain-core in range for the session's Python, whatever it needs."""
    requirement = Path(session.create_tmp()) / "newest.in"
    requirement.write_text(f"{CORE}\n")
    only_this = ("--no-deps", "--no-header", "--no-annotate", "--quiet")
    python = f"--python-version={python_of(session)}"
    answer = session.run("uv", "pip", "compile", *only_this, python, str(requirement), silent=True)
    return str(answer).strip().removeprefix("langchain-core==")


def assert_alone(session: nox.Session, package: Package) -> None:
    """Fail if a package of this workspace is importable that the tested one does not need."""
    known = {p.module for p in (package, *package.needs, *package.judges)}
    others = {path.parent.name for path in ROOT.glob("packages/*/src/*/__init__.py")} - known
    code = f"from importlib.util import find_spec; print(*filter(find_spec, {sorted(others)}))"
    if strangers := said(session, code):
        session.error(f"{package.directory} is not tested alone: {strangers} can be imported too")


def assert_floors(session: nox.Session, requirements: Iterable[str]) -> None:
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


def released(session: nox.Session, tag: str, packages: Iterable[Package]) -> Package:
    """Return the package that a tag names, or fail with what the tag would have to be."""
    tags = {f"{package.name}=={package.version}": package for package in packages}
    if tag not in tags:
        session.error(f"got the tag {tag!r}; those of this commit are {', '.join(tags)}")
    changes = ROOT / "packages" / tags[tag].directory / "CHANGELOG.md"
    heading = rf"^## \[{re.escape(tags[tag].version)}\] - \d{{4}}-\d\d-\d\d$"
    if not re.search(heading, changes.read_text(), re.MULTILINE):
        session.error(f"{changes.relative_to(ROOT)} has no line that matches {heading}")
    return tags[tag]
