"""ci.yml runs every session that gates."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING, Any

import pytest
from commands import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

JOBS = runpy.run_path(str(ROOT / ".github" / "jobs.py"))


@pytest.mark.slow  # it calls nox two dozen times
def test_the_jobs_together_run_what_nox_calls_full() -> None:
    sessions: Callable[..., list[dict[str, Any]]] = JOBS["sessions"]

    def listed(*arguments: str) -> set[str]:
        return {session["session"] for session in sessions(*arguments)}

    jobs: list[str] = JOBS["jobs"]()
    assert set().union(*(listed(*job.split()) for job in jobs)) == listed("-t", "full")
