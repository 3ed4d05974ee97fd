"""pytest, which shows the arguments and locals of what failed, does not show a sealed key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leak_surfaces import leaks, pytest_failures

if TYPE_CHECKING:
    from pathlib import Path


def test_pytest_shows_the_key_of_the_controls_only(tmp_path: Path) -> None:
    names = ["SEALED_LLM", "SEALED_CHAT", "SEALED_PLAIN", "LEAKY_LLM", "LEAKY_CHAT", "LEAKY_PLAIN"]
    reports = list(pytest_failures([f"secret_models:{name}" for name in names], tmp_path))

    assert len(reports) == 30
    leaked = {(subject, mode, failure): leaks(text) for subject, mode, failure, text in reports}
    assert leaked == {case: case[0].startswith("secret_models:LEAKY") for case in leaked}
