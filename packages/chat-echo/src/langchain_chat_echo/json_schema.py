"""A JSON schema, read once, and whether a value satisfies it: Draft 7 and 2020-12."""

from __future__ import annotations

import math
import operator
import re
import reprlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from langchain_chat_echo.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

Schema = Mapping[str, Any] | bool

MAX_DEPTH = 50
"""Levels of nested values and alternatives. Python allows 1 000 frames of stack for all callers
together, a level takes about four, and the arguments of real tools nest fewer than ten levels."""

MAX_STEPS = 100_000
"""Schemas visited for one value: a second or two. What needs more doubles with each level."""

MAX_BITS = 10_000
"""Bits of an integer in a schema: Python refuses to print 4 301 digits, which are 14 285 bits."""

TYPES = ("null", "boolean", "object", "array", "number", "integer", "string")


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
        return f"cannot fill {where}: {self.args[2]}; write the call down with `script`"


def identity(value: Any) -> Hashable:
    """Return a key, equal for what JSON Schema calls equal: 1 and 1.0, but not 1 and true."""
    if isinstance(value, dict):
        return "object", frozenset((name, identity(item)) for name, item in value.items())
    if isinstance(value, list):
        return "array", tuple(map(identity, value))
    return isinstance(value, bool), value


def prefix_of(schema: Mapping[str, Any]) -> list[Schema]:
    """Return the schemas of the first items: `prefixItems`, in Draft 7 a list under `items`."""
    items = schema.get("items")
    prefix: list[Schema] = items if isinstance(items, list) else schema.get("prefixItems", [])
    return prefix


def item_schema(schema: Mapping[str, Any], index: int) -> Schema:
    """Return what `schema` asks of the array item at `index`."""
    prefix = prefix_of(schema)
    if index < len(prefix):
        return prefix[index]
    rest: Schema = schema.get(
        "additionalItems" if isinstance(schema.get("items"), list) else "items", True
    )
    return rest


def property_schemas(schema: Mapping[str, Any], name: str) -> list[Schema]:
    """Return everything that `schema` asks of the property `name`."""
    patterns = schema.get("patternProperties", {}).items()
    found = [sub for pattern, sub in patterns if re.search(pattern, name)]
    if name in schema.get("properties", {}):
        found.append(schema["properties"][name])
    return found or [schema.get("additionalProperties", True)]


def has_dependencies(schema: Mapping[str, Any]) -> bool:
    """Return whether the presence of some property calls for more in `schema`."""
    return not _DEPENDENT.isdisjoint(schema)


def dependencies(schema: Mapping[str, Any], name: str) -> tuple[list[str], list[Schema]]:
    """Return the properties and the schemas that the presence of the property `name` calls for."""
    names = list(schema.get("dependentRequired", {}).get(name, ()))
    schemas = [schema.get("dependentSchemas", {}).get(name, True)]
    either = schema.get("dependencies", {}).get(name, True)  # Draft 7 had one keyword for both
    (names.extend if isinstance(either, list) else schemas.append)(either)
    return names, schemas


