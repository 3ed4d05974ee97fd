from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.exceptions import OutputParserException
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from chat_paths import PATHS
from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS: list[Any] = ["function_calling", "json_schema", "json_mode"]
each_method = pytest.mark.parametrize("method", METHODS)
each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])


class Weather(BaseModel):
    """The weather somewhere."""

    place: str
    degrees: int


class WeatherDict(TypedDict):
    """The weather somewhere."""

    place: str
    degrees: int


TEXT = "It has 21 degrees in Köln."
VALUES = {"place": TEXT, "degrees": 21}
SCHEMAS: dict[str, tuple[Any, Any]] = {
    "pydantic": (Weather, Weather(place=TEXT, degrees=21)),
    "TypedDict": (WeatherDict, VALUES),
    "JSON schema": (Weather.model_json_schema(), VALUES),
}


@each_method
@pytest.mark.parametrize(("schema", "expected"), [*SCHEMAS.values()], ids=[*SCHEMAS])
def test_answers_have_the_schema(method: Any, schema: Any, expected: Any) -> None:
    model = ChatEcho(chunk_size=7).with_structured_output(schema, method=method)
    assert model.invoke(TEXT) == expected
    assert list(model.stream(TEXT))[-1] == expected


PLACE = {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}
ASKED: dict[str, dict[str, Any]] = {
    "function_calling": {
        "tools": [{"type": "function", "function": {"name": "P", "parameters": PLACE}}],
        "tool_choice": {"type": "function", "function": {"name": "P"}},
    },
    "json_schema": {
        "response_format": {"type": "json_schema", "json_schema": {"name": "P", "schema": PLACE}}
    },
    "json_mode": {"response_format": {"type": "json_object", "schema": PLACE}},
}


@each_method
def test_the_call_says_what_was_asked_in_openais_words(method: Any) -> None:
    model = ChatEcho()
    model.with_structured_output({"title": "P", **PLACE}, method=method).invoke("x")
    assert model.calls[-1].options == ASKED[method]


@each_method
@pytest.mark.parametrize("strict", [None, True])
def test_strict_closes_the_schema(method: Any, *, strict: bool | None) -> None:
    model = ChatEcho()
    model.with_structured_output(Weather, method=method, strict=strict).invoke(TEXT)
    asked = json.dumps(model.calls[-1].options)
    assert ('"additionalProperties": false' in asked) is bool(strict)


@each_method
def test_other_options_reach_the_call(method: Any) -> None:
    model = ChatEcho()
    model.with_structured_output(Weather, method=method, seed=7).invoke(TEXT)
    assert model.calls[-1].options["seed"] == 7


class Told(BaseCallbackHandler):
    def __init__(self) -> None:
        self.options: dict[str, Any] = {}

    def on_chat_model_start(self, *_: Any, **told: Any) -> None:
        self.options = told["options"]


@each_method
def test_tracing_is_told_the_method_and_the_schema(method: Any) -> None:
    told = Told()
    model = ChatEcho().with_structured_output(Weather, method=method, strict=True)
    model.invoke(TEXT, config={"callbacks": [told]})
    format_told = told.options["ls_structured_output_format"]
    assert format_told["kwargs"] == {"method": method, "strict": True}
    assert format_told["schema"]["title"] == "Weather"


class Node(BaseModel):
    """A node."""

    name: str
    children: list[Node]


class Forest(BaseModel):
    """Trees."""

    trees: list[Node] = Field(min_length=1)


ONE_OF = {
    "title": "Side",
    "type": "object",
    "anyOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]}],
}
ODD_SCHEMAS: dict[str, tuple[Any, Any]] = {
    "recursive": (Node, Node(name=TEXT, children=[])),
    "recursive inside": (Forest, Forest(trees=[Node(name=TEXT, children=[])])),
    "without properties": (ONE_OF, {"a": 21}),
    "without anything": ({"title": "Any", "type": "object"}, {}),
    "titled as a tool_choice": ({**Weather.model_json_schema(), "title": "none"}, VALUES),
}


