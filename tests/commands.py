"""Running what a user or an index would run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """Return what a command prints, or fail with it."""
    ran = subprocess.run(  # noqa: S603 - commands of these tests
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert ran.returncode == 0, f"{' '.join(map(str, command))}\n{ran.stdout}"
    return ran.stdout


def tracked(*patterns: str) -> list[Path]:
    """Return the files that git tracks or would, so that a fresh clone has them."""
    listing = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns)
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).exists()]


def environment(path: Path, *requirements: str | Path) -> Path:
    """Return the interpreter of a new virtual environment with pip and what is required."""
    run("uv", "venv", "--quiet", "--seed", "--python", sys.executable, path)
    python = path / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    # From outside the workspace: what its [tool.uv] overrides, pip would not be satisfied with.
    run("uv", "pip", "install", "--quiet", "--python", python, *requirements, cwd=path)
    return python
