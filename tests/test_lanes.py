"""nox tests what the packages declare and what the index has: no lane is missing or too much."""

from __future__ import annotations

import subprocess

import pytest
from commands import ROOT
from noxfile import LANES, PACKAGES, PYTHONS
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from tools.workspace import CORE

MINORS = {
    lane.specifier.removeprefix("==").removesuffix(".*"): lane
    for lane in LANES.values()
    if lane.specifier.endswith(".*")
}
IN_RANGE = Requirement(CORE).specifier


def newest(python: str) -> str:
    """Return the newest langchain-core of the range that can be installed on one Python."""
    command = ["uv", "pip", "compile", "-", "--quiet", "--no-deps", "--no-header", "--no-annotate"]
    answer = subprocess.run(  # noqa: S603 - literal arguments
        [*command, "--python-version", python],
        input=f"{CORE}\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return answer.strip().removeprefix("langchain-core==")


def test_all_packages_declare_one_range() -> None:
    lines = [line for p in PACKAGES.values() for line in (*p.dependencies, *p.extras)]
    assert {line for line in lines if "langchain-core" in line} == {CORE}


def test_the_floor_lane_is_the_declared_floor() -> None:
    floors = [f"=={s.version}" for s in IN_RANGE if s.operator == ">="]
    assert floors == [LANES["floor"].specifier]


def test_every_lane_is_in_the_declared_range() -> None:
    assert [minor for minor in MINORS if f"{minor}.99999" not in IN_RANGE] == []


@pytest.mark.slow  # it asks the index
def test_no_installable_minor_lacks_a_lane() -> None:
    found = newest(PYTHONS[-1])
    lanes = [lane.id for lane in MINORS.values() if found in SpecifierSet(lane.specifier)]
    assert len(lanes) == 1, f"add a lane for langchain-core {found} to noxfile.py"


def test_no_minor_is_left_out_between_two_lanes() -> None:
    floor = Version(LANES["floor"].specifier.removeprefix("=="))
    first, *ones = (Version(minor) for minor in MINORS)  # 0.3 was the last before 1.0
    assert first.release == floor.release[:2]
    assert ones == [Version(f"1.{number}") for number in range(len(ones))]


def test_a_lane_is_named_after_its_minor() -> None:
    assert {m: lane.id for m, lane in MINORS.items()} == {
        minor: f"core{minor.replace('.', '_')}" for minor in MINORS
    }


def test_the_readme_names_the_declared_range() -> None:
    assert f"`{CORE}`" in (ROOT / "README.md").read_text()
