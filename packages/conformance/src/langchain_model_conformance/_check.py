"""What a check is: a test method that knows its level, its reason and its mend."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pytest

from langchain_model_conformance._diagnosis import (
    ConformanceFailure,
    Finding,
    NotApplicable,
    describe_error,
)
from langchain_model_conformance._isolation import isolated

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from langchain_model_conformance._suite import ConformanceSuite

CheckMethod = TypeVar("CheckMethod", bound=Callable[..., None])

PREFIX = "test_"
SIX = ("invoke", "ainvoke", "batch", "abatch", "stream", "astream")


class Level(str, Enum):
    """How much a failed check matters; the value is the name of its pytest marker."""

    MUST = "must"
    """The contract: callers, caches or tracers get something wrong."""
    SHOULD = "should"
    """Quality: it works, and costs its users time or trust."""
    DOC = "doc"
    """Documentation: what the API reference shows."""


@dataclass(frozen=True)
class Check:
    """What is known of a check without running it."""

    id: str
    """The test function's name without `test_`; the key for `expected_failures`."""
    level: Level
    """How much a failure matters."""
    says: str
    """The sentence of the checklist that is checked."""
    mend: str
    """What to change when it fails."""
    argument: str = ""
    """The name of the parameter that tells the cases apart; empty if there is one case."""
    cases: tuple[str, ...] = ()
    """The values of `argument`."""

    def names(self) -> list[str]:
        """Return what `expected_failures` may call it: `id` alone, or `id[case]` for one case."""
        return [self.id, *(f"{self.id}[{case}]" for case in self.cases)]


def check(  # noqa: PLR0913  # keyword arguments, each with a name of its own
    level: Level,
    *,
    says: str,
    mend: str,
    each: tuple[str, Sequence[str]] | None = None,
    needs: Sequence[str] = (),
    finds_broken_paths: bool = False,
) -> Callable[[CheckMethod], CheckMethod]:
    """Return a decorator that makes a method of a suite a check.

    The check runs in isolation (no tracing, no global cache), and whatever it raises becomes a
    diagnosis: an exception of the model's own is a finding too.

    Args:
        level: How much a failure matters.
        says: The checklist's sentence.
        mend: What to change when the check fails.
        each: The name and the values of the parameter it is repeated over.
        needs: Paths that it uses beside the one it is repeated over.
        finds_broken_paths: Run on paths that are broken altogether. All other checks leave these
            out, so that one broken path is one failure and not twenty.
    """

    def decorate(method: CheckMethod) -> CheckMethod:
        about = Check(
            id=method.__name__.removeprefix(PREFIX),
            level=level,
            says=says,
            mend=mend,
            argument=each[0] if each else "",
            cases=tuple(each[1]) if each else (),
        )

        @functools.wraps(method)
        def run(self: ConformanceSuite, **case: str) -> None:
            name = f"{about.id}[{case[about.argument]}]" if case else about.id
            self._require_sound_declarations(name)
            try:
                with isolated():
                    if not finds_broken_paths:
                        for path in (*needs, case.get("path")):
                            if path in SIX:
                                self._require_path(path)
                    method(self, **case)
            except NotApplicable as reason:
                if not self._is_stale(about, name):
                    pytest.skip(str(reason))
                # A known failure that no longer applies passes, which a strict xfail reports.
            except Finding as finding:
                said = self._censored(finding.observed), self._censored(finding.expected)
                raise ConformanceFailure(about, name, *said) from None
            except Exception as error:  # whatever the model raises is a finding
                observed = self._censored(describe_error(error))
                raise ConformanceFailure(about, name, observed, "no error") from error

        marked: Any = pytest.mark.parametrize(*each)(run) if each else run
        marked.conformance_check = about
        return cast("CheckMethod", marked)

    return decorate


def check_of(function: Any) -> Check | None:
    """Return what `function` checks, or None if it is no check."""
    found = getattr(function, "conformance_check", None)
    return found if isinstance(found, Check) else None


def checks_of(suite: type) -> list[Check]:
    """Return every check of `suite`, in the order of its definition in the class and its bases."""
    found = {about.id: about for about in _all_checks(suite)}
    return list(found.values())


def _all_checks(suite: type) -> Iterator[Check]:
    for base in reversed(inspect.getmro(suite)):
        for value in vars(base).values():
            about = check_of(value)
            if about:
                yield about
