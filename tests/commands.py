"""Commands as a user or an index would run them."""

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
    """Return the files that a clone would have if everything here were committed."""
    listing = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns)
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).exists()]


def environment(path: Path, *requirements: str | Path) -> Path:
    """Return the interpreter of a new virtual environment with pip and what is required."""
    run("uv", "venv", "--quiet", "--seed", "--python", sys.executable, path)
    python = path / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    # Outside the workspace, whose [tool.uv] overrides would install what pip then refuses.
    run("uv", "pip", "install", "--quiet", "--python", python, *requirements, cwd=path)
    return python