class SchemaDocument:
    """A schema that is known to be well-formed, with its references resolved.

    Args:
        root: The schema. It is read, never changed.

    Raises:
        UnsatisfiableSchemaError: A keyword is malformed, unsupported, or a reference leads nowhere.
    """

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._steps = 0
        self._targets: dict[int, Schema] = {}
        self._members: dict[int, frozenset[Hashable]] = {}
        pending: list[tuple[Any, str]] = [(root, "")]
        seen: dict[int, tuple[Mapping[str, Any], str]] = {}
        while pending:
            schema, path = pending.pop()
            if not isinstance(schema, (bool, Mapping)):
                raise UnsatisfiableSchemaError(
                    path,
                    "schema",
                    f"a schema must be an object, true or false, got {shown(schema)}",
                )
            if isinstance(schema, Mapping) and id(schema) not in seen:
                seen[id(schema)] = schema, path
                self._read(schema, path)
                found = [(sub, path) for sub in self.conjuncts(schema)]
                pending += reversed([*found, *_children(schema, path)])  # the first comes next
        self._refuse_endless(seen)

    def conjuncts(self, schema: Mapping[str, Any]) -> list[Schema]:
        """Return the schemas that a value has to satisfy as well: `$ref` and `allOf`."""
        target = [self._targets[id(schema)]] if id(schema) in self._targets else []
        return [*target, *schema.get("allOf", ())]

    def spend(self, path: str = "") -> None:
        """Count one step.

        Args:
            path: Where the work is done, for the error.

        Raises:
            UnsatisfiableSchemaError: There were more than `MAX_STEPS`.
        """
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise UnsatisfiableSchemaError(
                path, "size", f"the schema asks for too much: more than {MAX_STEPS} steps"
            )

    def violation(
        self,
        value: Any,
        schema: Schema,
        known: _Known,
        depth: int = 0,
    ) -> str | None:
        """Return the name of the first rule of `schema` that `value` breaks, or `None`.

        Args:
            value: A JSON value.
            schema: This document, or a schema inside it.
            known: Answers found so far, by the ids of value and schema; they keep the work linear.
            depth: Levels above this one.

        Raises:
            UnsatisfiableSchemaError: The schema nests too deeply.
        """
        if isinstance(schema, bool):
            return None if schema else "false"
        key = (id(value), id(schema))
        if key not in known:
            self.spend()
            if depth > 2 * MAX_DEPTH:
                raise UnsatisfiableSchemaError("", "depth", "the schema nests too deeply")
            known[key] = next(self._violations(value, schema, depth, known), None)
        return known[key]

    def _violations(
        self, value: Any, schema: Mapping[str, Any], depth: int, known: _Known
    ) -> Iterator[str]:
        def broken(item: Any, sub: Schema) -> str | None:
            return self.violation(item, sub, known, depth + 1)

        for sub in self.conjuncts(schema):
            if rule := broken(value, sub):
                yield rule
        if "type" in schema and not any(_has_type(value, name) for name in types_of(schema)):
            yield "type"
        if id(schema) in self._members and identity(value) not in self._members[id(schema)]:
            yield "const" if "const" in schema else "enum"
        yield from _branch_violations(value, schema, broken)
        if isinstance(value, str):
            yield from _string_violations(value, schema)
        elif _has_type(value, "number"):
            yield from _number_violations(value, schema)
        elif isinstance(value, list):
            yield from _array_violations(value, schema, broken)
        elif isinstance(value, dict):
            yield from _object_violations(value, schema, broken)

    def _refuse_endless(self, schemas: Mapping[int, tuple[Mapping[str, Any], str]]) -> None:
        """Raise where a schema refers to itself for the same value: validators never come back."""
        users: dict[int, list[int]] = {key: [] for key in schemas}
        uses: dict[int, int] = {}
        for key, (schema, _) in schemas.items():
            used = [id(sub) for sub in self._in_place(schema) if not isinstance(sub, bool)]
            uses[key] = len(used)
            for other in used:
                users[other].append(key)
        ready = [key for key, number in uses.items() if not number]
        while ready:  # what uses nothing, then what used only that, and so on
            for key in users[ready.pop()]:
                uses[key] -= 1
                if not uses[key]:
                    ready.append(key)
        for key, number in uses.items():
            if number:
                problem = (
                    "the schema refers to itself for the same value, so nothing can be checked"
                )
                raise UnsatisfiableSchemaError(schemas[key][1], "$ref", problem)

    def _in_place(self, schema: Mapping[str, Any]) -> list[Schema]:
        """Return the schemas that are applied to the same value as `schema`."""
        subs = [*self.conjuncts(schema), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
        subs += [schema[keyword] for keyword in ("not", "if", "then", "else") if keyword in schema]
        subs += schema.get("dependentSchemas", {}).values()
        either = schema.get("dependencies", {}).values()
        return [*subs, *(sub for sub in either if not isinstance(sub, list))]

    def _read(self, schema: Mapping[str, Any], path: str) -> None:
        for keyword, (accepts, expected) in _KEYWORDS.items():
            if keyword in schema and not accepts(schema[keyword]):
                problem = f"`{keyword}` must be {expected}, got {shown(schema[keyword])}"
                raise UnsatisfiableSchemaError(path, keyword, f"its schema is malformed: {problem}")
        if "$id" in schema and schema is not self._root:
            raise UnsatisfiableSchemaError(path, "$id", "a `$id` inside a schema is not supported")
        if "$ref" in schema:
            self._targets[id(schema)] = self._resolve(schema["$ref"], path)
        members = [set(map(identity, schema["enum"]))] if "enum" in schema else []
        if "const" in schema:
            members.append({identity(schema["const"])})
        if members:
            self._members[id(schema)] = frozenset(set.intersection(*members))

    def _resolve(self, reference: str, path: str) -> Any:
        found: Any = self._root
        location, _, pointer = reference.partition("#")
        problem = f"`$ref` {shown(reference)} leads nowhere in this schema"
        if location or pointer[:1] not in ("", "/"):
            raise UnsatisfiableSchemaError(path, "$ref", problem)
        try:
            for token in unquote(pointer).split("/")[1:]:
                key = token.replace("~1", "/").replace("~0", "~")
                found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise UnsatisfiableSchemaError(path, "$ref", problem) from None
        return found


def shown(value: Any) -> str:
    """Return the `repr` of `value`, shortened to one line."""
    try:
        return _REPR.repr(value)
    except ValueError:  # an integer of more than 4 300 digits
        return f"a {type(value).__name__} too long to show"


def types_of(schema: Mapping[str, Any]) -> list[str]:
    """Return the names under `type`; all of them without one."""
    named = schema.get("type", TYPES)
    return [named] if isinstance(named, str) else list(named)


def _has_type(value: Any, name: str) -> bool:
    if name == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _CLASSES[name]) and (name == "boolean" or not isinstance(value, bool))


