"""Running a suite without pytest around it: fast enough for a hundred broken models."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from langchain_model_conformance import ConformanceFailure, DeclarationFailure, checks_of
from langchain_model_conformance.checks import concurrency

if TYPE_CHECKING:
    from collections.abc import Iterator


VARYING = {
    r"\d+( ms|%)": r"...\1",
    r" at \S+:\d+ in \w+": "",
    r"\bPatternError\b": "error",  # its name before Python 3.13
    r"AIMessage\(.*": "AIMessage(...",  # what core writes of one
    r"metadata=\{.*\}, ": "",  # which newer cores add to a model
}
"""What differs between runs, Pythons and langchain-cores in a failure, and what stands for it."""


@dataclass
class Outcome:
    """What the checks said, by `id` or `id[case]`."""

    suite: type[Any]
    """The test class."""
    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)

    def failed_ids(self) -> set[str]:
        """Return the ids of failed checks, whatever the case."""
        return {name.partition("[")[0] for name in self.failed}


def run_suite(suite: type[Any], *only: str, rounds: int = 2) -> Outcome:
    """Return the outcome of the checks of `suite`.

    Args:
        suite: A test class of an author.
        only: The ids of the checks to run; none means all.
        rounds: How often threads race; what is planted here takes its time, so it needs no luck.
    """
    with (
        patch.object(concurrency, "ROUNDS", rounds),
        patch.object(concurrency, "LEAST_PATIENCE", 1),
    ):
        return _outcome_of(suite, only)


def _outcome_of(suite: type[Any], only: tuple[str, ...]) -> Outcome:
    outcome = Outcome(suite)
    for name, test, arguments in cases_of(suite):
        if only and name.partition("[")[0] not in only:
            continue
        try:
            getattr(suite(), test)(**arguments)
        except (ConformanceFailure, DeclarationFailure) as failure:
            outcome.failed[name] = str(failure)
        except pytest.skip.Exception as skip:
            outcome.skipped[name] = str(skip)
        else:
            outcome.passed.append(name)
    return outcome


def cases_of(suite: type[Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield name, method and arguments of every case of every check."""
    for about in checks_of(suite):
        if not about.cases:
            yield about.id, f"test_{about.id}", {}
        for case in about.cases:
            yield f"{about.id}[{case}]", f"test_{about.id}", {about.argument: case}


def told(outcome: Outcome, usual: Outcome) -> dict[str, dict[str, list[str]]]:
    """Return what an author reads of a broken model, but for what differs from run to run.

    Of each check that failed, or does not apply, it is the first text and the names of all cases.

    Args:
        outcome: That of the broken model.
        usual: That of the healthy one: what does not apply to it either is left out.
    """
    failed = {name: _steady(text) for name, text in outcome.failed.items()}
    if outcome.failed_ids() & {"threads", "tasks"}:
        failed = {}  # which calls lose a race, and what they get, is luck
    left_out = _skipped(usual).items()
    skipped = dict(item for item in _skipped(outcome).items() if item not in left_out)
    return {"failed": _by_check(failed), "skipped": _by_check(skipped)}


def _by_check(texts: dict[str, str]) -> dict[str, list[str]]:
    """Return for each check the first text, and the names of the cases."""
    names: dict[str, list[str]] = {}
    for name in texts:
        names.setdefault(name.partition("[")[0], []).append(name)
    return {check: [texts[cases[0]], " ".join(cases)] for check, cases in names.items()}


def _skipped(outcome: Outcome) -> dict[str, str]:
    """Return why cases were skipped, without the name of the model, but for a busy machine."""
    model = outcome.suite.__name__.removeprefix("Test")
    return {
        name: why.replace(model, "the model")
        for name, why in outcome.skipped.items()
        if "the machine is too busy" not in why
    }


def _steady(text: str) -> str:
    """Return the head of a failure without what varies."""
    head = text.partition("\n  checklist:")[0]
    for pattern, stands_for_it in VARYING.items():
        head = re.sub(pattern, stands_for_it, head)
    return head
