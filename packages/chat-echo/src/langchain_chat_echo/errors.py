"""Why a text cannot be cast into a schema."""

from __future__ import annotations


class UnsatisfiableSchemaError(ValueError):
    """No value could be made: the message names the property and the rule."""

    path: str
    """Where the value would stand, such as `trip.cities[0]`; empty for the whole."""

    rule: str
    """The keyword that is in the way, such as `pattern`."""

    def __init__(self, path: str, rule: str, problem: str) -> None:
        super().__init__(path, rule, problem)  # all three, so that it can be pickled
        self.path = path.lstrip(".")
        self.rule = rule

    def __str__(self) -> str:
        where = f"`{self.path}`" if self.path else "the arguments"
        return f"cannot fill {where}: {self.args[2]}; write the answer down in `replies`"
