"""A JSON schema, Draft 7 or 2020-12, read once, and `jsonschema-rs`, which judges by it."""

from __future__ import annotations

import contextlib
import json
from functools import lru_cache, partial
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

import jsonschema_rs

from langchain_chat_echo.errors import UnsatisfiableSchemaError
from langchain_chat_echo.judge import DATA, MAPS, REFERENCES, UNEVALUATED, has_few_ways
from langchain_chat_echo.schema.formats import EXTRA_FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_chat_echo.judge import Schema

NOT_READ = ("$schema", "title", "description", "default", "examples")  # they hold no schema

_judge = partial(
    jsonschema_rs.Draft202012Validator,
    formats={name: known.holds for name, known in EXTRA_FORMATS.items()},
    validate_formats=True,
    # The engine is linear. Only look-arounds and back-references backtrack: those that take more
    # steps than this, a fraction of a millisecond, count as no match.
    pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000),
    offline=True,
)


class Document:
    """A schema that is known to be well-formed.

    Args:
        source: The schema as JSON.

    Raises:
        UnsatisfiableSchemaError: A keyword is malformed, or a `$ref` leads nowhere.
    """

    def __init__(self, source: str) -> None:
        self.root: Schema = json.loads(source)
        self._places: dict[str, Schema] = {}  # by JSON pointer
        self._pointers: dict[int, str] = {}
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self.has_few_ways = has_few_ways(self._read())
        try:
            jsonschema_rs.meta.validate(self.root)
            self._registry = jsonschema_rs.Registry([("echo:///", self.root)])
            self.validator(self.root)
        except ValueError as error:
            place = "/".join(map(str, ["#", *getattr(error, "instance_path", ())]))
            problem = f"the schema is malformed or its `$ref` leads nowhere, at `{place}`: {error}"
            raise UnsatisfiableSchemaError("", "schema", problem.partition("\n")[0]) from None

    def target(self, reference: str, keyword: str = "$ref") -> Schema:
        """Return the schema that a reference leads to."""
        if unquote(reference) not in self._places:
            problem = f"`{keyword}` {shown(reference)} is not supported, only `#` and `#/…` are"
            raise UnsatisfiableSchemaError("", keyword, problem)
        return self._places[unquote(reference)]

    def validator(self, schema: Schema) -> jsonschema_rs.Validator:
        """Return the validator of `schema`, which is a part of this document."""
        pointer = self._pointers[id(schema)]
        if pointer not in self._validators:
            reference = {"$ref": f"echo:///{quote(pointer, safe='#/~')}"}
            self._validators[pointer] = _judge(reference, registry=self._registry)
        return self._validators[pointer]

    def _read(self) -> list[tuple[str, str]]:
        """Note where each schema stands, and write Draft 7 as 2020-12; return the references."""
        references: list[tuple[str, str]] = []
        has_bases = False  # by which references would have to be read
        pending: list[tuple[str, Any, bool]] = [("#", self.root, False)]
        for pointer, found, by_name in pending:  # grows
            self._places[pointer] = found
            self._pointers[id(found)] = pointer
            if isinstance(found, dict) and not by_name:
                with contextlib.suppress(TypeError, AttributeError):  # malformed: found later
                    _modernise(found)
                references += ((pointer, unquote(str(found[k]))) for k in REFERENCES & found.keys())
                references += ((pointer, k) for k in UNEVALUATED & found.keys())
                has_bases |= "$id" in found and found is not self.root
            steps = dict(enumerate(found)) if isinstance(found, list) else found
            for step, held in steps.items() if isinstance(steps, dict) else ():
                if by_name or step not in DATA:
                    inner = str(step).replace("~", "~0").replace("/", "~1")
                    pending.append((f"{pointer}/{inner}", held, not by_name and step in MAPS))
        if references and has_bases:
            raise UnsatisfiableSchemaError("", "$id", "`$id` inside a schema is not supported")
        return references


@lru_cache(maxsize=4_096)
def tester(keyword: str, value: str) -> Callable[[str], bool]:
    """Return what tells whether a string satisfies one keyword, such as `pattern`."""
    return _judge({keyword: value}).is_valid


def _modernise(schema: dict[str, Any]) -> None:
    """Write what Draft 7 has keywords of its own for with those of 2020-12, in place."""
    for keyword in NOT_READ:
        schema.pop(keyword, None)
    if isinstance(schema.get("items"), list):
        prefix, rest = schema.pop("items"), schema.pop("additionalItems", True)
        schema |= {"prefixItems": prefix, "items": rest} if prefix else {"items": rest}
    for name, asked in schema.get("dependencies", {}).items():
        keyword = "dependentRequired" if isinstance(asked, list) else "dependentSchemas"
        schema.setdefault(keyword, {})[name] = asked
    schema.pop("dependencies", None)
