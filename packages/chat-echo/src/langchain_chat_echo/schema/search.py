"""The cast of a text into a JSON schema: candidates for each place, choices, refusals."""

from __future__ import annotations

import contextlib
import json
import sys
from fractions import Fraction
from functools import lru_cache, partial
from itertools import chain, cycle, islice
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any

from langchain_chat_echo.errors import UnsatisfiableSchemaError
from langchain_chat_echo.judge import JUDGED_ONLY, Judge
from langchain_chat_echo.schema.document import Document, tester
from langchain_chat_echo.schema.formats import FORMATS
from langchain_chat_echo.schema.patterns import short_matches
from langchain_chat_echo.schema.text import Text, numbers_near

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

    from langchain_chat_echo.judge import Schema

    JsonSchema = Mapping[str, Any] | bool
    Parts = Sequence[Mapping[str, Any]]
    """The schemas of one value, with those that they include."""
    Schemas = Sequence[Schema]
    Sources = Iterator[Iterator[Any]]
    Around = tuple[Hashable, ...]
    """What the values around a value were made for, and `None` for each choice."""

TYPES = ("string", "object", "array", "number", "integer", "boolean", "null")
"""All types, in the order of preference where a schema names none."""

MAX_DEPTH = 50  # levels of values and choices: each takes about four of Python's 1 000 frames
MAX_STEPS = 50_000  # schemas visited for one value: a second or two; more would double and double
MAX_ITEMS = 1_000  # items and properties that are made, and fixed values tried for one place
MAX_LENGTH = 100_000  # characters that are made for a `minLength`; the text itself may be longer
MAX_MADE = 20_000_000  # characters of all strings that are made for one value
MAX_REFUSALS = 50  # candidates in a row that the judge may refuse: they differ little

_HINTS = {"properties": "object", "required": "object", "items": "array", "prefixItems": "array"}
_WRAPPING = {"$ref", "allOf", "anyOf", "oneOf", "$defs", "definitions", "discriminator"}

_read = lru_cache(maxsize=128)(Document)  # a tool is called with the same schema again and again


def echo_value(text: str, schema: JsonSchema, *, only: Sequence[str] = TYPES) -> Any:
    """Return `text` cast into `schema`: a value that validates.

    Args:
        text: What to echo.
        schema: A JSON schema, Draft 7 or 2020-12, that refers to itself only. It is not changed.
        only: The types that the value may have, whatever else the schema admits.

    Returns:
        A fresh JSON value. The same text and schema give the same value.

    Raises:
        UnsatisfiableSchemaError: The text cannot be made to fit: names the property and the rule.
    """
    try:
        source = json.dumps(schema)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnsatisfiableSchemaError("", "schema", f"no JSON schema: {error}") from None
    document = _read(source)
    value = next(_Search(Text(text), document, only).values([document.root]))
    return json.loads(json.dumps(value))  # shares nothing with the schema, nor a part with another


