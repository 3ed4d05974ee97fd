"""Hostile texts and schemas are answered or refused, in little time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from langchain_chat_echo import UnsatisfiableSchemaError, echo_value
from langchain_chat_echo.judge import Judge, has_few_ways
from langchain_chat_echo.schema.document import Document

if TYPE_CHECKING:
    from collections.abc import Callable

CAST = """
import json, resource, sys
from langchain_chat_echo import UnsatisfiableSchemaError, echo_value
text, schemas = json.load(sys.stdin)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
answers = []
for schema in schemas:
    try:
        answer = echo_value(text, schema)
    except UnsatisfiableSchemaError as error:
        answer = error.rule
    answers.append(answer if len(str(answer)) < 100 else len(str(answer)))
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([answers, grown]))
"""
"""Prints what came of casts, long answers as their length, and the MiB that they took."""

E_MAIL = r"^([a-zA-Z0-9_\.\-]+)+@(([a-zA-Z0-9\-])+\.)+([a-zA-Z0-9]{2,4})+$"
STR = {"type": "string"}


def obj(**rules: Any) -> dict[str, Any]:
    """Return the schema of an object with a property `p`."""
    return {"type": "object", "required": ["p"], **rules}


def arr(**rules: Any) -> dict[str, Any]:
    """Return the schema of a list with an item."""
    return {"type": "array", "minItems": 1, **rules}


def never(schema: Any) -> dict[str, Any]:
    """Return a schema that refuses what another does, and is only judged."""
    return {"not": {"not": schema}}


TWICE: dict[str, Callable[[Any], dict[str, Any]]] = {
    "anyOf": lambda inner: {"anyOf": [inner, inner]},
    "oneOf": lambda inner: {"oneOf": [inner, {"allOf": [inner], "maxLength": 0}]},
    "allOf": lambda inner: {"allOf": [inner, inner]},
    "not": lambda inner: {"allOf": [never(inner), never(inner)]},
    "if and then": lambda inner: {"if": inner, "then": inner},
    "if and else": lambda inner: {"if": never(inner), "else": inner},
    "$dynamicRef": lambda inner: {"allOf": [inner, {"$dynamicRef": inner["$ref"]}]},
    "dependentSchemas": lambda inner: obj(
        required=["p", "q"], dependentSchemas={"p": inner, "q": inner}
    ),
    "properties": lambda inner: obj(
        allOf=[{"properties": {"p": inner}}, {"properties": {"p": inner}}]
    ),
    "patternProperties": lambda inner: obj(patternProperties={"p": inner, "^p$": inner}),
    "additionalProperties": lambda inner: obj(
        allOf=[{"additionalProperties": inner}, {"additionalProperties": inner}]
    ),
    "propertyNames": lambda inner: {"allOf": [inner, inner], "propertyNames": inner},
    "items": lambda inner: arr(allOf=[{"items": inner}, {"items": inner}]),
    "prefixItems": lambda inner: arr(allOf=[{"prefixItems": [inner]}, {"prefixItems": [inner]}]),
    "contains": lambda inner: arr(items=inner, contains=inner),
    "unevaluatedItems": lambda inner: arr(items=inner, unevaluatedItems=inner),
}
"""Schemas that lead to another one twice, as the judge goes."""


def doubled(keyword: str, levels: int, last: Any, name: str = "L{}") -> dict[str, Any]:
    """Return definitions of which each leads to the next one twice."""
    names = [name.format(level) for level in range(levels + 1)]
    leading = [TWICE[keyword]({"$ref": f"#/$defs/{quote(inner)}"}) for inner in names[1:]]
    return {
        "$ref": f"#/$defs/{quote(names[0])}",
        "$defs": dict(zip(names, [*leading, last], strict=True)),
    }


def unevaluated(levels: int) -> dict[str, Any]:
    """Return a schema that looks into itself once more at each level."""
    schema: dict[str, Any] = {"properties": {"p": STR}}
    for _ in range(levels):
        schema = {"allOf": [schema], "unevaluatedProperties": STR}
    return obj(**schema)


CASES: dict[str, tuple[str, Any, Any]] = {
    "nested_repetition": ("a" * 26 + "!", {**STR, "pattern": "^(a+)+$"}, "a" * 26),
    "nested_repetition_behind_a_look_ahead": (
        "a" * 40 + "!",
        {**STR, "pattern": "^(?=(a+)+$)a+$", "maxLength": 50},
        "a" * 40,
    ),
    "back_reference": ("a" * 40 + "!", {**STR, "pattern": r"^(a+)+\1b$"}, "pattern"),
    "e_mail": ("a" * 26, {**STR, "pattern": E_MAIL}, "0@0.00"),
    "many_wildcards": ("ab" * 4_000, {**STR, "pattern": "a.*b.*c$"}, "abc"),
    "large_repetition": ("x", {**STR, "pattern": "(a{1000}){1000}"}, "schema"),
    "one_character_more_than_the_text": ("x" * 20_000, {**STR, "minLength": 20_001}, 20_001),
    "longest_string": ("x" * 99_999, {**STR, "minLength": 100_000}, 100_000),
    "ten_thousand_long_strings": (
        "x",
        {
            "type": "array",
            "minItems": 100,
            "items": {"type": "array", "minItems": 100, "items": {**STR, "minLength": 100_000}},
        },
        "size",
    ),
    "many_pattern_properties": (
        "x",
        {
            "type": "object",
            "patternProperties": {f"^n{i}$": {} for i in range(2_000)},
            "required": [f"n{i}" for i in range(50)],
        },
        len(str({f"n{i}": "x" for i in range(50)})),
    ),
    "names_with_a_space": ("x", doubled("allOf", 40, {}, "L {}"), "size"),
    "looks_into_itself_at_20_levels": ("x", unevaluated(20), "size"),
    "five_thousand_references": (
        "x",
        {
            "$defs": {f"L{level}": {"$ref": f"#/$defs/L{level + 1}"} for level in range(5_000)}
            | {"L5000": STR},
            "$ref": "#/$defs/L0",
        },
        "x",
    ),
}


def cast_elsewhere(text: str, schemas: list[Any]) -> list[Any]:
    """Return what comes of casts in a process of its own, which may hang."""
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", CAST],
        input=json.dumps([text, schemas]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,  # a hang would be endless, and the machine is shared
    )
    answers: list[Any]
    answers, mebibytes = json.loads(told.stdout)
    assert mebibytes < 200
    return answers


@pytest.mark.parametrize(("text", "schema", "answer"), CASES.values(), ids=CASES)
def test_hostile_cast_ends_soon_and_stays_small(text: str, schema: Any, answer: Any) -> None:
    assert cast_elsewhere(text, [schema]) == [answer]


def test_forty_levels_that_double_are_refused_soon() -> None:
    answers = cast_elsewhere("x", [doubled(keyword, 40, {}) for keyword in TWICE])
    assert dict(zip(TWICE, answers, strict=True)) == dict.fromkeys(TWICE, "size")


@pytest.mark.parametrize("keyword", sorted(TWICE.keys() - {"propertyNames"}))
def test_a_few_levels_that_double_are_answered(keyword: str) -> None:
    answer = echo_value("x", doubled(keyword, 6, {}))

    while isinstance(answer, (dict, list)):
        answer = answer["p"] if isinstance(answer, dict) else answer[0]
    assert answer == "x"


def test_a_few_levels_that_look_into_themselves_are_answered() -> None:
    assert echo_value("x", unevaluated(6)) == {"p": "x"}


@pytest.mark.parametrize(("levels", "rule"), [(6, "minLength"), (16, "schema")])
def test_an_error_names_the_keyword_of_a_few_branches(levels: int, rule: str) -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("x", doubled("allOf", levels, {**STR, "minLength": 3, "maxLength": 2}))
    assert caught.value.rule == rule


def test_too_many_visits_are_an_error_that_says_so() -> None:
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("x", doubled("allOf", 40, {}))
    assert str(caught.value) == (
        "cannot fill the arguments: to judge it takes more than 10000000 visits to schemas; "
        "write the answer down in `replies`"
    )
    assert (caught.value.path, caught.value.rule) == ("", "size")


def judge_of(*schemas: Any, says: bool = True, has_few_ways: bool = False) -> Judge:
    """Return a judge that says one thing of all values; a `$ref` is a place among the schemas."""
    error = SimpleNamespace(
        evaluation_path=["allOf", 0, "not", "if"], kind=SimpleNamespace(name="")
    )
    validator: Any = SimpleNamespace(
        is_valid=lambda _: says, iter_errors=lambda _: iter([error, None])
    )
    return Judge(
        lambda _: validator,
        lambda reference, keyword: schemas[int(reference) + (keyword == "$dynamicRef")],
        has_few_ways=has_few_ways,
    )


COUNTS: dict[str, tuple[Any, Any, int]] = {
    "nothing": ({}, "x", 1),
    "list": ({"anyOf": [{}, {}, True]}, "x", 3),
    "one": ({"not": {}}, "x", 2),
    "true": ({"not": True}, "x", 1),
    "data": ({"const": {"not": {}}, "enum": [{"not": {}}]}, "x", 1),
    "reference": ({"$ref": "0"}, "x", 4),
    "dynamic reference": ({"$dynamicRef": "0"}, "x", 3),
    "by name": ({"dependentSchemas": {"anyOf": {}, "q": {}, "r": False}}, {"p": 1}, 3),
    "same again": ({"allOf": [{"not": {}}, {"not": {}}]}, "x", 5),
    "items": ({"items": {}}, [1, 2, 2], 4),
    "items of a text": ({"items": {}}, "xy", 1),
    "items of an object": ({"items": {"not": {}}}, {"a": 1, "b": 2}, 5),
    "no items": ({"items": {}}, [], 1),
    "prefix": ({"prefixItems": [{}, {"not": {}}, {}]}, [1, 2], 4),
    "short prefix": ({"prefixItems": [{}, True]}, [1, 2, 3], 2),
    "properties": ({"properties": {"p": {}, "q": {}, "r": True}}, {"p": 1, "r": 2, "s": 3}, 2),
    "names of patterns": ({"patternProperties": {"a": {}, "b": {}}}, {"x": 1, "y": 2}, 5),
    "each for the same": (
        {"allOf": [{}], "oneOf": [{}], "if": {}, "then": {}, "else": {}},
        "x",
        6,
    ),
    "each inside": (
        {"additionalProperties": {}, "propertyNames": {}, "contains": {}},
        {"a": 1},
        4,
    ),
    "inner value": (
        {"items": {"properties": {"p": {"items": {}}}}},
        [{"p": [1, 2]}, {"p": [1]}, {"q": [1]}],
        9,
    ),
    "unevaluated properties": ({"allOf": [{}], "unevaluatedProperties": {}}, {"a": 1}, 5),
    "unevaluated items": ({"items": {}, "anyOf": [{}, {}], "unevaluatedItems": {}}, [1], 9),
}


@pytest.mark.parametrize(("schema", "value", "count"), COUNTS.values(), ids=COUNTS)
def test_visits_to_schemas_are_counted(schema: Any, value: Any, count: int) -> None:
    judge = judge_of({"anyOf": [{}, {}]}, {"not": {}})
    assert [judge._ways(schema, value) for _ in range(2)] == [count] * 2


def test_scalars_are_counted_once_for_each_schema() -> None:
    twice: Any = {"anyOf": [{}, {}]}
    once: Any = {"not": {}}
    judge = judge_of()
    assert [judge._ways(twice, "x"), judge._ways(once, 1), judge._ways(twice, None)] == [3, 2, 3]


A_MILLION: Any = {"allOf": [{"allOf": [{"not": True}] * 999}] * 1_000}
"""Counts as 1,000,001 visits."""


def test_visits_of_one_cast_add_up() -> None:
    accepting, one = judge_of(), {"not": True}
    almost = {"allOf": [{"allOf": [one] * 1_229}] * 813}  # 999,991 visits
    assert accepting.refusing([A_MILLION] * 9, "x") is None
    assert accepting.refusing([almost], "x") is None
    with pytest.raises(UnsatisfiableSchemaError):
        accepting.refusing([one], "x")


def test_visits_inside_a_value_count() -> None:
    inside = {"items": A_MILLION}
    assert judge_of(says=False).rule(inside, ["x"]) == "schema"
    with pytest.raises(UnsatisfiableSchemaError):
        judge_of().refusing([inside], ["x"] * 10)


def test_visits_are_not_counted_where_few_ways_lead_to_each_schema() -> None:
    assert judge_of(has_few_ways=True)._ways(A_MILLION, ["x"]) == 1
    items = {**STR, "not": {"anyOf": [{"type": "null"}] * 60}}
    with pytest.raises(UnsatisfiableSchemaError) as caught:
        echo_value("x", {**arr(items=items, minItems=1_000), "contains": {"type": "null"}})
    assert caught.value.rule == "contains"


def test_errors_of_many_visits_are_not_explained() -> None:
    refusing, half = judge_of(says=False), {"allOf": [{"not": True}] * 24_999}
    assert refusing.refusing([half, {}], "x") is half
    assert [refusing.rule(each, "x") for each in (half, half, {})] == ["not", "not", "schema"]


D = "#/$defs/"
DIAMONDS = [(f"{D}{level}", f"{D}{level + 1}") for level in range(8) for _ in range(2)]
REFERENCES: dict[str, tuple[list[tuple[str, str]], bool]] = {
    "none": ([], True),
    "one": ([("#", f"{D}0")], True),
    "512 ways": ([("#/properties/p", f"{D}0"), *DIAMONDS], True),
    "1,023 ways": ([("#", f"{D}0"), ("#", f"{D}0"), *DIAMONDS], False),
    "1,023 ways that nothing leads to": (DIAMONDS * 2, True),
    "1,000 ways": ([("#", f"{D}0")] * 999, True),
    "1,001 ways": ([("#", f"{D}0")] * 1_000, False),
    "1,001 ways from properties": ([("#/properties/p", f"{D}0")] * 1_000, False),
    "1,001 ways of Draft 7 that nothing leads to": (
        [("#/definitions/0", "#/definitions/1")] * 1_000,
        True,
    ),
    "of Draft 7": ([("#", "#/definitions/0"), ("#/definitions/0/items", "#/definitions/1")], True),
    "into itself": ([("#", f"{D}0"), (f"{D}0/properties/p", f"{D}0")], False),
    "to the root": ([("#/properties/p", "#")], False),
    "to no definition": ([("#/items", "#/properties/p")], False),
    "into a definition": ([("#/items", f"{D}0/items")], False),
    "to an anchor": ([("#/items", "#anchor")], False),
    "elsewhere": ([("#/items", f"other{D}0")], False),
    "unevaluatedItems": ([("#", "unevaluatedItems")], False),
}


@pytest.mark.parametrize(("references", "few"), REFERENCES.values(), ids=REFERENCES)
def test_ways_to_definitions_are_counted(references: list[tuple[str, str]], few: bool) -> None:  # noqa: FBT001 - a case
    assert has_few_ways(references) is few


def test_a_schema_with_unevaluated_properties_has_many_ways() -> None:
    assert [Document(json.dumps(unevaluated(levels))).has_few_ways for levels in (0, 1)] == [
        True,
        False,
    ]


BASES: dict[str, tuple[dict[str, Any], Any]] = {
    "at the root": ({"$id": "http://x.test/a", "$ref": f"{D}0", "$defs": {"0": STR}}, "x"),
    "without a reference": ({"anyOf": [{"$id": "http://x.test/a", **STR}]}, "x"),
    "as a property": (
        {"properties": {"$id": {"$ref": f"{D}0"}}, "required": ["$id"], "$defs": {"0": STR}},
        {"$id": "x"},
    ),
}


@pytest.mark.parametrize(("schema", "answer"), BASES.values(), ids=BASES)
def test_an_id_that_no_reference_is_read_by_is_no_matter(schema: Any, answer: Any) -> None:
    assert echo_value("x", schema) == answer


def test_an_id_inside_a_schema_with_references_is_refused_by_name() -> None:
    inner = {"$id": "http://x.test/a", **STR}
    schema = {"$ref": f"{D}0", "$defs": {"0": inner, "1": STR}}
    with pytest.raises(UnsatisfiableSchemaError, match=r"`\$id` inside a schema is not supported"):
        echo_value("x", schema)


def test_schema_of_forty_thousand_levels_is_refused() -> None:
    code = """
from langchain_chat_echo import UnsatisfiableSchemaError, echo_value
schema = {"type": "string"}
for _ in range(40_000):
    schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
try:
    echo_value("x", schema)
except UnsatisfiableSchemaError as error:
    print(error.rule, flush=True)
    import os
    os._exit(0)  # Python frees what nests so deeply slowly
"""
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() in ("depth", "schema")