@each_method
@pytest.mark.parametrize(("schema", "expected"), [*ODD_SCHEMAS.values()], ids=[*ODD_SCHEMAS])
def test_odd_schemas_are_answered_too(method: Any, schema: Any, expected: Any) -> None:
    model = ChatEcho().with_structured_output(schema, method=method)
    assert model.invoke(TEXT) == expected
    assert list(model.stream(TEXT))[-1] == expected


@each_method
def test_the_raw_message_can_be_had(method: Any) -> None:
    model = ChatEcho().with_structured_output(Weather, method=method, include_raw=True)
    answer = model.invoke(TEXT)
    assert isinstance(answer, dict)
    assert isinstance(answer["raw"], AIMessage)
    assert answer["parsed"] == Weather(place=TEXT, degrees=21)
    assert answer["parsing_error"] is None


def test_an_answer_that_does_not_parse_is_raised_or_returned() -> None:
    cut = ChatEcho(max_tokens=5)
    with pytest.raises(OutputParserException):
        cut.with_structured_output(Weather, method="json_schema").invoke(TEXT)
    answer = cut.with_structured_output(Weather, method="json_schema", include_raw=True).invoke(
        TEXT
    )
    assert isinstance(answer, dict)
    assert answer["parsed"] is None
    assert isinstance(answer["parsing_error"], OutputParserException)


def test_an_unknown_method_is_refused() -> None:
    message = (
        "^method must be 'function_calling', 'json_schema' or 'json_mode', got 'yaml': "
        "pass one of them, or leave it out[.]$"
    )
    with pytest.raises(ValueError, match=message):
        ChatEcho().with_structured_output(Weather, method="yaml")  # type: ignore[arg-type] # the point


FORMATS: dict[str, tuple[Any, Any]] = {
    "json_schema": (
        {"type": "json_schema", "json_schema": {"name": "w", "schema": {"type": "integer"}}},
        21,
    ),
    "json_object with a schema": (
        {"type": "json_object", "schema": Weather.model_json_schema()},
        VALUES,
    ),
    "json_object": ({"type": "json_object"}, {"text": TEXT}),
}


@each_path
@pytest.mark.parametrize(("response_format", "expected"), [*FORMATS.values()], ids=[*FORMATS])
def test_a_raw_response_format_is_answered_in_json(
    path: Callable[..., AIMessage], response_format: Any, expected: Any
) -> None:
    content = path(ChatEcho(), TEXT, response_format=response_format).content
    assert isinstance(content, str)
    assert json.loads(content) == expected
    assert "\\u" not in content  # characters stay as they are


@each_path
@pytest.mark.parametrize(
    "response_format",
    [
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": {"name": "x"}},
        "json",
        "json_object",
        5,
    ],
    ids=repr,
)
def test_a_response_format_without_a_schema_is_refused(
    path: Callable[..., AIMessage], response_format: Any
) -> None:
    message = (
        f"response_format={response_format!r} has no schema: pass {{'type': 'json_schema', "
        "'json_schema': {'name': ..., 'schema': {...}}} or {'type': 'json_object'}."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        path(ChatEcho(), TEXT, response_format=response_format)


def test_tools_come_before_the_response_format() -> None:
    class Look(BaseModel):
        """Look something up."""

    model = ChatEcho().bind_tools(
        [Look], response_format={"type": "json_object", "schema": Weather.model_json_schema()}
    )
    first = model.invoke("look")
    assert [call["name"] for call in first.tool_calls] == ["Look"]
    result = ToolMessage("21", tool_call_id="call_1")
    last = model.invoke([HumanMessage("look"), first, result])
    assert json.loads(str(last.content)) == {"place": "look", "degrees": 0}


@each_method
def test_structured_output_is_cast_from_the_last_human_message(method: Any) -> None:
    model = ChatEcho().with_structured_output(Weather, method=method)
    assert model.invoke([HumanMessage(TEXT), AIMessage("5")]) == Weather(place=TEXT, degrees=21)


def test_a_field_that_cannot_be_filled_is_named() -> None:
    class Code(BaseModel):
        """A code."""

        code: str = Field(min_length=5, max_length=3)

    with pytest.raises(ValueError, match="code"):
        ChatEcho().with_structured_output(Code, method="json_schema").invoke("none")