def _branch_violations(value: Any, schema: Mapping[str, Any], broken: _Broken) -> Iterator[str]:
    if "anyOf" in schema and all(broken(value, sub) for sub in schema["anyOf"]):
        yield "anyOf"
    if "oneOf" in schema and [broken(value, sub) for sub in schema["oneOf"]].count(None) != 1:
        yield "oneOf"
    if "not" in schema and not broken(value, schema["not"]):
        yield "not"
    if "if" in schema:
        branch = "else" if broken(value, schema["if"]) else "then"
        if rule := broken(value, schema.get(branch, True)):
            yield rule


def _string_violations(value: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield from _size_violations(len(value), "Length", schema)
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield "pattern"
    known = FORMATS.get(schema.get("format", ""))
    if known and not known.holds(value):
        yield "format"


def _number_violations(value: float, schema: Mapping[str, Any]) -> Iterator[str]:
    for keyword, is_beyond in _BOUNDS.items():
        if keyword in schema and is_beyond(value, schema[keyword]):
            yield keyword
    if "multipleOf" in schema and not _is_multiple(value, schema["multipleOf"]):
        yield "multipleOf"


def _is_multiple(value: Any, step: Any) -> bool:
    """Return whether a validator calls `value` a multiple: they divide floats as floats."""
    try:
        if isinstance(step, float):
            quotient = value / step
            if math.isinf(quotient):
                return (Fraction(value) / Fraction(step)).denominator == 1
            return bool(quotient.is_integer())
        return bool(value % step == 0)
    except OverflowError:  # an integer that no float can hold
        return False


def _size_violations(size: int, noun: str, schema: Mapping[str, Any]) -> Iterator[str]:
    if size < schema.get(f"min{noun}", size):
        yield f"min{noun}"
    if size > schema.get(f"max{noun}", size):
        yield f"max{noun}"


def _array_violations(
    value: list[Any], schema: Mapping[str, Any], broken: _Broken
) -> Iterator[str]:
    yield from _size_violations(len(value), "Items", schema)
    for index, item in enumerate(value):
        if rule := broken(item, item_schema(schema, index)):
            yield rule
    if schema.get("uniqueItems") and len(set(map(identity, value))) < len(value):
        yield "uniqueItems"
    if "contains" in schema:
        count = [broken(item, schema["contains"]) for item in value].count(None)
        if count < schema.get("minContains", 1):
            yield "contains"
        if count > schema.get("maxContains", count):
            yield "maxContains"


def _object_violations(
    value: dict[str, Any], schema: Mapping[str, Any], broken: _Broken
) -> Iterator[str]:
    yield from _size_violations(len(value), "Properties", schema)
    if not value.keys() >= set(schema.get("required", ())):
        yield "required"
    for name, item in value.items():
        names, schemas = dependencies(schema, name)
        if not value.keys() >= set(names):
            yield "dependentRequired"
        checks = [(item, sub) for sub in property_schemas(schema, name)]
        checks += [(value, sub) for sub in schemas]
        for found, sub in checks:
            if rule := broken(found, sub):
                yield rule
        if broken(name, schema.get("propertyNames", True)):
            yield "propertyNames"


def _children(schema: Mapping[str, Any], path: str) -> Iterator[tuple[Any, str]]:
    """Yield the schemas inside `schema`, each with the path of the values that it describes."""
    for keyword in filter(schema.__contains__, _NAMED):
        for name, sub in schema[keyword].items():
            if not isinstance(sub, list):  # `dependencies` may list names
                yield sub, path if keyword in _DEPENDENT else f"{path}.{name}".lstrip(".")
    for keyword in filter(schema.__contains__, _NESTING):
        found = schema[keyword]
        for sub in found if isinstance(found, list) else [found]:
            yield sub, path + ("[]" if keyword in _OF_ITEMS else "")
    for keyword in filter(schema.__contains__, _STORES):
        for name, sub in schema[keyword].items():
            yield sub, name


def _is_number(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return value.bit_length() <= MAX_BITS
    return isinstance(value, float) and math.isfinite(value)


def _is_positive(value: Any) -> bool:
    return _is_number(value) and value > 0


def _is_count(value: Any) -> bool:
    return _has_type(value, "integer") and value >= 0


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_types(value: object) -> bool:
    names = [value] if isinstance(value, str) else value
    return _is_names(names) and bool(names) and set(names) <= set(TYPES)  # type: ignore[call-overload] # strings


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError, OverflowError, RecursionError, Warning):
        return False
    return isinstance(value, str)


def _is_map(value: object) -> bool:
    return isinstance(value, Mapping) and _is_names(list(value))


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_json(value: Any, depth: int = 0) -> bool:
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, list):
        return all(_is_json(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return _is_map(value) and all(_is_json(item, depth + 1) for item in value.values())
    return value is None or isinstance(value, (bool, str)) or _is_number(value)


_Broken = Callable[[Any, Schema], str | None]
_Known = dict[tuple[int, int], str | None]
_DEPENDENT = {"dependencies", "dependentRequired", "dependentSchemas"}
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 80
_CLASSES: dict[str, type | tuple[type, ...]] = {
    "null": type(None),
    "boolean": bool,
    "object": dict,
    "array": list,
    "number": (int, float),
    "integer": int,
    "string": str,
}

_SINGLE = [
    "additionalProperties",
    "propertyNames",
    "contains",
    "contentSchema",
    "not",
    "if",
    "then",
    "else",
]
_LISTED = ["allOf", "anyOf", "oneOf", "prefixItems"]
_NESTING = ("items", "additionalItems", *_SINGLE, *_LISTED)
_OF_ITEMS = {"additionalItems", "contains", "items", "prefixItems"}
_STORES = ("$defs", "definitions")
_NAMED = ("properties", "patternProperties", "dependentSchemas", "dependencies")
_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "minimum": operator.lt,
    "maximum": operator.gt,
    "exclusiveMinimum": operator.le,
    "exclusiveMaximum": operator.ge,
}
_SIZES = [f"{end}{noun}" for end in ("min", "max") for noun in ("Length", "Items", "Properties")]
_UNSUPPORTED = ("$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties")

_KEYWORDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "$ref": (lambda value: isinstance(value, str), "a string"),
    "format": (lambda value: isinstance(value, str), "a string"),
    "pattern": (_is_pattern, "a regular expression that Python can compile"),
    "uniqueItems": (lambda value: isinstance(value, bool), "true or false"),
    "multipleOf": (_is_positive, "a finite number above 0"),
    "type": (_is_types, f"one or more of {', '.join(TYPES)}"),
    "required": (_is_names, "a list of names"),
    "const": (_is_json, f"JSON of at most {MAX_DEPTH} levels"),
    "enum": (
        lambda v: _is_list(v) and _is_json(v),
        f"a list of JSON of at most {MAX_DEPTH} levels",
    ),
    "dependentRequired": (
        lambda value: _is_map(value) and all(map(_is_names, value.values())),
        "an object of lists of names",
    ),
    "dependencies": (
        lambda value: (
            _is_map(value)
            and all(_is_names(sub) for sub in value.values() if isinstance(sub, list))
        ),
        "an object of schemas or lists of names",
    ),
    "patternProperties": (
        lambda value: _is_map(value) and all(map(_is_pattern, value)),
        "an object whose names are regular expressions that Python can compile",
    ),
    "items": (lambda v: isinstance(v, (list, bool, Mapping)), "a schema or a list of schemas"),
    **dict.fromkeys(
        (*_SIZES, "minContains", "maxContains"), (_is_count, "a whole number from 0 up")
    ),
    **dict.fromkeys(_BOUNDS, (_is_number, "a finite number")),
    **dict.fromkeys(_LISTED, (_is_list, "a list of schemas")),
    **dict.fromkeys(
        ("properties", "dependentSchemas", *_STORES), (_is_map, "an object of schemas")
    ),
    **dict.fromkeys(_UNSUPPORTED, (lambda _: False, "left out: it is not supported")),
}
"""What each keyword must look like: the test, and how to say it."""