class _Search:
    """One cast. Its generators yield at least one candidate or raise `UnsatisfiableSchemaError`."""

    def __init__(self, text: Text, document: Document, only: Sequence[str]) -> None:
        self._text = text
        self._document = document
        self._only = only
        self._judge = Judge(document.validator, document.target, has_few_ways=document.has_few_ways)
        self._steps = 0
        self._made = 0  # characters
        self._failed: dict[Hashable, UnsatisfiableSchemaError] = {}

    def values(
        self, schemas: Schemas, around: Around = (), decided: frozenset[int] = frozenset()
    ) -> Iterator[Any]:
        """Yield values that satisfy all `schemas`, the best first.

        A choice that is `decided`, by id of its list, has a branch among `schemas`.
        """
        parts = self._parts(schemas, around)
        choices = [c for k in ("anyOf", "oneOf") for c in _every(parts, k) if id(c) not in decided]
        key = (_asking(parts), frozenset(map(id, choices)), around)
        if key in self._failed:
            raise self._failed[key].with_traceback(None)
        judging: Schemas = ()
        if choices:  # the whole is judged where nothing is left to choose
            sources = self._branches(schemas, choices[0], around, decided)
        else:  # the last, a chosen branch, judges first: the whole, which tries all, takes longer
            judging = [schema for schema in reversed(schemas) if schema is not True]
            sources = self._sources(parts, judging, around)
        patience = MAX_REFUSALS + len(_fixed(parts))
        first, found = None, False
        for source in sources:
            used, refused = self._text.numbers_used, 0
            try:
                for value in source:
                    if (refusing := self._judge.refusing(judging, value)) is None:
                        found, refused = True, 0
                        yield value
                    elif (refused := refused + 1) > patience:
                        break
                    else:
                        first = first or self._error(self._judge.rule(refusing, value), parts)
            except UnsatisfiableSchemaError as failure:
                self._text.numbers_used = used
                first = first or failure
        if not found:
            self._failed[key] = first or self._error("type", parts)
            raise self._failed[key]

    def _inside(self, step: str, schemas: Schemas, around: Around) -> Iterator[Any]:
        """Yield values for the place that `step` leads to from the value around it."""
        try:
            yield from self.values(schemas, around)
        except UnsatisfiableSchemaError as error:
            raise UnsatisfiableSchemaError(step + error.args[0], *error.args[1:]) from None

    def _parts(self, schemas: Schemas, around: Around) -> Parts:
        """Return `schemas` with what they include by `$ref` and `allOf`."""
        if len(around) > MAX_DEPTH:
            raise UnsatisfiableSchemaError("", "depth", f"it nests more than {MAX_DEPTH} levels")
        parts: dict[int, dict[str, Any]] = {}
        pending = [*reversed(schemas)]
        while pending:
            schema = pending.pop()
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise UnsatisfiableSchemaError("", "size", f"it takes more than {MAX_STEPS} steps")
            if schema is False:
                raise UnsatisfiableSchemaError("", "false", "the schema allows no value here")
            if schema is not True and id(schema) not in parts:
                parts[id(schema)] = schema
                pending += reversed(schema.get("allOf", ()))
                if "$ref" in schema:
                    pending.append(self._document.target(schema["$ref"]))
        return [*parts.values()]

    def _error(self, rule: str, parts: Parts) -> UnsatisfiableSchemaError:
        wanted = next((f" {shown(value)}" for value in _every(parts, rule)), "")
        served = "is not supported, only judged" if rule in JUDGED_ONLY else "is not satisfied"
        problem = f"`{rule}`{wanted} {served}; got {shown(self._text.whole)}"
        return UnsatisfiableSchemaError("", rule, problem)

    def _branches(
        self, schemas: Schemas, choice: Schemas, around: Around, decided: frozenset[int]
    ) -> Sources:
        """Yield the values for each branch of a choice; fixed values as an `enum` of them would."""
        members = [_fixed([branch]) if isinstance(branch, dict) else [] for branch in choice]
        for branch in self._text.by_mention(choice, members) if all(members) else choice:
            yield self.values([*schemas, branch], (*around, None), decided | {id(choice)})

    def _sources(self, parts: Parts, judging: Schemas, around: Around) -> Sources:
        """Yield the candidates for each type that `parts` allow."""
        if members := _fixed(parts):
            yield iter(self._text.by_mention(members, [[member] for member in members]))
            return
        for name in _types(parts, TYPES if any(around) else self._only):
            if name in ("integer", "number"):
                wanted = chain(self._text.next_numbers(), [Fraction(0)])
                refused = partial(self._judge.refusing, judging)
                yield numbers_near(wanted, parts, refused, whole=name == "integer")
            elif name == "boolean":
                yield iter([self._text.says_yes, not self._text.says_yes])
            elif name == "null":
                yield iter([None])
            else:
                make = {"object": self._objects, "array": self._arrays, "string": self._strings}
                yield make[name](parts, around)

    def _objects(self, parts: Parts, around: Around) -> Iterator[dict[str, Any]]:
        around = _entered(parts, around)
        least = min(MAX_ITEMS, max(_every(parts, "minProperties"), default=0))
        declared = dict.fromkeys(chain.from_iterable(_every(parts, "properties")))
        required = [*chain.from_iterable(_every(parts, "required"))]
        for name in required:  # grows by what each of them requires
            for rules in _every(parts, "dependentRequired"):
                required += (other for other in rules.get(name, ()) if other not in required)
        asked = dict.fromkeys(required)
        names = dict.fromkeys(filter(asked.__contains__, declared)) | asked
        sources = {name: self._property(parts, name, around) for name in names}
        value = {name: next(source) for name, source in sources.items()}
        others = chain(declared, self._names(parts, around))
        while len(value) < least and (name := next(others, None)) is not None:
            with contextlib.suppress(UnsatisfiableSchemaError):
                value.setdefault(name, next(self._property(parts, name, around)))
        yield value
        for name, source in sources.items():
            yield from ({**value, name: other} for other in source)

    def _property(self, parts: Parts, name: str, around: Around) -> Iterator[Any]:
        schemas: list[Schema] = []
        for part in parts:
            found = [part["properties"][name]] if name in part.get("properties", ()) else []
            for pattern, schema in part.get("patternProperties", {}).items():
                found += [schema] if tester("pattern", pattern)(name) else []
            schemas += found or [part.get("additionalProperties", True)]
        return self._inside(f".{name}", schemas, around)

    def _names(self, parts: Parts, around: Around) -> Iterator[str]:
        """Yield names for properties that the schema does not name."""
        for pattern in chain.from_iterable(_every(parts, "patternProperties")):
            made = chain(self._text.words, short_matches(pattern))
            yield from filter(tester("pattern", pattern), made)
        names = self.values([*_every(parts, "propertyNames")], around)
        yield from (name for name in names if isinstance(name, str))

    def _arrays(self, parts: Parts, around: Around) -> Iterator[list[Any]]:
        around = _entered(parts, around)
        least = min(MAX_ITEMS, max(_every(parts, "minItems"), default=0))
        prefix = max(map(len, _every(parts, "prefixItems")), default=0)
        size = min(max(least, prefix, 1), *_every(parts, "maxItems"), MAX_ITEMS)
        unique = any(_every(parts, "uniqueItems"))
        sources: dict[Hashable, Iterator[Any]] = {}
        value: list[Any] = []
        try:
            while len(value) < size:
                index = len(value)
                schemas = [
                    [*part.get("prefixItems", ())[index : index + 1], part.get("items", True)][0]
                    for part in parts
                ]
                key = tuple(map(id, schemas)) if unique else index
                source = sources.setdefault(key, self._inside(f"[{index}]", schemas, around))
                item = next((each for each in source if not unique or each not in value), sources)
                if item is sources:
                    raise self._error("uniqueItems", parts)
                value.append(item)
        except UnsatisfiableSchemaError:
            if len(value) < least:
                raise
        yield value
        yield from (value[:size] for size in reversed(range(int(least), len(value))))
        for item in chain.from_iterable([*sources.values()][-1:]):
            yield [*value[:-1], item]

    def _strings(self, parts: Parts, around: Around) -> Iterator[str]:
        least = int(min(MAX_LENGTH, max(_every(parts, "minLength"), default=0)))
        limit = int(min(_every(parts, "maxLength"), default=sys.maxsize))
        whole, patterns = self._text.whole, [*_every(parts, "pattern")]

        def fitted(text: str, ending: str = "") -> str:
            made = text if len(text) >= least else "".join(islice(cycle(text or "x"), least))
            made = made[: max(limit - len(ending), 0)] + ending
            self._made += len(made) if made is not text else 0
            if self._made > MAX_MADE:
                raise UnsatisfiableSchemaError("", "size", f"it takes over {MAX_MADE} characters")
            return made

        for part in parts:
            if part.get("contentMediaType") == "application/json":
                yield from map(json.dumps, self.values([part.get("contentSchema", True)], around))
            if part.get("format") in FORMATS:
                made = FORMATS[part["format"]].values(whole, MAX_ITEMS)
                yield from filter(tester("format", part["format"]), made)
        yield fitted(whole)
        for pattern in patterns:
            matches = map(fitted, chain(self._text.words, short_matches(pattern, least)))
            yield from filter(tester("pattern", pattern), matches)
        if not patterns:  # an invented ending must not satisfy what the text does not
            yield from map(fitted, self._text.words)
            yield from (fitted(whole, str(index)) for index in range(2, MAX_ITEMS + 2))


