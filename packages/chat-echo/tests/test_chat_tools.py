from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field

from chat_paths import PATHS, joined
from langchain_chat_echo import ChatEcho, UnsatisfiableSchemaError

if TYPE_CHECKING:
    from collections.abc import Callable

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@tool
def search(query: str) -> str:
    """Search for something."""
    return query


@tool
def now() -> str:
    """Tell the time."""
    return "noon"


TOOLS = [add, search, now]


def call(name: str, number: int = 1, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": f"call_{number}", "type": "tool_call"}


def asked(*names: str) -> AIMessage:
    """Return an AI message that calls tools, with ids that are ours."""
    return AIMessage("", tool_calls=[{"name": n, "args": {}, "id": f"my_{n}"} for n in names])


def answered(*names: str) -> list[ToolMessage]:
    return [ToolMessage(f"{name} is done", tool_call_id=f"my_{name}") for name in names]


ALL = "1 and 2"
CHOICES: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "auto calls all when none is named": (
        None,
        [call("add", a=1, b=2), call("search", 2, query=ALL), call("now", 3)],
    ),
    "'auto' says the same": (
        "auto",
        [call("add", a=1, b=2), call("search", 2, query=ALL), call("now", 3)],
    ),
    "'any' calls the first": ("any", [call("add", a=1, b=2)]),
    "'required' calls the first": ("required", [call("add", a=1, b=2)]),
    "True calls the first": (True, [call("add", a=1, b=2)]),
    "a name": ("now", [call("now")]),
    "OpenAI's form": (
        {"type": "function", "function": {"name": "search"}},
        [call("search", query=ALL)],
    ),
    "'none'": ("none", []),
}


@each_path
@pytest.mark.parametrize(("choice", "calls"), [*CHOICES.values()], ids=[*CHOICES])
def test_the_choice_decides_which_tools_are_called(
    path: Callable[..., AIMessage], choice: Any, calls: list[dict[str, Any]]
) -> None:
    reply = path(ChatEcho().bind_tools(TOOLS, tool_choice=choice), ALL)
    assert reply.tool_calls == calls
    assert reply.content == ("" if calls else ALL)
    assert reply.response_metadata["finish_reason"] == ("tool_calls" if calls else "stop")


MENTIONS: dict[str, tuple[str, list[str]]] = {
    "in order of mention": ("first search, then add", ["search", "add"]),
    "each once": ("add and add and now", ["add", "now"]),
    "whole words only": ("researching additions now", ["now"]),
    "none named": ("please help", ["add", "search", "now"]),
    "beside other signs": ("(now)", ["now"]),
    "case matters": ("Add", ["add", "search", "now"]),
}


@pytest.mark.parametrize(("text", "names"), [*MENTIONS.values()], ids=[*MENTIONS])
def test_auto_calls_the_tools_that_the_human_names(text: str, names: list[str]) -> None:
    reply = ChatEcho().bind_tools(TOOLS).invoke(text)
    assert [tool_call["name"] for tool_call in reply.tool_calls] == names


HISTORIES: dict[str, tuple[list[Any], Any, list[str]]] = {
    "all called: the results": (
        [HumanMessage("go"), asked("add", "search", "now"), *answered("add", "search", "now")],
        None,
        [],
    ),
    "the rest": ([HumanMessage("go"), asked("add"), *answered("add")], None, ["search", "now"]),
    "the named one is called": ([HumanMessage("now"), asked("now"), *answered("now")], None, []),
    "anew for each human message": (
        [HumanMessage("now"), asked("now"), *answered("now"), HumanMessage("now")],
        None,
        ["now"],
    ),
    "any, when auto would call none: the last bound": (
        [HumanMessage("add"), asked("add"), *answered("add")],
        "any",
        ["now"],
    ),
    "any, when some are left": (
        [HumanMessage("go"), asked("add"), *answered("add")],
        "any",
        ["search"],
    ),
    "a name again": ([HumanMessage("add"), asked("add"), *answered("add")], "add", ["add"]),
    "no human at all": ([SystemMessage("now")], None, ["now"]),
    "what was called before the human": (
        [asked("now"), *answered("now"), HumanMessage("now")],
        None,
        ["now"],
    ),
}


