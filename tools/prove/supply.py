"""Look for what an attacker of the packages would look for: in their code, and in their release."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.prove.rows import Row, none_wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ARGUED = re.compile(r"# nosec (?:B\d+,? )+# \S+ \S+")
"""How a finding of bandit is argued: its number, and why it is none, in words."""


def findings() -> tuple[list[str], int]:
    """Return what bandit finds in the sources that nobody has argued, and the lines it read."""
    sources = [str(path.relative_to(ROOT)) for path in ROOT.glob("packages/*/src")]
    command = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-r", *sources]
    done = subprocess.run(command, check=False, cwd=ROOT, text=True, capture_output=True)  # noqa: S603 - bandit
    report = json.loads(done.stdout)
    said = [f"{one['filename']}:{one['line_number']} {one['test_id']}" for one in report["results"]]
    return [*said, *map(str, report["errors"])], report["metrics"]["_totals"]["loc"]


def unargued() -> tuple[list[str], int]:
    """Return the exceptions from bandit that give no reason, and how many exceptions there are."""
    lines = [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for path in ROOT.glob("packages/*/src/**/*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "nosec" in line
    ]
    return [place for place, line in lines if not ARGUED.search(line)], len(lines)


def release_problems(workflow: dict[str, Any]) -> list[str]:
    """Return what release.yml must not do, or leave out, and does."""
    jobs = workflow["jobs"]

    def steps(job: str, what: str) -> list[dict[str, Any]]:
        return [s for s in jobs[job]["steps"] if what in s.get("uses", "") + s.get("run", "")]

    used = [step["uses"] for job in jobs.values() for step in job["steps"] if "uses" in step]
    runs = [step["run"] for step in jobs["build"]["steps"] if "run" in step]
    publishing = steps("publish", "gh-action-pypi-publish")
    rules = {
        "build runs nothing but the build backend and sha256sum": all(
            "uv build" in run or "sha256sum" in run for run in runs
        ),
        "nothing is published before build and test are done": sorted(jobs["publish"]["needs"])
        == ["build", "test"],
        "what is published has the hashes that build noted": bool(
            steps("publish", "sha256sum --check --strict")
        ),
        "publish runs no code of the repository": not steps("publish", "checkout"),
        "the files are attested": [step["with"]["attestations"] for step in publishing] == [True],
        "only publish may ask for an identity": [
            name for name, job in jobs.items() if "id-token" in job["permissions"]
        ]
        == ["publish"],
        "a maintainer approves": jobs["publish"]["environment"] == "pypi",
        "every action is pinned to a commit": all(re.search("@[0-9a-f]{40}$", u) for u in used),
    }
    return [f"not so: {rule}" for rule, holds in rules.items() if not holds]


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each link of the chain."""
    del quick  # it takes seconds
    yaml: Any = importlib.import_module("yaml")  # `nox -s prove` installs it
    yield none_wrong("bandit's findings, of the lines of src", *findings())
    yield none_wrong("exceptions from bandit without a reason", *unargued())
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text("utf-8"))
    yield none_wrong("release.yml: rules that it breaks", release_problems(workflow), 8)
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))["updates"]
    kinds = {update["package-ecosystem"] for update in updates}
    missing = sorted({"github-actions", "pip"} - kinds)
    yield none_wrong("what Dependabot does not renew, of actions and Python", missing, 2)
