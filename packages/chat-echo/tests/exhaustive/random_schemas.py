"""Texts and JSON schemas from a `random.Random`: Hypothesis's in tests, seeded in benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

# The first two came after Draft 7: its validators ignore them, so `not` would mean something else.
FORMATS = [
    "duration",
    "uuid",
    "date",
    "time",
    "date-time",
    "email",
    "idn-email",
    "hostname",
    "uri",
    "ipv4",
    "ipv6",
    "regex",
    "json-pointer",
    "relative-json-pointer",
    "uri-reference",
    "iri",
    "uri-template",
    "binary",
    "password",
    "no-such-format",
]
WORDS = [
    "hello",
    "yes",
    "NO",
    "7",
    "-3",
    "2.50",
    "1e400",
    "12,5",
    "LAX",
    "a-1",
    "red",
    "Green",
    "2024-02-29",
    "2023-02-29",
    "10:30:00Z",
    "2024-05-01T10:00:00+02:00",
    "P1DT2H",
    "a.b@example.org",
    "https://example.org/x?y=1#z.",
    "10.0.0.256",
    "10.0.0.1",
    "fe80::1",
    "fe80::1; 123e4567-e89b-42d3-a456-426614174000",
    "ünï",
    "世界",
    "�",
    "\n",
    "(3)",
    "1.2.3",
    "10 MB",
    "true",
    "::",
    "/a/b",
]
PATTERNS = ("^[A-Z]{3}$", "[0-9]+", "^a", "l+o", r"^\S+$", "", "^(red|green)$", r"^\d{4}-")
NAMES = ("a", "b", "name", "count", "a-1")
VALUES: tuple[Any, ...] = (
    0,
    1,
    1.0,
    True,
    False,
    None,
    "",
    "red",
    "Green",
    7,
    [],
    [1],
    {},
    {"a": 1},
    2.5,
)
BOUNDS = (-10, -3, -0.5, 0, 1, 2.5, 3, 7, 10, 1e308, 10**20)


def make_text(random: Random) -> str:
    """Return words that a schema may look for, in any order."""
    return " ".join(random.choices(WORDS, k=random.randint(0, 8)))


def make_schema(random: Random, draft: str = "2020-12") -> Any:
    """Return a schema of `draft` ("2020-12" or "7"), often recursive and not always satisfiable."""
    store = "$defs" if draft == "2020-12" else "definitions"
    a, b = f"#/{store}/A", f"#/{store}/B"
    root = _Maker(random, draft, (a, b, "#"), (a, b)).schema(3)
    if isinstance(root, dict):
        # A refers in place to B only and B to nothing: a circle there is no schema at all
        root[store] = {
            "A": _Maker(random, draft, (a, b, "#"), (b,)).schema(2),
            "B": _Maker(random, draft, (a, b, "#"), ()).schema(2),
        }
    return root


@dataclass(frozen=True)
class _Maker:
    random: Random
    draft: str
    references: tuple[str, ...]
    """What the values inside a value may refer to."""
    in_place: tuple[str, ...]
    """What may be referred to for the same value."""

    def schema(self, depth: int, *, inside: bool = False) -> Any:
        roll = self.random.random()
        references = self.references if inside else self.in_place
        if roll < 0.04:
            return self.random.random() < 0.7
        if roll < 0.12 and references:
            return {"$ref": self.random.choice(references)}
        flat: list[Callable[[int], dict[str, Any]]] = [
            self._string,
            self._number,
            self._boolean,
            self._enum,
        ]
        deep: list[Callable[[int], dict[str, Any]]] = [
            self._object,
            self._array,
            self._object,
            self._array,
            self._mixed,
        ]
        schema = self.random.choice(flat + deep if depth else flat)(depth - 1)
        if depth and self.random.random() < 0.25:
            schema |= self._combined(depth - 1)
        return schema

    def _some(self, options: dict[str, Callable[[], Any]]) -> dict[str, Any]:
        return {name: make() for name, make in options.items() if self.random.random() < 0.22}

    def _string(self, _depth: int) -> dict[str, Any]:
        options: dict[str, Callable[[], Any]] = {
            "minLength": lambda: self.random.randint(0, 6),
            "maxLength": lambda: self.random.randint(0, 40),
            "pattern": lambda: self.random.choice(PATTERNS),
            "format": lambda: self.random.choice(FORMATS[self.draft == "7" and 2 :]),
        }
        return {"type": "string", **self._some(options)}

    def _number(self, _depth: int) -> dict[str, Any]:
        bounds = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        options = {name: lambda: self.random.choice(BOUNDS) for name in bounds}
        options["multipleOf"] = lambda: self.random.choice((1, 2, 5, 0.5, 0.1, 0.01, 1.5, 3.0))
        return {"type": self.random.choice(("integer", "number")), **self._some(options)}

    def _boolean(self, _depth: int) -> dict[str, Any]:
        return {"type": self.random.choice(("boolean", "null", ["null", "boolean"]))}

    def _enum(self, _depth: int) -> dict[str, Any]:
        if self.random.random() < 0.3:
            return {"const": self.random.choice(VALUES)}
        return {"enum": self.random.choices(VALUES, k=self.random.randint(1, 4))}

    def _object(self, depth: int) -> dict[str, Any]:
        def sub() -> Any:
            return self.schema(depth, inside=True)

        def names() -> list[str]:
            return list(dict.fromkeys(self.random.choices(NAMES, k=self.random.randint(0, 2))))

        options: dict[str, Callable[[], Any]] = {
            "additionalProperties": lambda: self.random.choice((False, sub())),
            # not "": jsonschema takes a name that only "" matches for an additional one
            "patternProperties": lambda: {self.random.choice(PATTERNS) or "a": sub()},
            "propertyNames": lambda: self.random.choice(
                (self._string(0), {"enum": ["a", "b", "x"]})
            ),
            "minProperties": lambda: self.random.randint(0, 4),
            "maxProperties": lambda: self.random.randint(0, 5),
            "required": names,
        }
        if self.draft == "2020-12":
            options["dependentRequired"] = lambda: {name: names() for name in names()}
            options["dependentSchemas"] = lambda: {name: self.schema(depth) for name in names()}
        else:
            options["dependencies"] = lambda: {
                name: self.random.choice((names(), self.schema(depth))) for name in names()
            }
        schema = self._some(options)
        chosen = self.random.sample(NAMES, self.random.randint(0, 3))
        schema["properties"] = {name: sub() for name in chosen}
        if self.random.random() < 0.7:
            schema.setdefault("required", chosen)
        return {"type": "object", **schema} if self.random.random() < 0.9 else schema

    def _array(self, depth: int) -> dict[str, Any]:
        def sub() -> Any:
            return self.schema(depth, inside=True)

        def subs() -> list[Any]:
            return [sub() for _ in range(self.random.randint(1, 3))]

        options: dict[str, Callable[[], Any]] = {
            "items": sub,
            "minItems": lambda: self.random.randint(0, 4),
            "maxItems": lambda: self.random.randint(0, 5),
            "uniqueItems": lambda: True,
            "contains": sub,
        }
        if self.draft == "2020-12":
            options["prefixItems"] = subs
            options["minContains"] = lambda: self.random.randint(0, 2)
            options["maxContains"] = lambda: self.random.randint(1, 3)
        else:
            options["items"] = self.random.choice((subs, sub))
        schema = self._some(options)
        if isinstance(schema.get("items"), list) and self.random.random() < 0.3:
            schema["additionalItems"] = sub()
        return {"type": "array", **schema}

    def _mixed(self, depth: int) -> dict[str, Any]:
        parts = [self.schema(depth) for _ in range(self.random.randint(1, 3))]
        return {self.random.choice(("anyOf", "anyOf", "oneOf", "allOf")): parts}

    def _combined(self, depth: int) -> dict[str, Any]:
        kind = self.random.randrange(4)
        if kind == 0:
            return self._mixed(depth)
        if kind == 1:
            return {"not": self.schema(depth)}
        keywords = ("if", "then", "else")[:kind]
        return {keyword: self.schema(depth) for keyword in keywords}
