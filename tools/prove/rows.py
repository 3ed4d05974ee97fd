"""A row of the report: what was promised, and the figure that was measured."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One promise beside its figure."""

    what: str
    """What was measured."""
    goal: str
    """What the figure has to be."""
    figure: str
    """What it is."""
    reached: bool
    """Whether it is that."""


def at_most(what: str, figure: float, goal: float, unit: str) -> Row:
    """Return the row of a figure that has an upper bound."""
    return Row(what, f"at most {_number(goal)} {unit}", _number(figure), figure <= goal)


def at_least(what: str, figure: float, goal: float, unit: str) -> Row:
    """Return the row of a figure that has a lower bound."""
    return Row(what, f"at least {_number(goal)} {unit}", _number(figure), figure >= goal)


def none_wrong(what: str, wrong: list[str], tried: int) -> Row:
    """Return the row of cases none of which may be wrong; the figure names the first that are.

    Args:
        what: What was tried.
        wrong: What is wrong, a line for each case that is.
        tried: How many cases there were; none at all prove nothing, so the goal is missed then.
    """
    figure = "; ".join([f"{len(wrong)} of {tried:,}", *wrong[:3]])
    return Row(what, "none wrong", figure, bool(tried) and not wrong)


def _number(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
