"""Print nox's arguments for each job of ci.yml: all packages of a lane or a Python at once.

Together they run what `nox -t full` runs, as tests/test_workflows.py checks.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any


def sessions(*arguments: str) -> list[dict[str, Any]]:
    """Return what nox would run, given these arguments."""
    command = ["nox", "--list", "--json", *arguments]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - nox
    return list(json.loads(said.stdout))


def job(session: dict[str, Any]) -> str:
    """Return the arguments of the job that runs a session."""
    name, python = session["name"], session["python"]
    if name == "tests":
        return f"-t {session['call_spec']['core']}"
    return f"-s {name}-{python}" if python else f"-s {name}"


def jobs() -> list[str]:
    """Return the arguments of each job. Each builds the wheels for itself."""
    full = sessions("-t", "full")
    return sorted({job(session) for session in full if session["name"] != "build"})


if __name__ == "__main__":
    print(f"jobs={json.dumps(jobs())}")  # as $GITHUB_OUTPUT wants it
