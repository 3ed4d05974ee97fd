"""The leak scan of packages/shared finds no key in the echoes, which that package cannot import."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM

sys.path.append(str(Path(__file__).parents[1] / "packages/shared/tests"))
from leak_surfaces import MODES, Mode, Subject, leaks, pytest_failures, surfaces

CUSTOM_LLM = Subject(CustomLLM, "llm")
CHAT_ECHO = Subject(ChatEcho, "chat")
SUBJECTS = {"CUSTOM_LLM": CUSTOM_LLM, "CHAT_ECHO": CHAT_ECHO}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("subject", [*SUBJECTS.values()], ids=[*SUBJECTS])
def test_no_surface_shows_the_key(subject: Subject, mode: Mode) -> None:
    shown = dict(surfaces(subject, mode))
    assert len(shown) > 50  # in test_secret_leaks.py, a leaky model fails on each of them
    assert [name for name, text in shown.items() if leaks(text)] == []


@pytest.mark.slow  # it starts pytest; `across` runs it too
def test_no_failure_under_pytest_shows_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    reports = list(pytest_failures([f"test_model_leaks:{name}" for name in SUBJECTS], tmp_path))
    assert len(reports) == 5 * len(SUBJECTS)
    assert [report[:3] for report in reports if leaks(report[3])] == []
