"""What noxfile.py and the tests know of the workspace: its packages, and the lanes they run in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nox
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
PYPROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
CORE = "langchain-core>=0.3.81,<2"
"""What every package declares, as tests/test_lanes.py checks."""
PREBUILT = ("langgraph-prebuilt<1.0.9",)
"""For langchain-core before 1.2.10: a newer langgraph-prebuilt asks for a newer langgraph."""
CHECKPOINT_3 = ("langgraph-checkpoint<4", *PREBUILT)
"""For langchain-core before 1.2.5: langgraph-checkpoint 4 passes its `load` a newer argument."""


def group(*names: str) -> tuple[str, ...]:
    """Return the requirements of some dependency groups of the root."""
    return nox.project.dependency_groups(PYPROJECT, *names)


@dataclass(frozen=True)
class Package:
    """One directory of packages/."""

    directory: str
    module: str
    needs: tuple[Package, ...] = ()
    """The siblings whose wheels it depends on."""
    judges: tuple[Package, ...] = ()
    """The siblings whose wheels its tests use, never another model's."""
    groups: tuple[str, ...] = ("test",)
    """The dependency groups of the root that its tests ask for."""

    @property
    def wheel(self) -> Path:
        """The wheel that `nox -s build` made."""
        return next(DIST.glob(f"{self.module}-*.whl"))

    @property
    def pyproject(self) -> dict[str, Any]:
        """What its own pyproject.toml says."""
        return nox.project.load_toml(ROOT / "packages" / self.directory / "pyproject.toml")

    @property
    def name(self) -> str:
        """The name of its distribution."""
        return str(self.pyproject["project"]["name"])

    @property
    def version(self) -> str:
        """The version of its distribution."""
        return str(self.pyproject["project"]["version"])

    @property
    def dependencies(self) -> list[str]:
        """What its wheel asks for, without the siblings: those are installed from dist/."""
        siblings = {sibling.name for sibling in self.needs}
        declared = self.pyproject["project"]["dependencies"]
        return [line for line in declared if Requirement(line).name not in siblings]

    @property
    def extras(self) -> list[str]:
        """What all its extras ask for."""
        declared = self.pyproject["project"].get("optional-dependencies", {})
        return [line for lines in declared.values() for line in lines]

    @property
    def uses_core(self) -> bool:
        """Whether its wheel or an extra asks for langchain-core."""
        return CORE in [*self.dependencies, *self.extras]

    @property
    def tests(self) -> str:
        """Its tests; pytest leaves out those in tests/exhaustive unless they are named."""
        return f"packages/{self.directory}"

    @property
    def test(self) -> list[str]:
        """What its tests ask for beside wheels."""
        return [*self.extras, *group(*self.groups)]


@dataclass(frozen=True)
class Lane:
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

    @property
    def core(self) -> list[str]:
        """The requirements that install it."""
        return [f"langchain-core{self.specifier}", *self.constraints]


def wheels(*packages: Package) -> list[str]:
    """Return the paths of the built wheels of some packages and of the siblings they need."""
    needed = dict.fromkeys(p for package in packages for p in (package, *package.needs))
    return [str(package.wheel) for package in needed]
