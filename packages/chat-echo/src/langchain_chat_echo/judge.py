"""Judging values by a JSON schema: `jsonschema-rs`, with a limit, since it has none of its own.

It goes every way through a schema. Where two branches lead to one definition, and its own branches
to the next, each level doubles the ways: 30 levels take minutes. So the ways are counted first.
"""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from itertools import product
from typing import TYPE_CHECKING, Any

from langchain_chat_echo.errors import UnsatisfiableSchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jsonschema_rs import Validator

Schema = dict[str, Any] | bool

# The keywords in one table. The search reads those that a value is made for.
MAPS = {"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"}  # by name
DATA = {"const", "enum"}  # they hold no schema; all others may hold one, or a list
REFERENCES = {"$ref", "$dynamicRef"}
UNEVALUATED = {"unevaluatedItems", "unevaluatedProperties"}
JUDGED_ONLY = {"not", "if", "then", "else", "contains", "dependentSchemas", "$dynamicRef"}
JUDGED_ONLY |= UNEVALUATED  # nothing is made for them
SAME = {"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", *REFERENCES}
"""Their schemas are for the same value."""
INSIDE = {"properties", "patternProperties", "additionalProperties", "propertyNames"}
INSIDE |= {"prefixItems", "items", "contains", *UNEVALUATED}
"""Their schemas are for values inside it."""

MAX_VISITS = 10_000_000  # of schemas, each as often as a way leads to it: half a second
MAX_EXPLAINED = 50_000  # of these, those where all errors are told: two seconds
FEW_WAYS = 1_000  # from the root to all definitions: these need not be counted for each value

_AGAIN = 3  # times that the judge goes into a schema for `unevaluated…`, as measured


class Judge:
    """The judge of the values that are made in one cast.

    Args:
        validator: Returns the validator of a schema.
        target: Returns the schema that a reference leads to, given the keyword too.
        has_few_ways: Whether the ways need not be counted.
    """

    def __init__(
        self,
        validator: Callable[[Schema], Validator],
        target: Callable[[str, str], Schema],
        *,
        has_few_ways: bool,
    ) -> None:
        self._validator = validator
        self._target = target
        self._has_few_ways = has_few_ways
        self._visits = self._explained = 0
        self._of_scalars: dict[int, int] = {}  # by id of the schema

    def refusing(self, schemas: Iterable[Schema], value: Any) -> Schema | None:
        """Return the first of some schemas that refuses a value, or `None`.

        Raises:
            UnsatisfiableSchemaError: This takes too long, or a `$ref` is not supported.
        """
        for schema in schemas:
            self._visits += self._ways(schema, value)
            if self._visits > MAX_VISITS:
                problem = f"to judge it takes more than {MAX_VISITS} visits to schemas"
                raise UnsatisfiableSchemaError("", "size", problem)
            if not self._validator(schema).is_valid(value):
                return schema
        return None

    def rule(self, schema: Schema, value: Any) -> str:
        """Return the keyword by which a schema refuses a value; `schema` if that takes too long."""
        self._explained += self._ways(schema, value)
        if self._explained > MAX_EXPLAINED:
            return "schema"
        error = next(self._validator(schema).iter_errors(value))
        return next((str(k) for k in error.evaluation_path if k in JUDGED_ONLY), error.kind.name)

    def _ways(self, schema: Schema, value: Any) -> int:
        """Return how many schemas are visited at most, each as often as a way leads to it."""
        if self._has_few_ways:
            return 1
        if isinstance(value, (dict, list)):
            return self._counted(schema, value)
        if id(schema) not in self._of_scalars:  # the same for each of them
            self._of_scalars[id(schema)] = self._counted(schema, None)
        return self._of_scalars[id(schema)]

    def _counted(self, schema: Any, value: Any) -> int:
        """Return the number of visits; each pair of a schema and a value is looked at once."""
        counts: dict[tuple[int, int], int] = {}
        pending: list[tuple[Any, Any, list[tuple[Any, Any]]]] = [(schema, value, [])]
        while pending:
            schema, value, inner = pending.pop()
            if inner:
                counts[_key(schema, value)] += sum(counts[_key(*pair)] for pair in inner)
            elif _key(schema, value) not in counts:
                counts[_key(schema, value)] = 1
                if inner := [*self._inner(schema, value)]:
                    pending.append((schema, value, inner))  # again when the inner are counted
                    pending += ((*pair, []) for pair in inner)
        return counts[_key(schema, value)]

    def _inner(self, schema: Any, value: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the schemas that a schema leads to, each with a value that it judges."""
        inside = _members(value)
        same = [value] * (_AGAIN if schema.keys() & UNEVALUATED else 1)
        for keyword in schema.keys() & (SAME | INSIDE):
            found = schema[keyword]
            if keyword in REFERENCES:
                found = self._target(found, keyword)
            many = keyword in MAPS or isinstance(found, list)
            schemas = _members(found) if many else {0: found}
            if keyword in ("properties", "prefixItems"):
                pairs = ((schemas[name], inside[name]) for name in schemas.keys() & inside.keys())
                yield from ((s, v) for s, v in pairs if isinstance(s, dict))
            else:
                inner = (each for each in schemas.values() if isinstance(each, dict))
                yield from product(inner, same if keyword in SAME else inside.values())


def has_few_ways(references: Iterable[tuple[str, str]]) -> bool:
    """Return whether few ways lead to each schema, whatever the value is.

    Args:
        references: Where each `$ref` stands, and what it leads to, as JSON pointers.
    """
    referring = defaultdict(list)
    for place, target in references:
        if target.rpartition("/")[0] not in ("#/$defs", "#/definitions"):
            return False
        referring[_definition(place)].append(target)
    try:
        ways: dict[str, int] = {}
        for name in TopologicalSorter(referring).static_order():
            ways[name] = 1 + sum(ways[inner] for inner in referring[name])
    except CycleError:
        return False
    return ways.get("#", 1) <= FEW_WAYS


def _definition(pointer: str) -> str:
    """Return the definition that a JSON pointer leads into, or the root."""
    parts = pointer.split("/")
    return "/".join(parts[:3]) if parts[1:2] in (["$defs"], ["definitions"]) else "#"


def _key(schema: Any, value: Any) -> tuple[int, int]:
    return id(schema), id(value) if isinstance(value, (dict, list)) else 0


def _members(found: Any) -> dict[Any, Any]:
    """Return what a list holds by index, or an object by name."""
    held = dict(enumerate(found)) if isinstance(found, list) else found
    return held if isinstance(held, dict) else {}
