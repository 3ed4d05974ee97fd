"""Hostile texts and schemas are answered or refused, in little time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

CAST = """
import json, resource, sys
from langchain_chat_echo import UnsatisfiableSchemaError, echo_value
text, schema = json.load(sys.stdin)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    answer = echo_value(text, schema)
except UnsatisfiableSchemaError as error:
    answer = error.rule
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
print(json.dumps([answer if len(str(answer)) < 100 else len(str(answer)), grown]))
"""
"""Prints what came of a cast, long answers as their length, and the MiB that it took."""

E_MAIL = r"^([a-zA-Z0-9_\.\-]+)+@(([a-zA-Z0-9\-])+\.)+([a-zA-Z0-9]{2,4})+$"
STR = {"type": "string"}
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
}


@pytest.mark.parametrize(("text", "schema", "answer"), CASES.values(), ids=CASES)
def test_hostile_cast_ends_soon_and_stays_small(text: str, schema: Any, answer: Any) -> None:
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", CAST],
        input=json.dumps([text, schema]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,  # a hang would be endless, and the machine is shared
    )
    found, mebibytes = json.loads(told.stdout)
    assert found == answer
    assert mebibytes < 200


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
