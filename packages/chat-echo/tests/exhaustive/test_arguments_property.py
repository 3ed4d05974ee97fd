"""Whatever is returned validates: random schemas, judged by `jsonschema` with its formats."""

from __future__ import annotations

import contextlib
import json
import math
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator

from langchain_chat_echo.schema import UnsatisfiableSchemaError, echo_value
from random_schemas import make_schema, make_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

pytestmark = pytest.mark.untraced

EXAMPLES = int(os.environ.get("ARGUMENTS_EXAMPLES", "200"))
"""Examples for each test; not of the prefix that conftest.py removes."""

VALIDATORS: dict[str, Any] = {"2020-12": Draft202012Validator, "7": Draft7Validator}
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,  # the machine is shared
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def judged(text: str, schema: Any, draft: str) -> bool:
    """Return whether a value was made, after checking that it validates."""
    validator = VALIDATORS[draft]
    before = repr(schema)
    try:
        value = echo_value(text, schema)
    except UnsatisfiableSchemaError:
        return False
    finally:
        assert repr(schema) == before
    validator(schema, format_checker=validator.FORMAT_CHECKER).validate(value)
    assert json.dumps(echo_value(text, schema)) == json.dumps(value)
    assert all(math.isfinite(number) for number in floats(value))
    return True


def floats(value: Any) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    inner = value.values() if isinstance(value, dict) else value
    for item in inner if isinstance(value, (dict, list)) else ():
        yield from floats(item)


@pytest.mark.parametrize("draft", VALIDATORS)
def test_value_of_a_random_schema_validates(draft: str) -> None:
    made = []

    @bounded
    @given(st.randoms(use_true_random=False))
    def run(random: Random) -> None:
        text = make_text(random)
        made.append(judged(text, make_schema(random, draft), draft))

    run()
    assert made.count(True) > len(made) / 3  # the test is not about refusals


@bounded
@given(
    st.text(alphabet="0123456789.eE+-:/ a@\ud800", max_size=40),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["number", "integer"])},
        optional={
            "minimum": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
            "exclusiveMinimum": st.floats(-10, 10) | st.integers(),
            "maximum": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
            "exclusiveMaximum": st.floats(-10, 10) | st.integers(),
            "multipleOf": st.floats(1e-6, 1e6) | st.integers(1, 10**6),
        },
    ),
)
def test_number_of_any_text_and_bounds_validates(text: str, schema: Any) -> None:
    judged(text, schema, "2020-12")


@bounded
@given(
    st.text(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "items", "properties", "$ref", "anyOf", "enum", "pattern", "a"]
                ),
                inner,
                max_size=4,
            )
        ),
    ),
)
def test_junk_is_a_value_or_the_named_error(text: str, schema: Any) -> None:
    with contextlib.suppress(UnsatisfiableSchemaError):
        json.dumps(echo_value(text, schema), allow_nan=False)
