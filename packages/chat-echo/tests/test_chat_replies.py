"""`replies` of a chat model: what each entry answers, and which call gets it, on all six paths."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.runnables import ConfigurableField
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, Field, ValidationError

from chat_paths import PATHS, facts, stream
from langchain_chat_echo import ByPrompt, ByTurn, CallTool, ChatEcho, Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_model_parts.calls import Call

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])
HI = HumanMessage("hi")


def f(x: int = 0) -> int:
    """Do something."""
    return x


def usage(answered: int) -> dict[str, int]:
    return {"input_tokens": 2, "output_tokens": answered, "total_tokens": 2 + answered}


def tool_call(name: str, number: int = 1, **args: Any) -> dict[str, Any]:
    return {"name": name, "args": args, "id": f"call_{number}", "type": "tool_call"}


TEXTS: dict[str, tuple[dict[str, Any], Any, dict[str, Any]]] = {
    "text": ({}, "hello", {"content": "hello"}),
    "text is not cut at max_tokens": ({"max_tokens": 1}, "hello", {"content": "hello"}),
    "text is cut at a stop": (
        {"stop": ["l"]},
        "hello",
        {"content": "hel", "finish_reason": "stop", "stop_sequence": "l"},
    ),
    "text is cut before a stop": (
        {"stop": ["l"], "include_stop": False},
        "hello",
        {"content": "he", "finish_reason": "stop", "stop_sequence": "l"},
    ),
    "empty text": ({}, "", {"content": ""}),
    "an echo": ({"max_tokens": 1}, ..., {"content": "h", "finish_reason": "length"}),
    "a function": ({}, lambda call: call.prompt * 2, {"content": "hihi"}),
    "a tool call": (
        {},
        CallTool("f", x="é"),
        {"content": "", "tool_calls": [tool_call("f", x="é")], "tokens": 10},
    ),
    "arguments that are not JSON": (
        {},
        CallTool("f", x=(1, date(2020, 1, 1))),
        {"content": "", "tool_calls": [tool_call("f", x=[1, "2020-01-01"])], "tokens": 24},
    ),
    "several tool calls": (
        {},
        [CallTool("f", x=1), CallTool("f")],
        {"content": "", "tool_calls": [tool_call("f", x=1), tool_call("f", 2)], "tokens": 10},
    ),
}


@each_path
@pytest.mark.parametrize(("settings", "entry", "expected"), [*TEXTS.values()], ids=[*TEXTS])
def test_an_entry_is_answered_counted_and_said_of(
    path: Callable[..., AIMessage],
    settings: dict[str, Any],
    entry: Any,
    expected: dict[str, Any],
) -> None:
    calls = expected.get("tool_calls", [])
    reason = expected.get("finish_reason", "tool_calls" if calls else "stop")
    metadata = {"model_name": "echo", "finish_reason": reason}
    if "stop_sequence" in expected:
        metadata["stop_sequence"] = expected["stop_sequence"]
    model = ChatEcho(replies=[entry], **settings)
    tools = {"tools": [f]} if calls else {}
    assert facts(path(model, [HI], **tools)) == {
        "content": expected["content"],
        "tool_calls": calls,
        "invalid_tool_calls": [],
        "usage": usage(expected.get("tokens", len(expected["content"]))),
        "metadata": metadata,
        "additional_kwargs": {},
        "name": None,
    }


CALL = {"name": "f", "args": {"x": 1}, "id": "mine", "type": "tool_call"}
RAW_CALLS = [{"id": "mine", "type": "function", "function": {"name": "f", "arguments": '{"x": 1}'}}]
BROKEN = {"name": "f", "args": "x =", "id": "other", "error": None, "type": "invalid_tool_call"}
THOUGHT = {"type": "reasoning", "reasoning": "Let me END see."}
USAGE: Any = {"input_tokens": 7, "output_tokens": 8, "total_tokens": 15}
MESSAGES: dict[str, AIMessage] = {
    "text": AIMessage("hello END there"),
    "a name": AIMessage("x", name="bob"),
    "an id": AIMessage("hello", id="fixed"),
    "metadata": AIMessage("x", response_metadata={"finish_reason": "content_filter", "a": {}}),
    "usage": AIMessage("x", usage_metadata=USAGE),
    "other fields": AIMessage("no", additional_kwargs={"refusal": "x"}),
    "blocks": AIMessage([THOUGHT, {"type": "text", "text": "I END see."}, "So."]),
    "no blocks": AIMessage([]),
    "tool calls": AIMessage("Wait.", tool_calls=[CALL, {**CALL, "id": "other"}]),
    "recorded tool calls": AIMessage(
        "", additional_kwargs={"tool_calls": RAW_CALLS}, tool_calls=[CALL]
    ),
    "an invalid tool call": AIMessage("", tool_calls=[CALL], invalid_tool_calls=[BROKEN]),
    "all of it": AIMessage(
        "END",
        id="fixed",
        tool_calls=[CALL],
        usage_metadata=USAGE,
        response_metadata={"model_name": "gpt"},
    ),
}


@each_path
@pytest.mark.parametrize("entry", [*MESSAGES.values()], ids=[*MESSAGES])
def test_a_message_is_answered_as_written(path: Callable[..., AIMessage], entry: AIMessage) -> None:
    model = ChatEcho(replies=[entry], stop=["END"], max_tokens=1, chunk_size=9).bind_tools([f])
    reply = path(model, [HI])
    assert facts(reply) == facts(entry)
    assert (reply.id == "fixed") == (entry.id == "fixed")
    assert set(reply.response_metadata) - {"model_provider"} == set(entry.response_metadata)


@each_path
@pytest.mark.parametrize("calls", [[], [CALL]], ids=["text", "and a tool call"])
def test_the_id_of_a_message_stays_in_all_chunks(
    path: Callable[..., AIMessage], calls: list[Any]
) -> None:
    entry = AIMessage("hello", id="fixed", tool_calls=calls)
    model = ChatEcho(replies=[entry] * 2, allow_unbound_tools=True)
    assert path(model, [HI]).id == "fixed"
    assert {chunk.id for chunk in model.stream([HI])} == {"fixed"}


def test_the_pieces_of_a_tool_call_are_numbered_behind_the_text() -> None:
    model = ChatEcho(replies=[AIMessage("Wait.", tool_calls=[CALL])], allow_unbound_tools=True)
    first: Any = next(chunk for chunk in model.stream([HI]) if chunk.tool_call_chunks)
    assert first.tool_call_chunks == [
        {"name": "f", "args": "", "id": "mine", "index": 1, "type": "tool_call_chunk"}
    ]


def test_a_chunk_is_answered_as_a_message() -> None:
    (part,) = [{"name": "f", "args": '{"x": 1}', "id": "mine", "index": 0}]
    entry = AIMessageChunk(content="hello", tool_call_chunks=[{**part, "type": "tool_call_chunk"}])  # type: ignore[typeddict-item] # written with all of them
    reply = ChatEcho(replies=[entry]).bind_tools([f]).invoke([HI])
    assert type(reply) is AIMessage
    assert reply.tool_calls == [CALL]


@each_path
def test_tool_calls_without_an_id_get_new_ones(path: Callable[..., AIMessage]) -> None:
    calls = [{"name": "f", "args": {}, "id": None}, {"name": "f", "args": {}, "id": "call_1"}]
    model = ChatEcho(replies=[AIMessage("", tool_calls=calls)]).bind_tools([f])
    assert [call["id"] for call in path(model, [HI]).tool_calls] == ["call_2", "call_1"]


@pytest.mark.parametrize("path", [p for name, p in PATHS.items() if "stream" not in name])
def test_an_empty_id_of_a_tool_call_stays_as_written(path: Callable[..., AIMessage]) -> None:
    model = ChatEcho(replies=[AIMessage("", tool_calls=[{**CALL, "id": ""}])]).bind_tools([f])
    assert path(model, [HI]).tool_calls[0]["id"] == ""


@each_path
def test_arguments_in_a_message_are_given_as_a_stream_carries_them(
    path: Callable[..., AIMessage],
) -> None:
    calls = [{**CALL, "args": {"x": (1, date(2020, 1, 1))}}]
    model = ChatEcho(replies=[AIMessage("", tool_calls=calls)]).bind_tools([f])
    assert path(model, [HI]).tool_calls[0]["args"] == {"x": [1, "2020-01-01"]}


def test_an_empty_conversation_gets_the_written_reply() -> None:
    assert ChatEcho(replies=["Who's there?"]).invoke([]).content == "Who's there?"


def test_a_reply_shares_nothing_with_its_entry() -> None:
    entry = AIMessage([{"type": "text", "text": "x"}], additional_kwargs={"a": [1]})
    model = ChatEcho(replies=[entry, entry])
    first = model.invoke([HI])
    first.additional_kwargs["a"].append(2)
    first.content[0]["text"] = "changed"  # type: ignore[index] # a block
    second = model.invoke([HI])
    assert second.additional_kwargs == {"a": [1]}
    assert second.content == [{"type": "text", "text": "x"}]


@pytest.mark.skipif("output_version" not in ChatEcho.model_fields, reason="came with core 1.0")
@pytest.mark.parametrize("content", ["Wait.", [THOUGHT, {"type": "text", "text": "Wait."}], ""])
def test_standard_blocks_of_a_stream_are_those_of_a_whole_reply(content: Any) -> None:
    entry = AIMessage(content, tool_calls=[CALL, {**CALL, "id": "other"}])
    model = ChatEcho(replies=[entry] * 2, output_version="v1", chunk_size=9).bind_tools([f])

    def shown(reply: AIMessage) -> list[dict[str, Any]]:
        blocks: list[Any] = [*reply.content]
        kept = ("type", "text", "reasoning", "name", "args", "id")
        return [{key: block[key] for key in kept if key in block} for block in blocks]

    assert shown(stream(model, [HI])) == shown(model.invoke([HI]))


def test_a_whole_agent_run_can_be_written_down() -> None:
    model = ChatEcho(replies=[CallTool("f", x=1), CallTool("f", x=2), "done"]).bind_tools([f])
    messages: list[Any] = [HI]
    ids = []
    while calls := (reply := model.invoke(messages)).tool_calls:
        ids.append(calls[0]["id"])
        messages += [reply, ToolMessage("ok", tool_call_id=str(calls[0]["id"]))]
    assert ids == ["call_1", "call_2"]
    assert reply.content == "done"


@each_path
@pytest.mark.parametrize(
    "entry",
    [
        CallTool("g"),
        [CallTool("f"), CallTool("g")],
        AIMessage("", tool_calls=[{**CALL, "name": "g"}]),
    ],
    ids=["one", "of several", "in a message"],
)
def test_a_call_of_a_tool_that_is_not_bound_is_refused(
    path: Callable[..., AIMessage], entry: Any
) -> None:
    model = ChatEcho(replies=[entry])
    message = (
        "replies calls the tool 'g'; the bound tools are ['f']: bind it, write a structured answer "
        "as an object, or pass allow_unbound_tools=True."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        path(model.bind_tools([f]), [HI])
    assert path(model.bind_tools([f, g]), [HI]).tool_calls[-1]["name"] == "g"
    allowed = ChatEcho(replies=[entry], allow_unbound_tools=True)
    assert path(allowed, [HI]).tool_calls[-1]["name"] == "g"


def g() -> None:
    """Do something else."""


def test_tools_that_a_provider_runs_are_no_obstacle_to_written_replies() -> None:
    model = ChatEcho(replies=["looked up", CallTool("f")])
    tools = [{"type": "web_search_preview"}, f]
    assert model.invoke("hi", tools=tools).content == "looked up"
    assert model.invoke("hi", tools=tools).tool_calls == [tool_call("f")]


def test_tools_that_nobody_can_read_are_no_obstacle_to_a_written_text() -> None:
    assert ChatEcho(replies=["text"]).invoke("hi", tools=[{"kind": "?"}]).content == "text"


WRONG: dict[str, tuple[Any, str]] = {
    "a number": (5, "entry 0 of replies is 5, which ChatEcho cannot answer with: write an inst"),
    "nothing": (None, "entry 0 of replies is None, which ChatEcho cannot"),
    "another message": (HumanMessage("x"), "x'.*: a model answers with an AIMessage or a text[.]"),
    "tool calls and more": ([CallTool("f"), 1], "1]: a list of tool calls holds nothing else[.]"),
    "a class": (AIMessage, "entry 0 of replies is the class AIMessage"),
}


@pytest.mark.parametrize(("entry", "message"), [*WRONG.values()], ids=[*WRONG])
def test_an_entry_of_a_wrong_type_is_refused(entry: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        ChatEcho(replies=[entry])
    assert [error["loc"] for error in caught.value.errors()] == [("replies",)]
    if not isinstance(entry, type):
        model = ChatEcho(replies=lambda _: entry)
        message = message.replace("entry 0 of replies", "what a function in replies returned")
        with pytest.raises(ValueError, match=message):
            model.invoke("hi")


def test_replies_by_turn_follow_the_conversation() -> None:
    model = ChatEcho(replies=ByTurn(["one", "two"]))
    conversation = [HI, AIMessage("one"), HI]
    assert [model.invoke([HI]).content for _ in range(2)] == ["one", "one"]
    assert model.invoke(conversation).content == "two"
    with pytest.raises(ValueError, match="asks for entry 3: it has 2 AI messages already"):
        model.invoke([*conversation, AIMessage("two"), HI])


def test_replies_by_prompt_look_at_the_whole_conversation() -> None:
    model = ChatEcho(
        replies=ByPrompt({"You route": CallTool("f"), re.compile("(?i)^sum"): "short", "": ...})
    ).bind_tools([f])
    assert model.invoke([("system", "You route."), ("human", "hi")]).tool_calls
    assert model.invoke("Summarise this").content == "short"
    assert model.invoke("else", tool_choice="none").content == "else"


def test_whatever_langchain_makes_of_a_model_shares_its_replies_and_calls() -> None:
    model = ChatEcho(replies=[str(number) for number in range(9)], max_tokens=9)
    configurable = model.configurable_fields(max_tokens=ConfigurableField(id="n"))
    made: list[Any] = [
        model,
        model.bind_tools([f]),
        model.bind(stop=["x"]),
        model.with_config(tags=["a"]),
        configurable,
        configurable.with_config(configurable={"n": 1}),
        model.with_retry(),
        model.with_fallbacks([ChatEcho()]),
        model.model_copy(),
    ]
    assert [m.invoke("hi").content for m in made] == [str(number) for number in range(9)]
    assert model.call_count == 9
    model.assert_complete()


def test_32_threads_use_1600_entries_once_each() -> None:
    model = ChatEcho(replies=[str(number) for number in range(1_600)])
    tool = convert_to_openai_tool(f)  # here: in threads, LangChain's silencing of warnings races

    def work(_: int) -> list[str]:
        bound = model.bind_tools([tool])
        return [str(bound.invoke("hi").content) for _ in range(50)]

    with ThreadPoolExecutor(32) as pool:
        answers = [answer for found in pool.map(work, range(32)) for answer in found]
    assert sorted(answers, key=int) == [str(number) for number in range(1_600)]
    assert model.call_count == 1_600
    model.assert_complete()


@each_path
def test_the_same_is_recorded_on_every_path(path: Callable[..., AIMessage]) -> None:
    model = ChatEcho(replies=[CallTool("f"), TimeoutError("slow")])
    reply = path(model.bind_tools([f], tool_choice="any", strict=None), [HI], stop=["x"], seed=7)
    with pytest.raises(TimeoutError) as caught:
        path(model, [HI], response_format={"type": "text"})
    first, second = model.calls
    assert (first.messages, first.prompt, first.stop) == ([HI], "hi", ["x"])
    assert [tool["function"]["name"] for tool in first.tools] == ["f"]
    assert (first.tool_choice, first.options["seed"]) == ("any", 7)
    assert facts(first.answer) == facts(reply)
    assert (second.answer, second.error) == (None, caught.value)
    assert second.response_format == {"type": "text"}
    assert (model.call_count, model.last_call) == (2, second)


class Errors(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[BaseException] = []

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.seen.append(error)


async def later(call: Call) -> str:
    return f"later {call.prompt}"


@pytest.mark.parametrize("name", PATHS)
def test_an_asynchronous_function_answers_where_the_call_is_asynchronous(name: str) -> None:
    model = ChatEcho(replies=[later])
    if name.startswith("a"):
        assert PATHS[name](model, [HI]).content == "later hi"
        return
    told = Errors()
    with pytest.raises(TypeError, match="later in replies is asynchronous") as caught:
        PATHS[name](model, [HI], config={"callbacks": [told]})
    assert told.seen == [caught.value]
    assert PATHS["ainvoke"](model, [HI]).content == "later hi"


class Person(BaseModel):
    """Somebody."""

    name: str
    age: int


METHODS: list[Any] = ["function_calling", "json_schema", "json_mode"]
each_method = pytest.mark.parametrize("method", METHODS)
ANN = Person(name="Ann", age=7)


@each_method
@pytest.mark.parametrize("path", ["invoke", "stream"])
@pytest.mark.parametrize("entry", [ANN, {"name": "Ann", "age": 7}], ids=["object", "dict"])
def test_an_object_is_shaped_to_what_the_method_wants(method: Any, path: str, entry: Any) -> None:
    model = ChatEcho(replies=[entry, entry, "by text"], chunk_size=5)
    structured = model.with_structured_output(Person, method=method)
    (answer,) = [structured.invoke("hi")] if path == "invoke" else [*structured.stream("hi")][-1:]
    assert answer == ANN
    raw = model.with_structured_output(Person, method=method, include_raw=True).invoke("hi")
    assert isinstance(raw, dict)
    assert (raw["parsed"], raw["parsing_error"]) == (ANN, None)
    assert model.invoke("hi").content == "by text"


@each_method
def test_a_sequence_of_structured_outputs_is_given_in_order(method: Any) -> None:
    people: list[Any] = [Person(name=name, age=1) for name in "abc"]
    model = ChatEcho(replies=people)
    structured = model.with_structured_output(Person, method=method)
    assert [structured.invoke("hi") for _ in people] == people
    model.assert_complete()


@each_method
@each_path
def test_an_object_that_does_not_fit_is_refused_and_stays(
    path: Callable[..., AIMessage], method: Any
) -> None:
    entry = {"name": "Ann"}
    model = ChatEcho(replies=[entry, "next"])
    structured = model.with_structured_output(Person, method=method)
    bound: Any = structured.steps[0]  # type: ignore[attr-defined] # a sequence: model, parser
    told = Errors()
    with pytest.raises(ValueError, match=r"replies holds .*'?\"?name.*fit") as caught:
        path(bound, [HI], config={"callbacks": [told]})
    assert told.seen == [caught.value]
    names = {"title": "Names", "type": "object", "properties": {"name": {}}}
    assert model.with_structured_output(names, method=method).invoke("hi") == entry


def test_a_refused_object_is_shown_with_the_schema() -> None:
    name = {"title": "Name", "type": "object", "required": ["name"]}
    model = ChatEcho(replies=[{"age": 7}]).with_structured_output(name, method="json_mode")
    message = (
        "replies holds {'age': 7}, which does not fit the schema that the call asks for: "
        '{"type": "object", "required": ["name"]}. Write an object that fits; to answer nonsense, '
        "write a text."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        model.invoke("hi")


def test_an_object_is_refused_where_none_is_asked_for() -> None:
    model = ChatEcho(replies=[ANN])
    message = (
        "replies holds the object Person(name='Ann', age=7), and the call asks for no structured "
        "output: call the model by with_structured_output, or write a text."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        model.invoke("hi")


SCHEMA = {"type": "array", "items": {"type": "integer"}}


def test_a_list_is_structured_output_too() -> None:
    model = ChatEcho(replies=[[1, 2], [1, 2], []])
    schema = {"type": "json_schema", "json_schema": {"name": "numbers", "schema": SCHEMA}}
    assert model.invoke("hi", response_format=schema).content == "[1, 2]"
    with pytest.raises(ValueError, match="fits no tool that the call asks for"):
        model.invoke("hi", tools=[f])
    assert model.invoke("hi", response_format=schema).content == "[1, 2]"
    assert model.invoke("hi", response_format=schema).content == "[]"


def test_json_mode_without_a_schema_takes_any_object_and_nothing_else() -> None:
    model = ChatEcho(replies=[{"a": 1}, [1]])
    assert model.invoke("hi", response_format={"type": "json_object"}).content == '{"a": 1}'
    message = (
        "replies holds [1], which does not fit the schema that the call asks for: "
        '{"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}. '
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        model.invoke("hi", response_format={"type": "json_object"})


class Trip(BaseModel):
    """A trip."""

    length: timedelta = Field(alias="tripLength")


def test_an_object_is_written_as_its_class_serializes_it() -> None:
    trip = Trip(tripLength=timedelta(hours=1))
    model = ChatEcho(replies=[trip])
    schema = {"type": "json_schema", "json_schema": {"schema": Trip.model_json_schema()}}
    assert model.invoke("hi", response_format=schema).content == '{"tripLength": "PT1H"}'


class Report(BaseModel):
    """A report."""

    city: str


def weather(city: str) -> str:
    """Look up the weather."""
    return city


BARE = {"type": "function", "function": {"name": "bare", "description": "Does nothing."}}
FITS_NO_TOOL = (
    'replies holds {"z": 1}, which fits no tool that the call asks for: {"weather": {"properties": '
    '{"city": {"type": "string"}}, "required": ["city"], "type": "object"}, "Report": '
    '{"properties": {"city": {"type": "string"}}, "required": ["city"], "type": "object"}}. Write '
    "an object that fits; to answer nonsense, write a `CallTool` or a text."
)
CHOSEN: dict[str, tuple[Any, list[Any], Any, str | None]] = {
    "the class": (Report(city="Rome"), [Report, weather], "any", "Report"),
    "the last that fits": ({"city": "Rome"}, [weather, Report], "any", "Report"),
    "the only one that knows all": ({"x": 1}, [f, Report], None, "f"),
    "the one that is chosen": ({"city": "Rome"}, [weather, Report], "weather", "weather"),
    "beside one that a provider runs": (
        {"city": "Rome"},
        [weather, {"type": "web_search_preview"}],
        None,
        "weather",
    ),
    "one without parameters": ({}, [BARE], None, "bare"),
    "free: auto": ({"city": "Rome"}, [weather], "auto", "weather"),
    "free: required": ({"city": "Rome"}, [weather], "required", "weather"),
    "free: True": ({"city": "Rome"}, [weather], True, "weather"),
    "free: none": ({"city": "Rome"}, [weather], "none", "weather"),
    "none": ({"z": 1}, [weather, Report], "any", None),
}


@pytest.mark.parametrize(("entry", "tools", "choice", "name"), [*CHOSEN.values()], ids=[*CHOSEN])
def test_an_object_calls_the_bound_tool_that_takes_it(
    entry: Any, tools: list[Any], choice: Any, name: str | None
) -> None:
    model = ChatEcho(replies=[entry]).bind_tools(tools, tool_choice=choice)
    if name is None:
        with pytest.raises(ValueError, match=f"^{re.escape(FITS_NO_TOOL)}$"):
            model.invoke("hi")
    else:
        (call,) = model.invoke("hi").tool_calls
        assert call["name"] == name


def test_a_tool_without_parameters_takes_objects_only() -> None:
    model = ChatEcho(replies=[[1]]).bind_tools([BARE])
    with pytest.raises(
        ValueError, match=re.escape('asks for: {"bare": {"type": "object"}}. Write')
    ):
        model.invoke("hi")


def test_a_failure_breaks_off_a_text_in_the_middle() -> None:
    model = ChatEcho(replies=[Failure(TimeoutError(), after=1, text="one two")], chunk_size="word")
    seen: list[Any] = []
    with pytest.raises(TimeoutError):
        seen.extend(chunk.content for chunk in model.stream("hi"))
    assert seen == ["one"]


def test_an_entry_can_be_printed() -> None:
    assert repr(CallTool("f", x=1, y="a")) == "CallTool('f', x=1, y='a')"
