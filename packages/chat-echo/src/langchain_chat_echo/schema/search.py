"""The search for a value: candidates for one place, choices between branches, refusals."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from langchain_chat_echo.schema.document import Document, Schema, broken_rule
from langchain_chat_echo.schema.errors import UnsatisfiableSchemaError, shown
from langchain_chat_echo.schema.formats import FORMATS
from langchain_chat_echo.schema.numeric import Numbers
from langchain_chat_echo.schema.parts import (
    MAX_DEPTH,
    MAX_ITEMS,
    TYPES,
    WRAPPING,
    Parts,
    Place,
    demanded,
    every,
    fixed_values,
    item_schema,
    types,
)
from langchain_chat_echo.schema.patterns import short_matches

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from langchain_chat_echo.schema.text import Text


MAX_STEPS = 50_000
"""Schemas visited for one value: a second or two. What needs more doubles with each level."""

MAX_LENGTH = 100_000
"""Characters that `minLength` may demand, for the same reason. The text itself may be longer."""

MAX_MADE = 20_000_000
"""Characters of all the strings that are made for one value."""

MAX_REFUSALS = 50
"""Candidates in a row that the judge may refuse: they differ little."""


class Search:
    """One cast. Its generators yield at least one candidate or raise `UnsatisfiableSchemaError`.

    Args:
        text: What to echo.
        document: The schema.
    """

    def __init__(self, text: Text, document: Document) -> None:
        self._text = text
        self._document = document
        self._steps = 0
        self._made = 0  # characters
        self._cuts = 0  # times that a branch ended because of what is around it
        self._failed: dict[Hashable, tuple[str, UnsatisfiableSchemaError]] = {}

    def values(
        self,
        schemas: Sequence[Schema],
        place: Place,
        only: Sequence[str] = TYPES,
        decided: frozenset[Hashable] = frozenset(),
    ) -> Iterator[Any]:
        """Yield values that satisfy all `schemas`, the best first.

        Args:
            schemas: What has to be satisfied.
            place: Where the value stands.
            only: The types to make.
            decided: The choices, by id of their list, whose branch is among `schemas`.
        """
        if place.depth > MAX_DEPTH:
            raise place.error("depth", f"the schema nests more than {MAX_DEPTH} levels")
        parts = self._parts(schemas, place)
        choices = [part[k] for part in parts for k in ("anyOf", "oneOf") if k in part]
        choices = [branches for branches in choices if id(branches) not in decided]
        asking = frozenset(id(part) for part in parts if part.keys() - WRAPPING)
        key = (asking, frozenset(map(id, choices)), tuple(only))
        if key in self._failed:
            steps, failure = self._failed[key]
            raise place.inside(steps).error(failure.rule, failure.args[2])
        cuts = self._cuts
        try:
            if choices:  # the whole is judged where nothing is left to choose
                sources: Iterable[Iterator[Any]] = (
                    self.values(
                        (*schemas, branch), place.inside(), only, decided | {id(choices[0])}
                    )
                    for branch in self._by_mention(choices[0])
                )
                yield from self._accepted(sources, (), parts, place)
            else:
                sources = self._sources(parts, place, only, asking)
                yield from self._accepted(sources, schemas, parts, place)
        except UnsatisfiableSchemaError as error:
            if cuts == self._cuts:
                steps = error.path.removeprefix(place.path)
                self._failed[key] = (steps if steps.startswith((".", "[")) else f".{steps}", error)
            raise

    def _parts(self, schemas: Sequence[Schema], place: Place) -> Parts:
        """Return `schemas` with what they include: `$ref`, `allOf`, dependent schemas."""
        parts: dict[int, dict[str, Any]] = {}
        pending = list(reversed(schemas))
        while pending:
            schema = pending.pop()
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise place.error("size", f"the schema takes more than {MAX_STEPS} steps")
            if schema is False:
                raise place.error("false", "the schema allows no value here")
            if schema is not True and id(schema) not in parts:
                parts[id(schema)] = schema
                pending += reversed(self._document.included(schema))
            if not pending:
                required = set(chain.from_iterable(every(parts.values(), "required")))
                dependent = every(parts.values(), "dependentSchemas")
                asked = (
                    sub for subs in dependent for name, sub in subs.items() if name in required
                )
                pending = [sub for sub in asked if id(sub) not in parts]
        return list(parts.values())

    def _accepted(
        self,
        sources: Iterable[Iterator[Any]],
        schemas: Sequence[Schema],
        parts: Parts,
        place: Place,
    ) -> Iterator[Any]:
        """Yield from `sources` what the judge accepts; without any, raise the first error."""
        # The last, a chosen branch, goes first: the whole, which tries all branches, costs more.
        validators = [self._document.validator(schema) for schema in reversed(schemas)]
        patience = MAX_REFUSALS + len(fixed_values(parts))
        error, found = None, False
        for source in sources:
            used, refused = self._text.numbers_used, 0
            try:
                for value in source:
                    rule = next(filter(None, (broken_rule(v, value) for v in validators)), None)
                    if rule is None:
                        found, refused = True, 0
                        yield value
                        continue
                    error = error or self._error(rule, parts, place)
                    refused += 1
                    if refused > patience:
                        break
            except UnsatisfiableSchemaError as failure:
                self._text.numbers_used = used
                error = error or failure
        if not found:
            raise error or self._error("type", parts, place)

    def _error(self, rule: str, parts: Parts, place: Place) -> UnsatisfiableSchemaError:
        wanted = next((f" {shown(value)}" for value in every(parts, rule)), "")
        verb = "match" if rule == "pattern" else "satisfy"
        problem = f"the text does not {verb} `{rule}`{wanted}; got {shown(self._text.whole)}"
        return place.error(rule, problem)

    def _by_mention(self, branches: Sequence[Schema]) -> list[Schema]:
        """Return the branches of a choice; those of fixed values as an `enum` of them would be."""
        members = [
            fixed_values([branch]) if isinstance(branch, dict) else [] for branch in branches
        ]
        if not all(members):
            return list(branches)
        mentions = iter(self._text.first_mentions([*chain.from_iterable(members)]))
        places = [min(islice(mentions, len(some))) for some in members]
        return [branches[i] for i in sorted(range(len(branches)), key=places.__getitem__)]

    def _sources(
        self, parts: Parts, place: Place, only: Sequence[str], key: Hashable
    ) -> Iterator[Iterator[Any]]:
        """Yield the candidates for each type that `parts` allow."""
        members = fixed_values(parts)
        if members:
            places = self._text.first_mentions(members)
            yield (members[i] for i in sorted(range(len(members)), key=places.__getitem__))
            return
        for name in types(parts, only):
            if name in ("object", "array"):
                yield self._nested(name, parts, place, key)
            elif name == "string":
                yield self._strings(parts, place)
            elif name == "boolean":
                yield iter([True, False] if self._text.says_yes else [False, True])
            elif name == "null":
                yield iter([None])
            else:
                yield self._numbers(parts, whole=name == "integer")

    def _nested(self, kind: str, parts: Parts, place: Place, key: Hashable) -> Iterator[Any]:
        if key in place.around:
            self._cuts += 1
            raise place.error("$ref", "the schema nests itself without end")
        inner = replace(place, around=place.around | {key})
        yield from self._objects(parts, inner) if kind == "object" else self._arrays(parts, inner)

    def _objects(self, parts: Parts, place: Place) -> Iterator[dict[str, Any]]:
        least = demanded(parts, "minProperties", MAX_ITEMS, place)
        declared = dict.fromkeys(chain.from_iterable(every(parts, "properties")))
        required = dict.fromkeys(chain.from_iterable(every(parts, "required")))
        names = [name for name in declared if name in required]
        names += [name for name in required if name not in declared]
        sources = {name: self._property(parts, name, place) for name in names}
        value = {name: next(source) for name, source in sources.items()}
        unused = chain(declared, self._names(parts, place))
        while len(value) < least and (name := next(unused, None)) is not None:
            if name not in value:
                with contextlib.suppress(UnsatisfiableSchemaError):
                    value[name] = next(self._property(parts, name, place))
        yield dict(value)
        for name, source in sources.items():
            yield from ({**value, name: other} for other in source)
        for name in [name for name in declared if name not in value]:
            with contextlib.suppress(UnsatisfiableSchemaError):
                value[name] = next(self._property(parts, name, place))
                yield dict(value)

    def _property(self, parts: Parts, name: str, place: Place) -> Iterator[Any]:
        schemas: list[Schema] = []
        for part in parts:
            found = [part["properties"][name]] if name in part.get("properties", ()) else []
            for pattern, schema in part.get("patternProperties", {}).items():
                found += [schema] if self._document.tester("pattern", pattern)(name) else []
            schemas += found or [part.get("additionalProperties", True)]
            if not found and schemas[-1] is False:
                problem = "the schema allows no such property"
                raise place.inside(f".{name}").error("additionalProperties", problem)
        yield from self.values(schemas, place.inside(f".{name}"))

    def _names(self, parts: Parts, place: Place) -> Iterator[str]:
        """Yield names for properties that the schema does not name."""
        for pattern in chain.from_iterable(every(parts, "patternProperties")):
            yield from filter(self._document.tester("pattern", pattern), self._matches([pattern]))
        rules = [*every(parts, "propertyNames")]
        yield from self.values(rules, place.inside(), only=("string",))

    def _arrays(self, parts: Parts, place: Place) -> Iterator[list[Any]]:
        least = demanded(parts, "minItems", MAX_ITEMS, place)
        prefixes = [part.get("prefixItems", ()) for part in parts]
        closed = [len(part.get("prefixItems", ())) for part in parts if part.get("items") is False]
        limit = int(min([MAX_ITEMS, *every(parts, "maxItems"), *closed]))
        contained = [
            (part["contains"],)
            for part in parts
            if "contains" in part
            for _ in range(demanded([part], "minContains", MAX_ITEMS, place, default=1))
        ]
        size = min(limit, max(least, max(map(len, prefixes), default=0) + len(contained), 1))
        extras = [*[()] * (size - len(contained)), *contained][:size]
        seen: set[str] | None = set() if any(every(parts, "uniqueItems")) else None
        sources: dict[Hashable, Iterator[Any]] = {}
        value: list[Any] = []

        def add(extra: tuple[Schema, ...] = ()) -> None:
            place_of_item = place.inside(f"[{len(value)}]")
            schemas = (*(item_schema(part, len(value)) for part in parts), *extra)
            ids = tuple(map(id, schemas))
            if seen is None or ids not in sources:
                sources[ids] = self.values(schemas, place_of_item)
            item = next(_unseen(sources[ids], seen), sources)
            if item is sources:
                raise self._error("uniqueItems", parts, place)
            value.append(item)

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

    def _strings(self, parts: Parts, place: Place) -> Iterator[str]:
        least = demanded(parts, "minLength", MAX_LENGTH, place)
        limit = int(min(every(parts, "maxLength"), default=sys.maxsize))
        whole, patterns = self._text.whole, [*every(parts, "pattern")]

        def fitted(text: str, ending: str = "") -> str:
            made = text
            if len(made) < least:
                made = ((text or "x") * (least // max(len(text), 1) + 1))[:least]
            made = made[: max(limit - len(ending), 0)] + ending
            self._made += len(made) if made is not text else 0
            if self._made > MAX_MADE:
                raise place.error("size", f"the strings exceed {MAX_MADE} characters")
            return made

        for part in parts:
            if part.get("contentMediaType") == "application/json":
                inner = self.values((part.get("contentSchema", True),), place.inside())
                yield from map(json.dumps, inner)
            if part.get("format") in FORMATS:
                holds = self._document.tester("format", part["format"])
                yield from filter(holds, FORMATS[part["format"]].values(whole, MAX_ITEMS))
        yield fitted(whole)
        if patterns:
            for made in map(fitted, self._matches(patterns, least, limit)):
                if all(self._document.tester("pattern", pattern)(made) for pattern in patterns):
                    yield made
        else:  # an invented ending must not satisfy what the text does not
            yield from map(fitted, self._text.words)
            yield from (fitted(whole, str(index)) for index in range(2, MAX_ITEMS + 2))

    def _matches(self, patterns: Sequence[str], least: int = 0, limit: int = 99) -> Iterator[str]:
        """Yield what may match all `patterns`: words of the text, then what the patterns tell."""
        yield from chain(self._text.words, self._text.runs)
        for pattern in patterns:
            yield from short_matches(
                pattern, least, limit, partial(self._document.tester, "pattern")
            )

    def _numbers(self, parts: Parts, *, whole: bool) -> Iterator[float]:
        allowed = Numbers(parts, whole=whole)
        for number in self._text.next_numbers():
            yield from allowed.nearest(number)
        yield from allowed.nearest(Fraction(0))
        yield from allowed.others(MAX_ITEMS)


def _unseen(items: Iterable[Any], seen: set[str] | None) -> Iterator[Any]:
    """Yield the items that are not in `seen` yet, and add them; all of them where it is `None`."""
    for item in items:
        shape = json.dumps(item, sort_keys=True) if seen is not None else ""
        if seen is None or shape not in seen:
            if seen is not None:
                seen.add(shape)
            yield item