@pytest.mark.parametrize(("messages", "choice", "names"), [*HISTORIES.values()], ids=[*HISTORIES])
def test_each_tool_is_called_once_for_each_human_message(
    messages: list[Any], choice: Any, names: list[str]
) -> None:
    reply = ChatEcho().bind_tools(TOOLS, tool_choice=choice).invoke(messages)
    assert [tool_call["name"] for tool_call in reply.tool_calls] == names
    if not names:
        assert str(reply.content).endswith("is done")


def test_one_at_a_time_without_parallel_tool_calls() -> None:
    model = ChatEcho().bind_tools(TOOLS, parallel_tool_calls=False)
    messages: list[Any] = [HumanMessage("search, then add 1 and 2")]
    called = []
    while calls := (reply := model.invoke(messages)).tool_calls:
        (only,) = calls
        called.append((only["name"], only["id"]))
        messages += [reply, ToolMessage(f"{only['name']} is done", tool_call_id=only["id"])]
    assert called == [("search", "call_1"), ("add", "call_2")]
    assert reply.content == "add is done"


def test_ids_are_new_in_the_conversation_and_the_same_each_time() -> None:
    model = ChatEcho().bind_tools([now])
    taken = AIMessage("", tool_calls=[{"name": "x", "args": {}, "id": "call_2"}])
    first, second = (model.invoke([taken, HumanMessage("now")]) for _ in range(2))
    assert first.tool_calls == second.tool_calls == [call("now", 3)]


def test_a_stream_gives_the_name_first_then_the_arguments_in_pieces() -> None:
    chunks: list[Any] = list(ChatEcho(chunk_size=8).bind_tools([search]).stream("né 你好"))
    parts = [part for chunk in chunks for part in chunk.tool_call_chunks]
    assert [(part["name"], part["id"], part["args"], part["index"]) for part in parts] == [
        ("search", "call_1", "", 0),
        (None, None, '{"query"', 0),
        (None, None, ': "né 你好', 0),
        (None, None, '"}', 0),
    ]
    assert joined(chunks).tool_calls == [call("search", query="né 你好")]
    assert [bool(chunk.usage_metadata) for chunk in chunks] == [False, False, False, False, True]


def test_parallel_calls_stream_side_by_side() -> None:
    chunks: Any = ChatEcho(chunk_size=100).bind_tools([now, add]).stream("1 2")
    parts = [part for chunk in chunks for part in chunk.tool_call_chunks]
    assert [(part["index"], part["name"], part["args"]) for part in parts] == [
        (0, "now", ""),
        (0, None, "{}"),
        (1, "add", ""),
        (1, None, '{"a": 1, "b": 2}'),
    ]


def test_the_arguments_come_from_the_human_and_are_counted() -> None:
    messages = [HumanMessage("add 3 and 4"), AIMessage("I will add 5 and 6")]
    reply = ChatEcho().bind_tools([add]).invoke(messages)
    assert reply.tool_calls == [call("add", a=3, b=4)]
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["output_tokens"] == len('{"a": 3, "b": 4}')


def test_what_langchain_converts_can_be_bound() -> None:
    class Person(BaseModel):
        """Somebody."""

        name: str
        age: int = Field(ge=18)

    def greet(name: str) -> str:
        """Greet somebody."""
        return name

    schema = {"title": "Point", "description": "", "type": "object", "properties": {}}
    anthropic = {
        "name": "pick",
        "description": "",
        "input_schema": {"type": "object", "properties": {"hue": {"type": "string"}}},
    }
    reply = ChatEcho().bind_tools([Person, greet, schema, anthropic]).invoke("Ann 7")
    assert [(c["name"], c["args"]) for c in reply.tool_calls] == [
        ("Person", {"name": "Ann 7", "age": 18}),
        ("greet", {"name": "Ann 7"}),
        ("Point", {}),
        ("pick", {}),
    ]


