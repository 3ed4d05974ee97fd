from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from langchain_model_parts import StopMatch, StopSequences

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("stop_cases.json").read_text(encoding="utf-8")
)
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']} {case['name']}")
each_mode = pytest.mark.parametrize("mode", ["include", "exclude"])


def expected_match(case: dict[str, Any]) -> StopMatch | None:
    return StopMatch(case["stop"], case["start"], case["end"]) if case["stop"] else None


def test_there_are_fifty_cases() -> None:
    assert len(CASES) == 50


@each_case
@each_mode
def test_a_whole_text_is_cut_as_written_down(case: dict[str, Any], mode: str) -> None:
    stops = StopSequences(case["stops"], include=mode == "include")
    text = "".join(case["deltas"])
    assert stops.find(text) == expected_match(case)
    assert stops.cut(text) == case[mode]


@each_case
@each_mode
def test_deltas_are_emitted_as_written_down(case: dict[str, Any], mode: str) -> None:
    scanner = StopSequences(case["stops"], include=mode == "include").scanner()
    emitted = [*map(scanner.feed, case["deltas"]), scanner.flush()]
    assert emitted == case[f"emit_{mode}"]
    assert scanner.match == expected_match(case)


@each_case
@each_mode
@pytest.mark.parametrize("pieces", ["whole", "characters"])
def test_other_deltas_give_the_same_text(case: dict[str, Any], mode: str, pieces: str) -> None:
    text = "".join(case["deltas"])
    scanner = StopSequences(case["stops"], include=mode == "include").scanner()
    deltas = [text] if pieces == "whole" else list(text)
    assert "".join([*map(scanner.feed, deltas), scanner.flush()]) == case[mode]
    assert scanner.match == expected_match(case)
