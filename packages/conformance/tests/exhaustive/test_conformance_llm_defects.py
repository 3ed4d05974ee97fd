"""Every check for string LLMs catches a planted defect, and nothing but that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import llm_defects
import llm_service_defects
from conformance_driver import Outcome, run_suite, told
from healthy_llm import HealthyLLM
from langchain_model_conformance import ConformanceFailure, LLMConformanceTests, checks_of
from planted import Defect, suite_for

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

DEFECTS = [*llm_defects.DEFECTS, *llm_service_defects.DEFECTS]
JUDGED_ELSEWHERE = {"declarations"}  # test_conformance_declarations.py: no model, but a bad class


@pytest.fixture(scope="module")
def usual() -> Outcome:
    """Return what the suite says of the healthy model."""
    return run_suite(suite_for(LLMConformanceTests, "llm", Defect(HealthyLLM, frozenset())))


@pytest.mark.filterwarnings("ignore:no model for the key")  # which is a defect's own
@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.model.__name__)
def test_broken_llm_fails_exactly_these_checks(
    defect: Defect, usual: Outcome, snapshot: SnapshotAssertion
) -> None:
    outcome = run_suite(suite_for(LLMConformanceTests, "llm", defect))

    assert outcome.failed_ids() == defect.fails, "\n".join(outcome.failed.values())
    assert told(outcome, usual) == snapshot


@pytest.mark.parametrize("keys", [{}, {"api_key": "HEALTHY_API_KEY"}], ids=["no key", "a key"])
def test_what_is_not_declared_is_not_judged(
    keys: dict[str, str], snapshot: SnapshotAssertion
) -> None:
    declared = {"llm_class": HealthyLLM, "stop_policy": "unsupported", "secret_params": keys}
    suite = type("TestHealthyLLM", (LLMConformanceTests,), declared)

    assert told(run_suite(suite), Outcome(suite)) == snapshot


def test_dead_connections_are_used_up_before_the_next_check() -> None:
    defect = Defect(llm_defects.PoolsConnectionsOfDeadLoops, frozenset())
    suite = suite_for(LLMConformanceTests, "llm", defect)()
    with pytest.raises(ConformanceFailure):
        suite.test_fresh_event_loops(path="ainvoke")

    assert suite._attempt("ainvoke")[1] is None


def test_every_llm_check_is_killed_by_a_defect() -> None:
    killed = {name for defect in DEFECTS for name in defect.fails}

    assert {about.id for about in checks_of(LLMConformanceTests)} == killed | JUDGED_ELSEWHERE


def test_at_least_34_broken_llms_are_planted() -> None:
    assert len(DEFECTS) >= 34