def _every(parts: Iterable[Mapping[str, Any]], keyword: str) -> Iterator[Any]:
    """Return the values of `keyword` in all `parts` that have it."""
    return (part[keyword] for part in parts if keyword in part)


def _asking(parts: Parts) -> frozenset[int]:
    """Return what tells `parts` from others that ask for something else."""
    return frozenset(id(part) for part in parts if not part.keys() <= _WRAPPING)


def _entered(parts: Parts, around: Around) -> Around:
    """Return what stands around the parts of a value, which is not made inside itself."""
    asking = _asking(parts)
    if asking in around:
        raise UnsatisfiableSchemaError("", "$ref", "the schema nests itself without end")
    return (*around, asking)


def _fixed(parts: Parts) -> list[Any]:
    """Return the values of the first `const` or `enum`."""
    fixed = (part.get("enum", [part.get("const")]) for part in parts if {"const", "enum"} & {*part})
    return next(fixed, [])


def _types(parts: Parts, only: Sequence[str]) -> list[str]:
    """Return the types that all `parts` allow, in the order of preference."""
    named = [[names] if isinstance(names, str) else names for names in _every(parts, "type")]
    named = [[*names, "integer"] if "number" in names else names for names in named]
    hinted = [_HINTS[keyword] for part in parts for keyword in part if keyword in _HINTS]
    order = dict.fromkeys(named[0] if named else [*hinted, *TYPES])
    return [name for name in order if name in only and all(name in names for names in named)]
