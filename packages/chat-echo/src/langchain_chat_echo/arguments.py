"""The arguments that an echo gives a tool: a text cast into a JSON schema.

`echo_value(text, schema)` returns a value that validates, or raises `UnsatisfiableSchemaError`. For
each value it makes candidates in a fixed order and takes the first that
`SchemaDocument.violation` finds no fault with:

* string: the text, cut to `maxLength`, repeated up to `minLength` (an empty text counts as `x`).
  For a `pattern` that refuses it: what the pattern matches in the text, then its words.
* `format`: the first such value in the text, else a fixed one (`formats`); base64: encoded text.
* integer, number: the next number in the text, each used once, else 0, moved to the nearest that
  bounds and `multipleOf` allow. Dates, times and addresses are not numbers.
* boolean: the first of true, false, yes, no in the text, else false.
* enum: the member that the text names first, else the first.
* object: the required properties, in the order of `properties`; more only up to `minProperties`.
* array: `prefixItems`, `minItems` or one item, whichever is most; none where no item can be made.
* `anyOf`, `oneOf`, `if`: the first branch that can be satisfied, where all are fixed values those
  named first; a schema is not nested in itself.
* no `type`: what its other keywords are about, else a string.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import string
import sys
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from langchain_chat_echo.formats import FORMATS
from langchain_chat_echo.json_schema import (
    MAX_DEPTH,
    TYPES,
    Schema,
    SchemaDocument,
    UnsatisfiableSchemaError,
    dependencies,
    has_dependencies,
    identity,
    item_schema,
    prefix_of,
    property_schemas,
    shown,
    types_of,
)
from langchain_chat_echo.number_range import NumberRange

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence

MAX_ITEMS = 1_000
"""Items or properties that a schema may demand, and fixed values tried for one place. An echo has
nothing to fill more with, and a `minItems` of a billion must not fill the memory instead."""

MAX_REFUSALS = 50
"""Candidates in a row that a rule such as `not` may refuse: they differ little."""

MAX_LENGTH = 100_000
"""Characters that `minLength` may demand, for the same reason. The text itself may be longer."""

MAX_DIGITS = 300
"""Characters of a number in the text: longer ones are skipped, since a float ends at 309 digits and
Python does not print an integer of 4 301."""

_NUMBER = re.compile(
    r"(?<!\w)(?:"
    r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-\S*"  # an id,
    r"|\d+(?::\d+|(?:[-/.:]\d+){2,})\S*"  # a date, a time, an address: no numbers
    r"|([-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?))",
    re.ASCII,
)
_BOOLEAN = re.compile(r"\b(?:(true|yes)|false|no)\b", re.IGNORECASE)
_TYPE_HINTS = {
    "object": {
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "minProperties",
    },
    "array": {"items", "prefixItems", "minItems", "contains", "uniqueItems"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}
_NOT_ASSERTIONS = {
    "$ref",
    "$defs",
    "definitions",
    "allOf",
    "anyOf",
    "oneOf",
    "title",
    "description",
}
_NOT_ASSERTIONS |= {"default", "examples", "$schema", "$id", "discriminator"}


def echo_value(text: str, schema: Schema, *, only: Sequence[str] = TYPES) -> Any:
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
    document = SchemaDocument(schema)
    return _copy(next(_Echo(text, document).values((schema,), _Place(), only)))


def _copy(value: Any) -> Any:
    """Return a copy that shares nothing with the schema, nor one part with another."""
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class _Place:
    """Where a value stands."""

    path: str = ""
    depth: int = 0
    around: frozenset[Hashable] = frozenset()
    """What the values around it were made for."""

    def error(self, rule: str, problem: str) -> UnsatisfiableSchemaError:
        return UnsatisfiableSchemaError(self.path, rule, problem)

    def inside(self, step: str, key: Hashable) -> _Place:
        return _Place((self.path + step).strip("."), self.depth + 1, self.around | {key})

    def deeper(self) -> _Place:
        return _Place(self.path, self.depth + 1, self.around)


class _Echo:
    """One cast. Its generators yield at least one candidate or raise `UnsatisfiableSchemaError`."""

    def __init__(self, text: str, document: SchemaDocument) -> None:
        self._text = text
        self._document = document
        self._used = 0  # numbers of the text that are taken
        self._cuts = 0  # times that a branch ended because of what is around it
        self._failed: dict[Hashable, tuple[str, UnsatisfiableSchemaError]] = {}

    def values(
        self,
        schemas: Sequence[Schema],
        place: _Place,
        only: Sequence[str] = TYPES,
        decided: frozenset[Hashable] = frozenset(),
    ) -> Iterator[Any]:
        """Yield values that satisfy all `schemas`, the best first.

        Args:
            schemas: What has to be satisfied.
            place: Where the value stands.
            only: The types to make.
            decided: The choices, by id of the schema and keyword, whose branch is among `schemas`.
        """
        if place.depth > MAX_DEPTH:
            raise place.error("depth", f"the schema nests more than {MAX_DEPTH} levels")
        parts = self._parts(schemas, place)
        choices = _choices(parts, decided)
        asserting = frozenset(id(part) for part in parts if part.keys() - _NOT_ASSERTIONS)
        key = (asserting, frozenset((id(part), keyword) for part, keyword in choices), tuple(only))
        if key in self._failed:
            steps, failure = self._failed[key]
            raise place.inside(steps, key).error(failure.rule, failure.args[2])
        cuts = self._cuts
        try:
            if choices:  # the whole is checked where nothing is left to choose
                part, keyword = choices[0]
                decided |= {(id(part), keyword)}
                branches = (
                    self.values((*schemas, *branch), place.deeper(), only, decided)
                    for branch in self._branches(part, keyword)
                )
                yield from self._accepted(branches, (), parts, place)
            else:
                sources = self._sources(parts, place, only, asserting)
                yield from self._accepted(sources, schemas, parts, place)
        except UnsatisfiableSchemaError as error:
            if cuts == self._cuts:
                steps = error.path.removeprefix(place.path)
                self._failed[key] = (steps if steps.startswith((".", "[")) else f".{steps}", error)
            raise

    def _accepted(
        self,
        sources: Iterable[Iterator[Any]],
        schemas: Sequence[Schema],
        parts: Sequence[Mapping[str, Any]],
        place: _Place,
    ) -> Iterator[Any]:
        """Yield from `sources` what satisfies `schemas`; without any, raise the first error."""
        patience = MAX_REFUSALS + len(_members(parts))
        error, found = None, False
        for source in sources:
            used, refused = self._used, 0
            try:
                for value in source:
                    rule = self._violation(value, schemas)
                    if rule is None:
                        found, refused = True, 0
                        yield value
                        continue
                    error = error or self._error(rule, parts, place)
                    refused += 1
                    if refused > patience:
                        break
            except UnsatisfiableSchemaError as failure:
                self._used = used
                error = error or failure
        if not found:
            raise error or self._error("type", parts, place)

    def _violation(self, value: Any, schemas: Sequence[Schema]) -> str | None:
        known: dict[tuple[int, int], str | None] = {}
        rules = (self._document.violation(value, schema, known) for schema in schemas)
        return next((rule for rule in rules if rule), None)

    def _error(
        self, rule: str, parts: Iterable[Mapping[str, Any]], place: _Place
    ) -> UnsatisfiableSchemaError:
        wanted = next((f" {shown(part[rule])}" for part in parts if rule in part), "")
        verb = "match" if rule == "pattern" else "satisfy"
        problem = f"the text does not {verb} `{rule}`{wanted}; got {shown(self._text)}"
        return place.error(rule, problem)

    def _parts(self, schemas: Sequence[Schema], place: _Place) -> list[Mapping[str, Any]]:
        """Return `schemas` with what they include: `$ref`, `allOf`, dependent schemas."""
        parts: dict[int, Mapping[str, Any]] = {}
        pending = list(reversed(schemas))
        while pending:
            schema = pending.pop()
            self._document.spend(place.path)
            if schema is False:
                raise place.error("false", "the schema allows no value here")
            if schema is not True and id(schema) not in parts:
                parts[id(schema)] = schema
                pending += reversed(self._document.conjuncts(schema))
            if not pending:
                dependent = (
                    sub
                    for part in filter(has_dependencies, parts.values())
                    for name in _required(parts.values())
                    for sub in dependencies(part, name)[1]
                )
                pending = [sub for sub in dependent if sub is not True and id(sub) not in parts]
        return list(parts.values())

    def _sources(
        self,
        parts: Sequence[Mapping[str, Any]],
        place: _Place,
        only: Sequence[str],
        key: frozenset[int],
    ) -> Iterator[Iterator[Any]]:
        members = _members(parts)
        if members:
            yield iter(self._by_mention(members))
            return
        for name in _types(parts, only):
            if name == "object":
                yield self._objects(parts, place, key)
            elif name == "array":
                yield self._arrays(parts, place, key)
            elif name == "string":
                yield self._strings(parts, place)
            elif name == "boolean":
                match = _BOOLEAN.search(self._text)
                yield iter([True, False] if match and match[1] else [False, True])
            elif name == "null":
                yield iter([None])
            else:
                yield self._numbers(parts, place, whole=name == "integer")

    def _by_mention(self, members: list[Any]) -> list[Any]:
        """Return `members`, those that the text names first, in its order."""
        places = self._mentions(members)
        return [members[i] for i in sorted(range(len(members)), key=places.__getitem__)]

    def _branches(self, part: Mapping[str, Any], keyword: str) -> list[tuple[Schema, ...]]:
        """Return the branches of a choice; those of fixed values as an `enum` of them would be."""
        if keyword == "if":
            return [(part["if"], part.get("then", True)), (part.get("else", True),)]
        branches = part[keyword]
        members = [_members([branch]) if isinstance(branch, dict) else [] for branch in branches]
        if all(members):
            mentions = iter(self._mentions([*chain.from_iterable(members)]))
            places = [min(islice(mentions, len(some))) for some in members]
            order = sorted(range(len(branches)), key=places.__getitem__)
            branches = [branches[i] for i in order]
        return [(branch,) for branch in branches]

    def _mentions(self, members: list[Any]) -> list[int]:
        """Return where the text names each of `members`; its length for those that it does not."""
        names = [m if isinstance(m, str) else json.dumps(m) for m in members]
        longest_first = sorted(map(re.escape, filter(None, names)), key=len, reverse=True)
        pattern = rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)"
        places: dict[str, int] = {}
        for match in re.finditer(pattern, self._text, re.IGNORECASE):
            places.setdefault(match[0].lower(), match.start())
        return [places.get(name.lower(), len(self._text)) for name in names]

    def _objects(
        self, parts: Sequence[Mapping[str, Any]], place: _Place, key: Hashable
    ) -> Iterator[dict[str, Any]]:
        self._refuse_nesting(place, key)
        least = _most(parts, "minProperties", MAX_ITEMS, place)
        declared = dict.fromkeys(name for part in parts for name in part.get("properties", ()))
        required = _required(parts)
        names = [name for name in declared if name in required]
        names += [name for name in required if name not in declared]
        sources = {name: self._property(parts, name, place, key) for name in names}
        value = {name: next(source) for name, source in sources.items()}
        for name in chain(declared, self._names(parts, place, key)):
            if len(value) >= least:
                break
            if name not in value:
                with contextlib.suppress(UnsatisfiableSchemaError):
                    value[name] = next(self._property(parts, name, place, key))
        yield dict(value)
        for name, source in sources.items():
            yield from ({**value, name: other} for other in source)
        for name in [name for name in declared if name not in value]:
            with contextlib.suppress(UnsatisfiableSchemaError):
                value[name] = next(self._property(parts, name, place, key))
                yield dict(value)

    def _property(
        self, parts: Sequence[Mapping[str, Any]], name: str, place: _Place, key: Hashable
    ) -> Iterator[Any]:
        inside = place.inside(f".{name}", key)
        schemas = tuple(sub for part in parts for sub in property_schemas(part, name))
        if False in schemas and not any(name in part.get("properties", ()) for part in parts):
            raise inside.error("additionalProperties", "the schema allows no such property")
        yield from self.values(schemas, inside)

    def _names(
        self, parts: Sequence[Mapping[str, Any]], place: _Place, key: Hashable
    ) -> Iterator[str]:
        """Yield names for properties that the schema does not name."""
        for pattern in chain.from_iterable(part.get("patternProperties", ()) for part in parts):
            yield from (word for word in self._words if re.search(pattern, word))
            yield from (match[0] for match in re.finditer(pattern, self._text))
        rules = tuple(part.get("propertyNames", True) for part in parts)
        yield from self.values(rules, place.inside("", key), only=("string",))

    def _arrays(
        self, parts: Sequence[Mapping[str, Any]], place: _Place, key: Hashable
    ) -> Iterator[list[Any]]:
        self._refuse_nesting(place, key)
        least, limit, contained = _array_sizes(parts, place)
        prefix = max((len(prefix_of(part)) for part in parts), default=0)
        wanted = min(limit, max(least, prefix + len(contained), 1))
        extras: list[Sequence[Schema]] = [()] * (wanted - len(contained))
        extras = [*extras, *((sub,) for sub in contained)][:wanted]
        seen: set[Hashable] | None = set() if any(map(_is_unique, parts)) else None
        value: list[Any] = []
        sources: dict[Hashable, Iterator[Any]] = {}

        def add(extra: Sequence[Schema] = ()) -> None:
            schemas = (*(item_schema(part, len(value)) for part in parts), *extra)
            ids = tuple(map(id, schemas))
            if seen is None or ids not in sources:
                sources[ids] = self.values(schemas, place.inside(f"[{len(value)}]", key))
            for item in _unseen(sources[ids], seen):
                value.append(item)
                return
            raise self._error("uniqueItems", parts, place)

        try:
            for extra in extras:
                add(extra)
        except UnsatisfiableSchemaError:
            if contained or len(value) < least:
                raise
        first = list(value)
        last = list(sources.values())[-1:]
        yield first
        yield from (first[:size] for size in reversed(range(least, len(first))))
        with contextlib.suppress(UnsatisfiableSchemaError):
            while len(value) < min(limit, len(first) + MAX_REFUSALS // 2):
                add()
                yield list(value)
        for item in _unseen(chain.from_iterable(last), seen):
            yield [*first[:-1], item]

    def _refuse_nesting(self, place: _Place, key: Hashable) -> None:
        if key in place.around:
            self._cuts += 1
            raise place.error("$ref", "the schema nests itself without end")

    def _strings(self, parts: Sequence[Mapping[str, Any]], place: _Place) -> Iterator[str]:
        least = _most(parts, "minLength", MAX_LENGTH, place)
        limit = _least(parts, "maxLength", sys.maxsize)

        def fitted(text: str, ending: str = "") -> str:
            if len(text) < least:
                text = (text or "x") * least
                text = text[:least]
            return text[: max(limit - len(ending), 0)] + ending

        for part in parts:
            if part.get("contentMediaType") == "application/json":
                yield from map(
                    json.dumps, self.values((part.get("contentSchema", True),), place.deeper())
                )
            if part.get("format") in FORMATS:
                yield from FORMATS[part["format"]].values(self._text, MAX_ITEMS)
        yield fitted(self._text)
        patterns = [part["pattern"] for part in parts if "pattern" in part]
        for pattern in patterns:
            yield from (fitted(match[0]) for match in re.finditer(pattern, self._text))
        for word in map(fitted, self._words):
            if all(re.search(pattern, word) for pattern in patterns):
                yield word
        if not patterns:  # an invented ending must not satisfy what the text does not
            endings = map(str, range(2, MAX_ITEMS + 2))
            yield from (fitted(self._text, ending) for ending in endings)

    @cached_property
    def _words(self) -> list[str]:
        words = self._text.split()
        bare = (word.strip(string.punctuation) for word in words)
        return list(dict.fromkeys(filter(None, chain.from_iterable(zip(words, bare, strict=True)))))

    def _numbers(
        self, parts: Sequence[Mapping[str, Any]], place: _Place, *, whole: bool
    ) -> Iterator[float]:
        allowed = NumberRange(parts, whole=whole)
        if allowed.empty:
            raise self._error(allowed.empty, parts, place)
        while self._used < len(self._numbers_in_text):
            self._used += 1
            yield from allowed.nearest(self._numbers_in_text[self._used - 1])
        yield from allowed.nearest(Fraction(0))
        yield from allowed.others(MAX_ITEMS)

    @cached_property
    def _numbers_in_text(self) -> list[Fraction]:
        return [number for match in _NUMBER.finditer(self._text) for number in _parsed(match[1])]


def _parsed(token: str | None) -> list[Fraction]:
    """Return the number that `token` spells, if it is one and of a size to work with."""
    if token is None or len(token) > MAX_DIGITS:
        return []
    if token.lstrip("+-").isdigit():
        return [Fraction(int(token))]
    number = float(token)
    return [Fraction(repr(number))] if math.isfinite(number) else []


def _choices(
    parts: Iterable[Mapping[str, Any]], decided: frozenset[Hashable]
) -> list[tuple[Mapping[str, Any], str]]:
    """Return the schemas and keywords that offer branches of which none is taken yet."""
    return [
        (part, keyword)
        for part in parts
        for keyword in ("anyOf", "oneOf", "if")
        if keyword in part and (id(part), keyword) not in decided
    ]


def _members(parts: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the values of the first `const` or `enum`."""
    for part in parts:
        if "const" in part:
            return [part["const"]]
        if "enum" in part:
            return list(part["enum"])
    return []


