"""The tables of broken models: how a class gets into one, and how one is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from healthy_llm import EMPTY, FAILS

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Defect:
    """A broken model and its diagnosis."""

    model: type[Any]
    """The model."""
    fails: frozenset[str]
    """The ids of the checks that must fail on it, and no others."""
    declared: dict[str, Any] = field(default_factory=dict)
    """Declarations that differ from `DECLARED`."""


DECLARED: dict[str, Any] = {
    "stop_policy": "include",
    "distinguishing_params": {"n": 3},
    "secret_params": {"api_key": "HEALTHY_API_KEY"},
    "empty_prompt": EMPTY,
    "error_prompt": FAILS,
    "expected_completion": lambda _, prompt: prompt[:1000],
}


def planted(table: list[Defect], healthy: type[Any], **always: Any) -> Callable[..., Any]:
    """Return a decorator that puts a class into `table`, with its diagnosis.

    A class without a doc-string gets the healthy one's, about itself: it has one defect only.

    Args:
        table: Where to.
        healthy: What the class is one change of.
        always: What is declared of `healthy` beside `DECLARED`.
    """

    def with_diagnosis(*fails: str, **declared: Any) -> Callable[[type[Any]], type[Any]]:
        def add(model: type[Any]) -> type[Any]:
            if model.__doc__ is None:
                model.__doc__ = (healthy.__doc__ or "").replace(healthy.__name__, model.__name__)
            table.append(Defect(model, frozenset(fails), {**always, **declared}))
            return model

        return add

    return with_diagnosis


def suite_for(base: type[Any], prefix: str, defect: Defect) -> type[Any]:
    """Return the test class that an author would write for the defect's model.

    Args:
        base: The suite.
        prefix: What its declarations of the class and of its arguments begin with.
        defect: The model, and what is declared differently.
    """
    declared = {
        **DECLARED,
        f"{prefix}_class": defect.model,
        f"{prefix}_params": {"n": 1000},
        **defect.declared,
    }
    return type(f"Test{defect.model.__name__}", (base,), declared)
