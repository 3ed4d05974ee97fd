"""Every kind of field that pydantic writes as JSON schema: the model accepts the value."""

from __future__ import annotations

import dataclasses
import datetime as dt
import ipaddress
import re
import uuid
from collections import OrderedDict, deque
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, cast

import pydantic
import pytest
from jsonschema import Draft202012Validator
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, Field, Json, StringConstraints, TypeAdapter
from typing_extensions import TypedDict

from langchain_chat_echo.schema import echo_value

TEXT = "Book 2 rooms, yes: https://example.org on 2024-05-01 at 2.5 each for bo@example.org in red"


class Color(Enum):
    BLUE = "blue"
    RED = "red"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Cat(BaseModel):
    kind: Literal["cat"]
    name: str


class Dog(BaseModel):
    kind: Literal["dog"]
    age: int


class Pet(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Node(BaseModel):
    value: int
    children: list[Node]
    parent: Node | None


class Add(BaseModel):
    op: Literal["add"]
    left: Expression
    right: Expression


class Leaf(BaseModel):
    op: Literal["leaf"]
    value: float


Expression = Annotated[Add | Leaf, Field(discriminator="op")]
Add.model_rebuild()


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    count: int = 3
    inner: Cat


class Point(NamedTuple):
    x: int
    y: float


@dataclasses.dataclass
class Size:
    width: int
    unit: str = "cm"


class Movie(TypedDict, total=False):
    title: str
    year: int


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    full_name: str = Field(alias="fullName", min_length=3, max_length=8)


class Generic(BaseModel):
    items: dict[str, list[tuple[int, str] | None]]
    options: dict[str, Any]


KINDS: dict[str, tuple[Any, Any]] = {
    "str": (str, TEXT),
    "str_lengths": (Annotated[str, StringConstraints(min_length=3, max_length=8)], "Book 2 r"),
    "str_pattern": (Annotated[str, Field(pattern=r"^[a-z]+$")], "rooms"),
    "int": (int, 2),
    "int_bounds": (Annotated[int, Field(gt=3, le=10, multiple_of=4)], 4),
    "float": (float, 2.0),
    "float_bounds": (Annotated[float, Field(ge=0, lt=1.5)], 0.5),
    "bool": (bool, True),
    "none": (type(None), None),
    "any": (Any, TEXT),
    "decimal": (Decimal, Decimal(2)),
    "decimal_bounds": (Annotated[Decimal, Field(gt=3, max_digits=4, decimal_places=1)], Decimal(4)),
    "bytes": (bytes, TEXT.encode()),
    "base64_bytes": (pydantic.Base64Bytes, TEXT.encode()),
    "base64url_str": (pydantic.Base64UrlStr, TEXT),
    "secret": (pydantic.SecretStr, pydantic.SecretStr(TEXT)),
    "enum": (Color, Color.RED),
    "int_enum": (Level, Level.HIGH),
    "literal": (Literal["a", "red", 7], "red"),
    "date": (dt.date, dt.date(2024, 5, 1)),
    "datetime": (dt.datetime, dt.datetime(2000, 1, 1, 0, 0, 1, tzinfo=dt.timezone.utc)),
    "time": (dt.time, dt.time(0, 0, 1, tzinfo=dt.timezone.utc)),
    "timedelta": (dt.timedelta, dt.timedelta(seconds=1)),
    "aware": (pydantic.AwareDatetime, dt.datetime(2000, 1, 1, 0, 0, 1, tzinfo=dt.timezone.utc)),
    "past_date": (pydantic.PastDate, dt.date(2024, 5, 1)),
    "uuid": (uuid.UUID, uuid.UUID("00000000-0000-4000-8000-000000000001")),
    "uuid1": (pydantic.UUID1, uuid.UUID("00000000-0000-1000-8000-000000000001")),
    "uuid5": (pydantic.UUID5, uuid.UUID("00000000-0000-5000-8000-000000000001")),
    "url": (pydantic.HttpUrl, pydantic.HttpUrl("https://example.org")),
    "postgres": (pydantic.PostgresDsn, pydantic.PostgresDsn("postgresql://localhost/echo1")),
    "email": (pydantic.EmailStr, "bo@example.org"),
    "name_email": (pydantic.NameEmail, pydantic.NameEmail("bo", "bo@example.org")),
    "ipv4": (ipaddress.IPv4Address, ipaddress.IPv4Address("192.0.2.1")),
    "ipv6": (ipaddress.IPv6Address, ipaddress.IPv6Address("2001:db8::1")),
    "ipv4network": (ipaddress.IPv4Network, ipaddress.IPv4Network("192.0.1.0/24")),
    "ipv6network": (ipaddress.IPv6Network, ipaddress.IPv6Network("2001:db8:1::/48")),
    "ipv4interface": (ipaddress.IPv4Interface, ipaddress.IPv4Interface("192.0.2.1/24")),
    "ipv6interface": (ipaddress.IPv6Interface, ipaddress.IPv6Interface("2001:db8::1/64")),
    "ip_any": (pydantic.IPvAnyAddress, ipaddress.IPv4Address("192.0.2.1")),
    "ip_any_network": (pydantic.IPvAnyNetwork, ipaddress.IPv4Network("192.0.1.0/24")),
    "ip_any_interface": (pydantic.IPvAnyInterface, ipaddress.IPv4Interface("192.0.2.1/24")),
    "path": (Path, Path(TEXT)),
    "pattern": (re.Pattern, re.compile(".{1,1}")),
    "byte_size": (pydantic.ByteSize, 2),
    "json": (Json[dict[str, int]], {}),
    "optional": (int | None, 2),
    "nested_optional": (list[int | None] | None, [2]),
    "union": (int | str, 2),
    "list": (list[int], [2]),
    "list_sizes": (Annotated[list[int], Field(min_length=3, max_length=3)], [2, 2, 0]),
    "list_of_lists": (list[list[bool]], [[True]]),
    "deque": (deque[int], deque([2])),
    "tuple": (tuple[int, str, bool], (2, TEXT, True)),
    "tuple_of_any_length": (tuple[int, ...], (2,)),
    "tuple_empty": (tuple[()], ()),
    "set": (Annotated[set[int], Field(min_length=3)], {2, 0, 1}),
    "set_of_sets": (
        Annotated[set[frozenset[int]], Field(min_length=2)],
        {frozenset({2}), frozenset()},
    ),
    "frozenset": (frozenset[str], frozenset({TEXT})),
    "dict": (dict[str, int], {}),
    "dict_min": (Annotated[dict[str, int], Field(min_length=2)], {TEXT: 2, "Book": 2}),
    "dict_of_uuid": (
        Annotated[dict[uuid.UUID, int], Field(min_length=1)],
        {uuid.UUID("00000000-0000-4000-8000-000000000001"): 2},
    ),
    "dict_of_date": (
        Annotated[dict[dt.date, str], Field(min_length=1)],
        {dt.date(2024, 5, 1): TEXT},
    ),
    "dict_of_literal": (Annotated[dict[Literal["a", "b"], int], Field(min_length=1)], {"a": 2}),
    "dict_of_pattern": (
        Annotated[dict[Annotated[str, Field(pattern="^r")], int], Field(min_length=1)],
        {"rooms,": 2},
    ),
    "ordered_dict": (OrderedDict[str, int], OrderedDict()),
    "named_tuple": (Point, Point(2, 2.5)),
    "dataclass": (Size, Size(2)),
    "typed_dict": (Movie, {}),
    "model": (Cat, Cat(kind="cat", name=TEXT)),
    "closed_model": (Closed, Closed(name=TEXT, inner=Cat(kind="cat", name=TEXT))),
    "aliased_model": (Aliased, Aliased(fullName="Book 2 r")),
    "discriminated": (Pet, Pet(pet=Cat(kind="cat", name=TEXT))),
    "recursive": (Node, Node(value=2, children=[], parent=None)),
    "recursive_union": (
        Expression,
        Add(op="add", left=Leaf(op="leaf", value=2), right=Leaf(op="leaf", value=2.5)),
    ),
    "mixed": (Generic, Generic(items={}, options={})),
}

if "propertyNames" not in TypeAdapter(dict[uuid.UUID, int]).json_schema():
    # older pydantic does not write down what the keys of a dict must be, so nobody can tell
    for undescribed in ("dict_of_uuid", "dict_of_date", "dict_of_literal"):
        del KINDS[undescribed]


def checked(text: str, schema: dict[str, Any]) -> Any:
    value = echo_value(text, schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(value)
    return value


@pytest.mark.parametrize(("kind", "expected"), KINDS.values(), ids=KINDS)
def test_field_of_every_kind_is_filled(kind: Any, expected: Any) -> None:
    adapter = TypeAdapter(kind)
    assert adapter.validate_python(checked(TEXT, adapter.json_schema())) == expected


ANY_TEXT = [name for name in KINDS if name not in ("str_pattern", "dict_of_pattern")]
"""The kinds that a text without the right word can fill as well."""


@pytest.mark.parametrize("text", ["", "hello", "3", "-7.25"])
@pytest.mark.parametrize("name", ANY_TEXT)
def test_field_is_filled_from_a_text_without_it(name: str, text: str) -> None:
    adapter = TypeAdapter(KINDS[name][0])
    adapter.validate_python(checked(text, adapter.json_schema()))


@pytest.mark.parametrize("name", ANY_TEXT)
def test_serialization_schema_is_satisfied(name: str) -> None:
    checked(TEXT, TypeAdapter(KINDS[name][0]).json_schema(mode="serialization"))


def test_all_fields_of_a_model_are_filled_at_once() -> None:
    fields: dict[str, Any] = {f"a_{name}": (KINDS[name][0], ...) for name in ANY_TEXT}
    model = pydantic.create_model("All", **fields)
    value = checked(TEXT, model.model_json_schema())
    assert list(value) == list(fields)
    model.model_validate(value)


def book(
    guest: str, rooms: int, pets: list[Pet] | None, *, day: dt.date, quiet: bool = True
) -> str:
    """Book rooms.

    Args:
        guest: Who comes.
        rooms: How many.
        pets: Who comes along.
        day: When.
        quiet: Whether it must be quiet.
    """
    return f"{guest}, {rooms}, {pets}, {day}, {quiet}"


BOOKED = f"{TEXT}, 2, [Pet(pet=Cat(kind='cat', name='{TEXT}'))], 2024-05-01, True"


def test_function_takes_its_arguments() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(cast("Any", book))
    schema = adapter.json_schema()
    call = pydantic.validate_call(book)
    assert call(**checked(TEXT, schema)) == BOOKED


def test_function_as_a_tool_takes_its_arguments() -> None:
    schema = convert_to_openai_tool(book)["function"]["parameters"]
    call = pydantic.validate_call(book)
    assert call(**checked(TEXT, schema)) == BOOKED


# not Node: langchain-core writes a recursive model without what it recurs to
@pytest.mark.parametrize("tool", [Closed, Aliased, Generic, Pet, Movie], ids=lambda t: t.__name__)
def test_class_as_a_tool_takes_its_arguments(tool: Any) -> None:
    schema = convert_to_openai_tool(tool)["function"]["parameters"]
    TypeAdapter(tool).validate_python(checked(TEXT, schema))


def test_strict_tool_takes_its_arguments() -> None:
    schema = convert_to_openai_tool(Closed, strict=True)["function"]["parameters"]
    assert checked(TEXT, schema)["inner"] == {"kind": "cat", "name": TEXT}