def _types(parts: Sequence[Mapping[str, Any]], only: Sequence[str]) -> list[str]:
    """Return the types that all `parts` allow, in the order of preference."""
    named = [types_of(part) for part in parts if "type" in part]
    keywords = {keyword for part in parts for keyword in part}
    hinted = [name for name, hints in _TYPE_HINTS.items() if keywords & hints]
    order = named[0] if named else [*hinted, "string", *only]
    order = [each for name in order for each in ([name, "integer"] if name == "number" else [name])]
    return [
        name
        for name in dict.fromkeys(order)
        if name in only
        and all(name in some or (name == "integer" and "number" in some) for some in named)
    ]


def _required(parts: Iterable[Mapping[str, Any]]) -> Mapping[str, None]:
    """Return the names of the properties that must be there, dependent ones included, as keys."""
    parts = list(parts)
    dependent = list(filter(has_dependencies, parts))
    pending = [name for part in reversed(parts) for name in reversed(part.get("required", ()))]
    names: dict[str, None] = {}
    while pending:
        name = pending.pop()
        if name not in names:
            names[name] = None
            pending += [other for part in dependent for other in dependencies(part, name)[0]]
    return names


def _is_unique(part: Mapping[str, Any]) -> bool:
    return bool(part.get("uniqueItems"))


