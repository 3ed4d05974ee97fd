"""What several schemas ask of one value together, and where that value stands."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_chat_echo.schema.errors import UnsatisfiableSchemaError, shown

if TYPE_CHECKING:
    from langchain_chat_echo.schema.document import Schema

Parts = Sequence[Mapping[str, Any]]
"""The schemas of one value, without those that they merely refer to."""

TYPES = ("null", "boolean", "object", "array", "number", "integer", "string")

MAX_DEPTH = 50
"""Levels of nested values and alternatives. Python allows 1 000 frames of stack for all callers
together, a level takes about four, and the arguments of real tools nest fewer than ten levels."""

MAX_ITEMS = 1_000
"""Items or properties that a schema may demand, and fixed values tried for one place. An echo has
nothing to fill more with, and a `minItems` of a billion must not fill the memory instead."""

_HINTS = {
    "object": {"properties", "required", "additionalProperties", "patternProperties"},
    "array": {"items", "prefixItems", "minItems", "contains", "uniqueItems"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}
"""The keywords that tell the type where none is named."""

WRAPPING = {"$ref", "allOf", "anyOf", "oneOf", "$defs", "definitions", "discriminator"}
"""The keywords that ask for nothing that other schemas do not ask for."""


@dataclass(frozen=True)
class Place:
    """Where a value stands."""

    path: str = ""
    depth: int = 0
    around: frozenset[Hashable] = frozenset()
    """What the values around it were made for."""

    def error(self, rule: str, problem: str) -> UnsatisfiableSchemaError:
        """Return the error that names this place."""
        return UnsatisfiableSchemaError(self.path, rule, problem)

    def inside(self, step: str = "") -> Place:
        """Return the place one level further in."""
        return Place((self.path + step).strip("."), self.depth + 1, self.around)


def every(parts: Iterable[Mapping[str, Any]], keyword: str) -> Iterator[Any]:
    """Return the values of `keyword` in all `parts` that have it."""
    return (part[keyword] for part in parts if keyword in part)


def demanded(parts: Parts, keyword: str, limit: int, place: Place, default: int = 0) -> int:
    """Return the largest value of `keyword`, which may not be above `limit`."""
    demanded = int(max(every(parts, keyword), default=default))
    if demanded > limit:
        problem = f"`{keyword}` is more than an echo fills: at most {limit}, got {shown(demanded)}"
        raise place.error(keyword, problem)
    return demanded


def fixed_values(parts: Parts) -> list[Any]:
    """Return the values of the first `const` or `enum`."""
    fixed = (part.get("enum", [part.get("const")]) for part in parts if {"const", "enum"} & {*part})
    return next(fixed, [])


def types(parts: Parts, only: Sequence[str]) -> list[str]:
    """Return the types that all `parts` allow, in the order of preference."""
    named = [[t] if isinstance(t, str) else t for t in every(parts, "type")]
    hinted = [name for name, hints in _HINTS.items() if any(hints & part.keys() for part in parts)]
    order = named[0] if named else [*hinted, "string", *only]
    order = [each for name in order for each in ([name, "integer"] if name == "number" else [name])]
    return [
        name
        for name in dict.fromkeys(order)
        if name in only
        and all(name in some or (name == "integer" and "number" in some) for some in named)
    ]


def item_schema(part: Mapping[str, Any], index: int) -> Schema:
    """Return what `part` asks of the array item at `index`."""
    prefix = part.get("prefixItems", ())
    schema: Schema = prefix[index] if index < len(prefix) else part.get("items", True)
    return schema
