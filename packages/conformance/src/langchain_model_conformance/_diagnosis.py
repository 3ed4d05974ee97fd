"""How a failure reads: a diagnosis, not a traceback."""

from __future__ import annotations

import textwrap
import traceback
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from _pytest.outcomes import Failed  # what the documented name is, which no checker knows

    from langchain_model_conformance._check import Check
else:
    Failed = pytest.fail.Exception

LONGEST_SHOWN = 200  # characters of a repr: enough to recognise a text, short enough to read


class Finding(Exception):  # noqa: N818  # not an error of ours: what a check found
    """A check's verdict that the model does something else than the checklist says."""

    def __init__(self, observed: str, expected: str) -> None:
        super().__init__(f"{observed}; expected {expected}")
        self.observed = observed
        """What the model did."""
        self.expected = expected
        """What the checklist wants."""


class NotApplicable(Exception):  # noqa: N818  # not an error: a check without a subject
    """A check has nothing to look at; its text says why."""


class PlainFailure(Failed):
    """A failed test that pytest shows as its text alone: a traceback would lead in here."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines), pytrace=False)


class ConformanceFailure(PlainFailure):
    """A failed check as a diagnosis: what was seen, what was expected, why, and the mend."""

    def __init__(self, check: Check, name: str, observed: str, expected: str) -> None:
        rows = [
            ("observed", observed),
            ("expected", expected),
            ("checklist", check.says),
            ("to mend", check.mend),
        ]
        lines = [f"{check.level.name} {name}"]
        for label, text in rows:
            lines.append(textwrap.indent(f"{label + ':':<11}{text}", "  "))
        super().__init__(lines)
        self.check = check
        """The check that failed."""
        self.name = name
        """Its id, with the case in brackets if it has cases."""
        self.observed = observed
        """What the model did."""
        self.expected = expected
        """What the checklist wants."""


def found(observed: str, expected: str) -> NoReturn:
    """Report a finding.

    Args:
        observed: What the model did.
        expected: What the checklist wants.

    Raises:
        Finding: Always.
    """
    raise Finding(observed, expected)


def not_applicable(reason: str) -> NoReturn:
    """Report that a check has no subject.

    Args:
        reason: Why; the summary counts by it, so it is the same for the same cause.

    Raises:
        NotApplicable: Always.
    """
    raise NotApplicable(reason)


def shown(value: object) -> str:
    """Return the repr of `value`, shortened in the middle."""
    text = repr(value)
    if len(text) <= LONGEST_SHOWN:
        return text
    half = LONGEST_SHOWN // 2
    return f"{text[:half]}...{text[-half:]}"


def all_errors(error: BaseException) -> list[BaseException]:
    """Return an error and all that led to it, each once: `raise error from error` is a circle."""
    errors: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop(0)
        if one is not None and not any(one is known for known in errors):
            errors.append(one)
            waiting += [one.__cause__, one.__context__]
    return errors


def describe_error(error: BaseException) -> str:
    """Return one line for an exception: its type, its text and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    text = str(error).splitlines()[0] if str(error) else ""
    where = f" at {frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return f"{type(error).__name__}: {text[:LONGEST_SHOWN]}{where}"
