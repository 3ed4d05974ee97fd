"""Running a suite without pytest around it: fast enough for a hundred broken models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from langchain_model_conformance import ConformanceFailure, DeclarationFailure, checks_of
from langchain_model_conformance.checks import concurrency

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Outcome:
    """What the checks said, by `id` or `id[case]`."""

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
    outcome = Outcome()
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
