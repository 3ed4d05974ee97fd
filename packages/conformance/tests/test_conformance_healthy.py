"""A model with nothing wrong passes everything, with everything declared."""

from __future__ import annotations

from typing import Any

import pytest

from conformance_driver import run_suite
from healthy_chat import HealthyChat
from healthy_llm import HealthyLLM
from healthy_service import SERVICE, ServiceChat, ServiceLLM
from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests
from planted import Defect, suite_for

SUITES = [
    pytest.param(LLMConformanceTests, "llm", HealthyLLM, id="llm"),
    pytest.param(ChatModelConformanceTests, "chat_model", HealthyChat, id="chat"),
]
SERVICES = [
    pytest.param(LLMConformanceTests, "llm", ServiceLLM, {}, id="llm"),
    pytest.param(
        ChatModelConformanceTests,
        "chat_model",
        ServiceChat,
        {"secret_surfaces[save]": "a chat model has no save"},
        id="chat",
    ),
]
NEVER_BOTH = "stop is supported"  # what raises on a stop cannot respect it


@pytest.mark.parametrize(("base", "prefix", "model", "never"), SERVICES)
def test_healthy_model_passes_and_nothing_is_skipped_that_can_apply(
    base: type[Any], prefix: str, model: type[Any], never: dict[str, str]
) -> None:
    outcome = run_suite(suite_for(base, prefix, Defect(model, frozenset(), SERVICE)))

    assert outcome.failed == {}
    skipped = {name: why for name, why in outcome.skipped.items() if why != NEVER_BOTH}
    assert skipped == never


@pytest.mark.parametrize(("base", "prefix", "model"), SUITES)
def test_healthy_model_that_excludes_stops_passes_too(
    base: type[Any], prefix: str, model: type[Any]
) -> None:
    params = {f"{prefix}_params": {"n": 1000, "include_stop": False}}
    declared = {**params, "stop_policy": "exclude"}

    assert run_suite(suite_for(base, prefix, Defect(model, frozenset(), declared))).failed == {}


@pytest.mark.parametrize(("base", "prefix", "model"), SUITES)
def test_model_whose_text_is_not_known_is_compared_with_itself(
    base: type[Any], prefix: str, model: type[Any]
) -> None:
    declared = {"expected_completion": lambda _, __: None}
    outcome = run_suite(suite_for(base, prefix, Defect(model, frozenset(), declared)))

    assert outcome.failed == {}
    assert "stop_respected[astream]" in outcome.passed
