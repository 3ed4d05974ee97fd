"""A JSON schema, Draft 7 or 2020-12, read once: what the search and the judge need to know of it.

The judge is `jsonschema-rs`. It is asked in 2020-12 and never fetches anything, because reading
turns Draft 7 into 2020-12 and replaces each `$ref` by the name of a schema that is already here.
"""

from __future__ import annotations

import contextlib
import json
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

import jsonschema_rs

from langchain_chat_echo.schema.errors import UnsatisfiableSchemaError, shown
from langchain_chat_echo.schema.formats import EXTRA_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

Schema = dict[str, Any] | bool

SUBSCHEMAS = {
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "not", "if", "then", "else"), ""),
    **dict.fromkeys(("dependentSchemas", "dependencies"), ""),
    **dict.fromkeys(("properties", "patternProperties"), ".{}"),
    **dict.fromkeys(("additionalProperties", "unevaluatedProperties", "propertyNames"), ".*"),
    **dict.fromkeys(("prefixItems", "items", "additionalItems"), "[]"),
    **dict.fromkeys(("contains", "unevaluatedItems"), "[]"),
    **dict.fromkeys(("$defs", "definitions", "contentSchema"), "#{}"),
}
"""The keywords that hold schemas, and where the values stand that these describe: at the same
place, under a name, among the items, or somewhere else ("#")."""

MAPS = {
    "dependentSchemas",
    "dependencies",
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
}
"""Those that hold schemas by name. The others hold one schema or a list."""

UNSUPPORTED = ("$dynamicRef", "$recursiveRef")
"""The keywords that are refused, since a `$ref` must lead to one known schema."""

WITHOUT_MEANING = (
    *("$schema", "$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$vocabulary"),
    *("$comment", "title", "description", "default", "examples", "deprecated"),
)
"""The keywords that ask for nothing once references are resolved."""

_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000)
"""The judge's engine is linear. Only look-arounds and back-references backtrack: those that take
more steps than this, a fraction of a millisecond, count as no match."""

_FORMATS = {name: known.holds for name, known in EXTRA_FORMATS.items()}


class Document:
    """A schema that is known to be well-formed.

    Args:
        source: The schema as JSON.

    Raises:
        UnsatisfiableSchemaError: A keyword is malformed or unsupported, or a reference leads
            nowhere or in a circle.
    """

    def __init__(self, source: str) -> None:
        self.root: Schema = json.loads(source)
        self._paths: dict[int, str] = {}
        self._named: dict[str, Any] = {"": self.root}  # by URI, by URI and anchor
        self._targets: dict[int, Schema] = {}
        self._validators: dict[Hashable, jsonschema_rs.Validator] = {}
        schemas = self._find(self.root, "", "")
        for schema, base in schemas:  # grows where a reference leads beside all keywords
            if isinstance(schema.get("$ref"), str):
                target = self._resolve(schema["$ref"], base, self._paths[id(schema)])
                self._targets[id(schema)] = target
                schemas += self._find(target, "", base)
        resources = {id(target): target for target in self._targets.values()}
        uris = {key: f"echo:{index}" for index, key in enumerate(resources)}
        self._refuse_circles([schema for schema, _ in schemas])
        for schema, _ in schemas:
            if id(schema) in self._targets:
                schema["$ref"] = uris[id(self._targets[id(schema)])]
            with contextlib.suppress(TypeError, AttributeError):  # malformed: found below
                _simplify(schema)
        try:
            jsonschema_rs.meta.validate(self.root)
            self._registry = jsonschema_rs.Registry(
                [(uris[key], target) for key, target in resources.items()]
            )
            self.validator(self.root)
        except jsonschema_rs.ValidationError as error:
            path, keyword = _place_of_fault(error.instance_path)
            problem = f"the schema is malformed: `{keyword}` cannot be {shown(error.instance)}"
            raise UnsatisfiableSchemaError(path, keyword, problem) from None
        except ValueError as error:  # nested too deeply, or text that is not Unicode
            problem = f"the schema cannot be read: {error}"
            raise UnsatisfiableSchemaError("", "schema", problem) from None

    def included(self, schema: dict[str, Any]) -> list[Schema]:
        """Return the schemas that a value has to satisfy as well: `$ref` and `allOf`."""
        target = [self._targets[id(schema)]] if id(schema) in self._targets else []
        return [*target, *schema.get("allOf", ())]

    def validator(self, schema: Schema) -> jsonschema_rs.Validator:
        """Return the judge of `schema`, which is a part of this document."""
        return self._validator(id(schema), schema)

    def tester(self, keyword: str, value: str) -> Callable[[str], bool]:
        """Return what tells whether a string satisfies one keyword, such as `pattern`."""
        return self._validator((keyword, value), {keyword: value}).is_valid

    def _validator(self, key: Hashable, schema: Schema) -> jsonschema_rs.Validator:
        if key not in self._validators:
            self._validators[key] = jsonschema_rs.Draft202012Validator(
                schema,
                registry=self._registry,
                formats=_FORMATS,
                validate_formats=True,
                pattern_options=_PATTERNS,
            )
        return self._validators[key]

    def _find(self, schema: Any, path: str, base: str) -> list[tuple[dict[str, Any], str]]:
        """Return the schemas in `schema` that are new, each with the URI that it is relative to."""
        found = []
        pending = [(schema, path, base)]
        while pending:
            schema, path, base = pending.pop()
            if isinstance(schema, dict) and id(schema) not in self._paths:
                path = path.rpartition("#")[2].lstrip(".")
                for keyword in filter(schema.__contains__, UNSUPPORTED):
                    raise UnsatisfiableSchemaError(path, keyword, f"`{keyword}` is not supported")
                if {"$id", "$ref"} <= schema.keys() and schema is not self.root:
                    problem = "`$id` beside `$ref` is not supported: Draft 7 does not read it"
                    raise UnsatisfiableSchemaError(path, "$id", problem)
                self._paths[id(schema)] = path
                base = self._name(schema, base)
                found.append((schema, base))
                pending += [(sub, path + step, base) for step, sub in _children(schema)]
        return found

    def _name(self, schema: dict[str, Any], base: str) -> str:
        """Note the names that `schema` gives itself, and return the URI that it is relative to."""
        location, _, fragment = str(schema.get("$id", "")).partition("#")
        if location:
            base = urljoin(base, location)
            self._named[base] = schema
        for anchor in filter(None, (fragment, schema.get("$anchor"), schema.get("$dynamicAnchor"))):
            self._named[f"{base}#{anchor}"] = schema
        return base

    def _resolve(self, reference: str, base: str, path: str) -> Any:
        """Return the schema that `reference` leads to."""
        location, _, fragment = reference.partition("#")
        uri = urljoin(base, location) if location else base
        fragment = unquote(fragment)
        problem = f"`$ref` {shown(reference)} leads nowhere in this schema"
        if uri not in self._named:
            problem = f"`$ref` {shown(reference)} is not supported: it leads out of this schema"
            raise UnsatisfiableSchemaError(path, "$ref", problem)
        try:
            if fragment and not fragment.startswith("/"):
                return self._named[f"{uri}#{fragment}"]
            found = self._named[uri]
            for token in fragment.split("/")[1:]:
                key = token.replace("~1", "/").replace("~0", "~")
                found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, TypeError, ValueError):
            raise UnsatisfiableSchemaError(path, "$ref", problem) from None
        if not isinstance(found, (dict, bool)):
            problem = f"`$ref` {shown(reference)} leads to no schema but to {shown(found)}"
            raise UnsatisfiableSchemaError(path, "$ref", problem)
        return found

    def _refuse_circles(self, schemas: Sequence[dict[str, Any]]) -> None:
        """Raise where a schema asks for itself of the same value: many validators never end."""
        graph = {}
        for schema in schemas:
            same_place = [sub for step, sub in _children(schema) if not step]
            graph[id(schema)] = [id(sub) for sub in (*same_place, *self.included(schema))]
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            problem = "the schema refers to itself for the same value, so nothing can be checked"
            path = self._paths[error.args[1][0]]
            raise UnsatisfiableSchemaError(path, "$ref", problem) from None


