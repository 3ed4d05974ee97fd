from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from langchain_model_parts import StopSequences
from langchain_model_parts.answer import Answer, stops_to_send
from text_models import KINDS, PATHS, Spoken, SpokenChat, aask, ask, of_kind

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).parents[1].joinpath("stop_cases.json").read_text(encoding="utf-8")
)
EXPECTED = {mode: {case["name"]: case[mode] for case in CASES} for mode in ("include", "exclude")}


def said(models: dict[str, Any], path: str) -> dict[str, str]:
    """Return what each case's model answers on a path, when asked with the case's stops."""
    if path in {"invoke", "batch", "stream"}:
        return {c["name"]: ask(models[c["name"]], path, stop=c["stops"]) for c in CASES}

    async def all_of_them() -> dict[str, str]:
        return {c["name"]: await aask(models[c["name"]], path, "?", stop=c["stops"]) for c in CASES}

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("mode", ["include", "exclude"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("base", [Spoken, SpokenChat])
def test_the_text_is_the_rules_whatever_the_provider_does(
    base: Any, kind: str, mode: str, path: str
) -> None:
    make = of_kind(base, kind)
    models = {c["name"]: make(deltas=c["deltas"], include_stop=mode == "include") for c in CASES}
    assert said(models, path) == EXPECTED[mode]


@pytest.mark.parametrize("mode", ["include", "exclude"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_does_not_matter_which_of_two_stops_the_provider_takes(kind: str, mode: str) -> None:
    make = of_kind(Spoken, kind)
    models = {
        c["name"]: make(deltas=c["deltas"], include_stop=mode == "include", tie="shortest")
        for c in CASES
    }
    assert said(models, "stream") == EXPECTED[mode]


@pytest.mark.parametrize("mode", ["include", "exclude"])
@pytest.mark.parametrize("kind", ["ignores", "keeps"])
@pytest.mark.parametrize("declared", KINDS)
def test_a_stop_that_the_provider_leaves_in_is_cut_whatever_is_declared(
    declared: str, kind: str, mode: str
) -> None:
    make = of_kind(Spoken, kind, declared)
    models = {c["name"]: make(deltas=c["deltas"], include_stop=mode == "include") for c in CASES}
    assert said(models, "stream") == EXPECTED[mode]


NESTED = ["b", "ab"]  # they end together
SENT: list[tuple[str, list[str], str, tuple[str, ...]]] = [
    ("ignores", ["END"], "include", ()),
    ("ignores", ["END"], "exclude", ()),
    ("keeps", ["END", "###", "END of"], "include", ("END", "###")),
    ("keeps", ["END", "###"], "exclude", ("END", "###")),
    ("keeps", NESTED, "exclude", ("b", "ab")),
    ("names", ["END", "###"], "include", ("END", "###")),
    ("names", NESTED, "exclude", ("b", "ab")),
    ("strips", ["END"], "include", ("END",)),
    ("strips", ["END", "END of"], "include", ("END",)),
    ("strips", ["END", "###"], "include", ()),
    ("strips", ["END", "###"], "exclude", ("END", "###")),
    ("strips", NESTED, "exclude", ()),
    ("strips", ["xb", "ab"], "exclude", ("xb", "ab")),
    ("hides", ["END"], "include", ()),
    ("hides", ["END", "###"], "exclude", ("END", "###")),
    ("hides", NESTED, "exclude", ()),
    ("strips", [], "exclude", ()),
]


@pytest.mark.parametrize(("kind", "stops", "mode", "sent"), SENT)
def test_a_provider_is_told_the_stops_with_which_the_answer_is_exact(
    kind: Any, stops: list[str], mode: str, sent: tuple[str, ...]
) -> None:
    assert stops_to_send(StopSequences(stops, include=mode == "include"), kind) == sent


def test_nested_stops_are_found_among_many() -> None:
    stops = StopSequences(["x", "c", "aab", "d", "ab"], include=False)
    assert stops_to_send(stops, "strips") == ()


def test_what_to_send_is_kept_for_a_handful_of_stop_sets() -> None:
    assert stops_to_send.cache_parameters()["maxsize"] == 64


def test_an_answer_holds_what_it_needs_and_no_more() -> None:
    answer = Answer("Model", StopSequences(["END"]), "ignores", ())
    assert answer.cut is False
    with pytest.raises(AttributeError):
        answer.other = 1  # type: ignore[attr-defined]  # there is one for each call