class Node(BaseModel):
    """A node."""

    name: str
    children: list[Node]


def plant(tree: Node) -> str:
    """Plant a tree."""
    return tree.name


@pytest.mark.parametrize("bound", [Node, plant, tool(plant)], ids=["model", "function", "tool"])
def test_a_model_that_holds_itself_gets_arguments_that_it_takes(bound: Any) -> None:
    (made,) = ChatEcho().bind_tools([bound]).invoke("Ann").tool_calls
    arguments = made["args"].get("tree", made["args"])
    assert Node.model_validate(arguments) == Node(name="Ann", children=[])
    assert made["name"] in ("Node", "plant")


def sow(tree: Node, rows: int) -> str:
    """Sow a tree.

    Args:
        tree: What to sow.
        rows: How many.
    """
    return tree.name * rows


RECURSIVE: dict[str, tuple[Any, str, str, dict[str, str | None]]] = {
    "model": (Node, "Node", "A node.", {}),
    "function": (
        sow,
        "sow",
        "Sow a tree.",
        {"tree": "What to sow.", "rows": "How many."},
    ),
    "tool": (tool(plant), "plant", "Plant a tree.", {"tree": None}),
}


@pytest.mark.parametrize(
    ("bound", "name", "says", "arguments"), RECURSIVE.values(), ids=[*RECURSIVE]
)
def test_what_holds_itself_keeps_its_name_and_descriptions(
    bound: Any, name: str, says: str, arguments: dict[str, str | None]
) -> None:
    model: Any = ChatEcho().bind_tools([bound])
    function = model.kwargs["tools"][0]["function"]
    assert sorted(function) == ["description", "name", "parameters"]
    assert (function["name"], function["description"]) == (name, says)
    properties = function["parameters"].get("properties", {})
    assert {key: rules.get("description") for key, rules in properties.items()} == arguments


def test_a_schema_without_properties_is_kept_whole() -> None:
    rules = {"type": "object", "anyOf": [{"required": ["a"]}]}
    model: Any = ChatEcho().bind_tools([{"title": "Side", "description": "Pick.", **rules}])
    function = {"name": "Side", "description": "Pick.", "parameters": rules}
    assert model.kwargs["tools"] == [{"type": "function", "function": function}]


def test_a_model_that_holds_another_is_formatted_as_langchain_does() -> None:
    class Leaf(BaseModel):
        """A leaf."""

        name: str

    class Branch(BaseModel):
        """A branch."""

        leaves: list[Leaf]
        first: Leaf

    branches: list[Any] = [Branch, Branch.model_json_schema()]
    for branch, strict in product(branches, [None, True]):
        bound: Any = ChatEcho().bind_tools([branch], strict=strict)
        assert bound.kwargs["tools"] == [convert_to_openai_tool(branch, strict=strict)]


def test_strict_tools_are_formatted_as_langchain_does() -> None:
    bound: Any = ChatEcho().bind_tools([add], strict=True)
    assert bound.kwargs["tools"] == [convert_to_openai_tool(add, strict=True)]


FLAT = {"type": "function", "name": "flat", "parameters": {"properties": {"x": {"const": 1}}}}
EITHER = {"anyOf": [{"type": "null"}, {"type": "object", "required": ["x"]}]}


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [({"description": "anything"}, {}), (EITHER, {"x": "hi"}), ({"const": {"x": 1}}, {"x": 1})],
    ids=["no type", "object or null", "const"],
)
def test_arguments_are_an_object_whatever_else_the_schema_admits(
    parameters: Any, arguments: Any
) -> None:
    function = {"name": "f", "description": "", "parameters": parameters}
    reply = ChatEcho().invoke("hi", tools=[{"type": "function", "function": function}])
    assert reply.tool_calls == [call("f", **arguments)]


