"""The scanner and the conformance suite's stop oracle agree, though they share no code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from commands import ROOT

from langchain_model_conformance._oracle import cut
from langchain_model_parts import StopSequences

CASES: list[dict[str, Any]] = json.loads(
    (ROOT / "packages/shared/tests/stop_cases.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['name']}")
@pytest.mark.parametrize("mode", ["include", "exclude"])
def test_two_implementations_of_the_rule_agree(case: dict[str, Any], mode: str) -> None:
    text, include = "".join(case["deltas"]), mode == "include"
    assert cut(text, case["stops"] or [], include=include) == case[mode]
    assert StopSequences(case["stops"], include=include).cut(text) == case[mode]