def _unseen(items: Iterable[Any], seen: set[Hashable] | None) -> Iterator[Any]:
    """Yield the items that are not in `seen` yet, and add them; all of them where it is `None`."""
    for item in items:
        if seen is None:
            yield item
        elif identity(item) not in seen:
            seen.add(identity(item))
            yield item


def _array_sizes(
    parts: Sequence[Mapping[str, Any]], place: _Place
) -> tuple[int, int, list[Schema]]:
    """Return the fewest and the most items, and what `contains` asks for as often as it does."""
    least = _most(parts, "minItems", MAX_ITEMS, place)
    prefixes = [len(prefix_of(part)) for part in parts]
    closed = [
        size for size, part in zip(prefixes, parts, strict=True) if item_schema(part, size) is False
    ]
    contained = [
        part["contains"]
        for part in parts
        if "contains" in part
        for _ in range(_most([part], "minContains", MAX_ITEMS, place, 1))
    ]
    return least, min([_least(parts, "maxItems", MAX_ITEMS), *closed]), contained


def _least(parts: Iterable[Mapping[str, Any]], keyword: str, default: int) -> int:
    """Return the smallest value of `keyword`."""
    return int(min((part[keyword] for part in parts if keyword in part), default=default))


def _most(
    parts: Iterable[Mapping[str, Any]], keyword: str, limit: int, place: _Place, default: int = 0
) -> int:
    """Return the largest value of `keyword`, which may not be above `limit`."""
    most = int(max((part.get(keyword, default) for part in parts), default=default))
    if most > limit:
        problem = f"`{keyword}` is more than an echo fills: at most {limit}, got {shown(most)}"
        raise place.error(keyword, problem)
    return most
