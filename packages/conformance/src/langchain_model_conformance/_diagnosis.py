"""How a failure reads: a diagnosis, not a traceback."""

from __future__ import annotations

import textwrap
import traceback
from typing import TYPE_CHECKING, NoReturn, TypeAlias, TypeVar

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from _pytest.outcomes import Failed  # what the documented name is, which no checker knows

    from langchain_model_conformance._check import Check
else:
    Failed = pytest.fail.Exception

PLACE = "README.md#{} of langchain-model-conformance"
Result = TypeVar("Result")
Attempted: TypeAlias = "tuple[Result, None] | tuple[None, Exception]"
LONGEST_SHOWN = 200  # characters of a repr: enough to recognise a text, short enough to read


class Finding(Exception):  # noqa: N818  # not an error of ours: what a check found
    """A check's verdict that the model does something else than the checklist says."""

    def __init__(self, observed: str, expected: str, declared: str = "") -> None:
        super().__init__(f"{observed}; expected {expected}")
        self.observed, self.expected, self.declared = observed, expected, declared


class NotApplicable(Exception):  # noqa: N818  # not an error: a check without a subject
    """A check has nothing to look at; its text says why."""


class PlainFailure(Failed):
    """A failed test that pytest shows as its text alone: a traceback would lead in here."""

    def __init__(self, text: str) -> None:
        super().__init__(text, pytrace=False)


class DeclarationFailure(PlainFailure):
    """One failure for all that is wrong with a class's declarations."""

    def __init__(self, suite: str, problems: list[str], name: str) -> None:
        lines = [f"{suite} cannot be checked ({name} is the first check that ran):"]
        lines += [f"  * {problem}" for problem in problems]
        super().__init__("\n".join([*lines, _row("docs", PLACE.format("what-to-declare"))]))
        self.problems = problems
        """What is wrong, each with what to write."""


class ConformanceFailure(PlainFailure):
    """A failed check as a diagnosis: what was seen, what was expected, why, and the mend."""

    def __init__(
        self, check: Check, name: str, observed: str, expected: str, mend: str = ""
    ) -> None:
        self.check = check
        """The check that failed."""
        self.name = name
        """Its id, with the case in brackets if it has cases."""
        self.observed = observed
        """What the model did."""
        self.expected = expected
        """What the checklist wants."""
        self.mend = mend or check.mend
        """What to change."""
        super().__init__(diagnosis(check, name, {name: (observed, expected)}, [self.mend]))


def diagnosis(
    check: Check, title: str, seen: Mapping[str, tuple[str, str]], mends: Iterable[str]
) -> str:
    """Return the text of a failure, with what was observed and expected in each of its cases."""
    lines = [f"{check.level.name} {title}"]
    for where, (observed, expected) in seen.items():
        at = f"[{where}] " if len(seen) > 1 else ""
        lines += [_row("observed", f"{at}{observed}"), _row("expected", f"{at}{expected}")]
    lines.append(_row("checklist", check.says))
    lines += [_row("to mend", mend) for mend in dict.fromkeys(mends)]
    return "\n".join([*lines, _row("docs", PLACE.format(check.id))])


def _row(label: str, text: str) -> str:
    return textwrap.indent(f"{label + ':':<11}{text}", "  ")


def found(observed: str, expected: str, *, declared: str = "") -> NoReturn:
    """Report a finding; `declared` is the declaration that may be wrong instead of the model."""
    raise Finding(observed, expected, declared)


def same(got: object, wanted: object, what: str, *, declared: str = "") -> None:
    """Report a finding if two values differ; `what` precedes the value: "invoke answered"."""
    if got != wanted:
        found(f"{what} {shown(got)}", shown(wanted), declared=declared)


def not_applicable(reason: str) -> NoReturn:
    """Report that a check has no subject; the summary counts by the reason."""
    raise NotApplicable(reason)


def attempt(call: Callable[[], Result]) -> Attempted[Result]:
    """Return what a call returned, or the exception that it raised; a verdict goes through."""
    try:
        return call(), None
    except (Finding, NotApplicable):
        raise
    except Exception as error:  # noqa: BLE001  # a model may raise anything
        return None, error


def shown(value: object) -> str:
    """Return the repr of `value`, shortened in the middle."""
    text = repr(value)
    if len(text) <= LONGEST_SHOWN:
        return text
    half = LONGEST_SHOWN // 2
    return f"{text[:half]}...{text[-half:]}"


def all_errors(error: BaseException | None) -> list[BaseException]:
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
