"""Why a text cannot be cast into a schema, and how values are shown in messages."""

from __future__ import annotations

import reprlib
from typing import Any


class UnsatisfiableSchemaError(ValueError):
    """No value could be made: the message names the property and the rule.

    Args:
        path: Where the value would stand, such as `trip.cities[0]`; empty for the whole.
        rule: The keyword that is in the way, such as `pattern`.
        problem: What was wrong and what was got.
    """

    path: str
    """Where the value would stand, such as `trip.cities[0]`; empty for the whole."""

    rule: str
    """The keyword that is in the way, such as `pattern`."""

    def __init__(self, path: str, rule: str, problem: str) -> None:
        super().__init__(path, rule, problem)  # all three, so that it can be pickled
        self.path = path
        self.rule = rule

    def __str__(self) -> str:
        where = f"`{self.path}`" if self.path else "the arguments"
        return f"cannot fill {where}: {self.args[2]}; write the answer down in `replies`"


def shown(value: Any) -> str:
    """Return the `repr` of `value`, shortened to one line."""
    try:
        return _REPR.repr(value)
    except ValueError:  # an integer of more than 4 300 digits
        return f"a {type(value).__name__} too long to show"


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 80