def broken_rule(validator: jsonschema_rs.Validator, value: Any) -> str | None:
    """Return the name of the first rule that `value` breaks, or `None`."""
    try:
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        return {"falseSchema": "false"}.get(error.kind.name, error.kind.name)
    return None


def _children(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what `schema` holds as schemas, each with the step to the values that it describes."""
    for keyword, held in schema.items():
        step = SUBSCHEMAS.get(keyword, "")
        if keyword in MAPS and isinstance(held, dict):
            yield from ((step.format(name), sub) for name, sub in held.items())
        elif keyword in SUBSCHEMAS and keyword not in MAPS:
            yield from ((step, sub) for sub in (held if isinstance(held, list) else [held]))


def _simplify(schema: dict[str, Any]) -> None:
    """Write what Draft 7 and 2020-12 have several keywords for with one of 2020-12, in place."""
    for keyword in WITHOUT_MEANING:
        schema.pop(keyword, None)
    rest = schema.pop("additionalItems", True)
    if isinstance(schema.get("items"), list):
        prefix = schema.pop("items")
        schema |= {"prefixItems": prefix, "items": rest} if prefix else {"items": rest}
    dependent: dict[str, list[Any]] = {}
    for keyword in ("dependencies", "dependentRequired", "dependentSchemas"):
        for name, asked in schema.pop(keyword, {}).items():
            schemas = dependent.setdefault(name, [])
            schemas.append({"required": asked} if isinstance(asked, list) else asked)
    if dependent:
        schema["dependentSchemas"] = {name: {"allOf": subs} for name, subs in dependent.items()}
    if "if" in schema:
        condition, then, otherwise = (schema.pop(k, True) for k in ("if", "then", "else"))
        branches = [{"allOf": [condition, then]}, {"allOf": [{"not": condition}, otherwise]}]
        schema["allOf"] = [*schema.get("allOf", ()), {"anyOf": branches}]


def _place_of_fault(steps: Sequence[str | int]) -> tuple[str, str]:
    """Return which value a faulty part of a schema describes, and the keyword that is at fault."""
    path, rest = "", list(steps)
    while rest:
        keyword = str(rest.pop(0))
        if keyword not in SUBSCHEMAS or not rest:
            return path, keyword
        name = rest.pop(0) if keyword in MAPS or isinstance(rest[0], int) else ""
        path += SUBSCHEMAS[keyword].format(name)
        path = path.rpartition("#")[2].lstrip(".")
    return path, "schema"
