"""What a check is: a test method that knows its level, its reason and its mend."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, cast

import pytest

CheckMethod = TypeVar("CheckMethod", bound=Callable[..., None])

PREFIX = "test_"

SIX = ("invoke", "ainvoke", "batch", "abatch", "stream", "astream")
SYNC, ASYNC = SIX[::2], SIX[1::2]
ONE, BATCHES, STREAMS = SIX[:2], SIX[2:4], SIX[4:]


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
    finds_broken_paths: bool = False
    """Whether it runs on paths that are broken altogether."""

    def name(self, case: Mapping[str, str]) -> str:
        """Return what `expected_failures` calls one case: `id[case]`, or `id` if there is one."""
        return f"{self.id}[{case[self.argument]}]" if case else self.id

    def every_case(self) -> list[dict[str, str]]:
        """Return the arguments of each case."""
        return [{self.argument: case} for case in self.cases] or [{}]

    def names(self) -> list[str]:
        """Return what `expected_failures` may call it: `id` alone, or `id[case]` for one case."""
        return list(dict.fromkeys([self.id, *map(self.name, self.every_case())]))


def on(cases: Iterable[str]) -> Callable[[CheckMethod], CheckMethod]:
    """Return a decorator that repeats a check over the values of its one parameter."""

    def decorate(method: CheckMethod) -> CheckMethod:
        cast("Any", method).cases = tuple(cases)
        return method

    return decorate


def check(
    level: Level, mend: str, *, finds_broken_paths: bool = False
) -> Callable[[CheckMethod], CheckMethod]:
    """Return a decorator that makes a method of a suite a check; its doc-string is what it says.

    Args:
        level: How much a failure matters.
        mend: What to change when the check fails.
        finds_broken_paths: Run on paths that are broken altogether. All other checks leave these
            out, so that one broken path is one failure and not twenty.
    """

    def decorate(method: CheckMethod) -> CheckMethod:
        _, argument, *_ = *inspect.signature(method).parameters, ""
        about = Check(
            id=method.__name__.removeprefix(PREFIX),
            level=level,
            says=method.__doc__ or "",
            mend=mend,
            argument=argument,
            cases=getattr(method, "cases", SIX if argument else ()),
            finds_broken_paths=finds_broken_paths,
        )

        @functools.wraps(method)
        def run(self: Any, **case: str) -> None:
            self._run_check(about, case, functools.partial(method, self))

        marked: Any = pytest.mark.parametrize(argument, about.cases)(run) if argument else run
        marked.conformance_check = about
        return cast("CheckMethod", marked)

    return decorate


must, should, doc = (functools.partial(check, level) for level in Level)
"""`check` of each level: `@must("What to change.")`."""


def check_of(function: Any) -> Check | None:
    """Return what `function` checks, or None if it is no check."""
    found = getattr(function, "conformance_check", None)
    return found if isinstance(found, Check) else None


def checks_of(suite: type) -> list[Check]:
    """Return the checks of `suite`, in the order of their definition in the class and its bases."""
    functions = {name: getattr(suite, name) for name in _names_of_checks(suite)}
    return [about for function in functions.values() if (about := check_of(function))]


def replaced_in(suite: type) -> list[str]:
    """Return the ids of the checks that a subclass overrides or sets to None."""
    names = _names_of_checks(suite)
    return [name.removeprefix(PREFIX) for name in names if not check_of(getattr(suite, name))]


def _names_of_checks(suite: type) -> list[str]:
    """Return the name of each method that is a check in the class or in one of its bases."""
    bases = reversed(inspect.getmro(suite))
    found = [name for base in bases for name, value in vars(base).items() if check_of(value)]
    return list(dict.fromkeys(found))