def test_arguments_that_can_be_no_object_are_refused() -> None:
    function = {"name": "f", "description": "", "parameters": {"type": "array"}}
    with pytest.raises(UnsatisfiableSchemaError, match="type"):
        ChatEcho().invoke("f", tools=[{"type": "function", "function": function}])


def test_a_tool_in_the_form_of_the_responses_api_can_be_called() -> None:
    assert ChatEcho().invoke("x", tools=[FLAT], tool_choice="flat").tool_calls == [call("flat")]


def test_tools_may_be_bound_to_a_call() -> None:
    function = {"name": "bare", "description": "Without parameters."}
    reply = ChatEcho().invoke("x", tools=[{"type": "function", "function": function}])
    assert reply.tool_calls == [call("bare")]


CHOICES_ARE = (
    "pass None, 'auto', 'none', 'any', 'required', True, a tool's name, or "
    "{'type': 'function', 'function': {'name': ...}}."
)
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "unknown name": (
        {"tools": [add, now], "tool_choice": "ad"},
        "tool_choice names 'ad'; the bound tools are ['add', 'now'].",
    ),
    "unknown name in OpenAI's form": (
        {"tools": [add], "tool_choice": {"type": "function", "function": {"name": "ad"}}},
        "tool_choice names 'ad'; the bound tools are ['add'].",
    ),
    "not a choice": (
        {"tools": [add], "tool_choice": 5},
        f"tool_choice=5 is not understood: {CHOICES_ARE}",
    ),
    "not a form": (
        {"tools": [add], "tool_choice": {"type": "tool"}},
        f"tool_choice={{'type': 'tool'}} is not understood: {CHOICES_ARE}",
    ),
    "no function in the form": (
        {"tools": [add], "tool_choice": {"type": "function", "function": {}}},
        f"tool_choice={{'type': 'function', 'function': {{}}}} is not understood: {CHOICES_ARE}",
    ),
    "any without tools": (
        {"tool_choice": "any"},
        "tool_choice='any' asks for a tool call, but no tool is bound: use bind_tools.",
    ),
    "a name without tools": (
        {"tool_choice": "add"},
        "tool_choice='add' asks for a tool call, but no tool is bound: use bind_tools.",
    ),
    "a built-in tool": (
        {"tools": [{"type": "file_search"}]},
        "ChatEcho cannot call the built-in tool {'type': 'file_search'}: bind functions only.",
    ),
}


@pytest.mark.parametrize(("options", "message"), [*BAD.values()], ids=[*BAD])
@each_path
def test_a_bad_choice_is_refused(
    path: Callable[..., AIMessage], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        path(ChatEcho(), "x", **options)


IMPOSSIBLE = {
    "name": "impossible",
    "description": "",
    "parameters": {
        "type": "object",
        "properties": {"code": {"enum": ["a"], "minLength": 2}},
        "required": ["code"],
    },
}
impossible: dict[str, Any] = {"type": "function", "function": IMPOSSIBLE}


@each_path
@pytest.mark.parametrize(
    ("text", "choice"),
    [("impossible", None), ("help", "impossible"), ("impossible", "any")],
    ids=["mentioned", "chosen", "any"],
)
def test_arguments_that_do_not_fit_are_refused_by_name(
    path: Callable[..., AIMessage], text: str, choice: str | None
) -> None:
    model = ChatEcho().bind_tools([now, impossible], tool_choice=choice)
    with pytest.raises(UnsatisfiableSchemaError, match="code") as caught:
        path(model, text)
    assert caught.value.path == "code"


@each_path
@pytest.mark.parametrize("parallel", [None, False], ids=["parallel", "one by one"])
def test_a_tool_that_nobody_named_and_the_text_does_not_fit_is_left_out(
    path: Callable[..., AIMessage], *, parallel: bool | None
) -> None:
    model = ChatEcho().bind_tools([impossible, now], parallel_tool_calls=parallel)
    assert path(model, "help").tool_calls == [call("now")]
    assert path(ChatEcho().bind_tools([impossible]), "help").content == "help"
