from __future__ import annotations

import asyncio
import copy
import json
import pickle
from importlib.metadata import version
from inspect import signature
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.load import dumps, loads
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import ConfigurableField
from packaging.version import Version  # langchain-core needs it
from pydantic import SecretStr, ValidationError

from chat_paths import PATHS, facts
from langchain_chat_echo import ByTurn, CallTool, ChatEcho, Failure
from langchain_model_parts import secret_field

if TYPE_CHECKING:
    from collections.abc import Callable

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])
CORE = Version(version("langchain-core")).release
KEY: Any = "sk-canary-0123456789"  # Any: pydantic makes the SecretStr


@pytest.mark.parametrize(
    ("settings", "field", "message"),
    [
        ({"n": -1}, "max_tokens", "greater than or equal to 0"),
        ({"max_tokens": -1}, "max_tokens", "greater than or equal to 0"),
        ({"n": 1, "max_tokens": 1}, "n", "got 'max_tokens' and 'n', the same thing"),
        ({"model": "a", "model_name": "a"}, "model_name", "got 'model' and 'model_name', the same"),
        ({"stop": [""]}, "stop", "a stop must not be empty"),
        ({"chunk_size": 0}, "chunk_size", "must be a whole number from 1 on, or 'word', got 0"),
        ({"sleep": -1}, "sleep", "greater than or equal to 0"),
        ({"stops": ["a"]}, "stops", "ChatEcho has no argument 'stops'; did you mean 'stop'?"),
        ({"reply": []}, "reply", "did you mean 'replies'?"),
        ({"apikey": KEY}, "apikey", "ChatEcho has no argument 'apikey'; did you mean 'api_key'?"),
    ],
    ids=repr,
)
def test_a_bad_setting_is_refused_by_name(
    settings: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatEcho(**settings)
    (error,) = caught.value.errors()
    assert error["loc"][0] in (field, "n")
    assert message in error["msg"]
    assert KEY not in f"{caught.value} {error}"


CONFIGURATIONS: list[dict[str, Any]] = [
    {},
    {"n": 3},
    {"stop": ["b"]},
    {"stop": ["c"]},
    {"include_stop": False},
    {"model": "other"},
    {"replies": ByTurn(["one"])},
    {"replies": ByTurn([AIMessage("two")])},
    {"replies": ByTurn([CallTool("a")]), "allow_unbound_tools": True},
    {"replies": ByTurn([CallTool("b")]), "allow_unbound_tools": True},
]
CALLS: list[dict[str, Any]] = [{}, {"stop": ["c"]}, {"stop": []}, {"max_tokens": 2}, {"model": "m"}]


@pytest.mark.parametrize("pair", [*combinations(CONFIGURATIONS, 2)], ids=str)
def test_configurations_that_answer_differently_have_different_identities(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    first, second = (ChatEcho(**settings)._identifying_params for settings in pair)
    assert first != second
    assert json.loads(json.dumps(first)) == first


def test_no_model_answers_from_anothers_cache_entry() -> None:
    cache = InMemoryCache()
    for settings in CONFIGURATIONS:
        for call in CALLS:
            expected = ChatEcho(**settings).invoke("abc bc", **call)
            model = ChatEcho(cache=cache, **settings)
            for _ in ("from the model", "from the cache"):
                reply = model.invoke("abc bc", **call)
                assert (reply.content, reply.tool_calls) == (expected.content, expected.tool_calls)
                assert reply.response_metadata.get("model_name") == expected.response_metadata.get(
                    "model_name"
                )


def test_what_is_not_set_is_none() -> None:
    model = ChatEcho()
    names = ("max_tokens", "temperature", "timeout", "max_retries", "base_url", "streaming")
    assert {name: getattr(model, name) for name in names} == dict.fromkeys(names)


def test_the_settings_that_change_an_answer_are_shown() -> None:
    assert ChatEcho(max_tokens=3, temperature=1)._identifying_params == {
        "model_name": "echo",
        "max_tokens": 3,
    }


def test_the_cache_key_is_langchains_own_without_replies() -> None:
    model = ChatEcho()
    assert model._get_llm_string(stop=["x"], n=1) == super(ChatEcho, model)._get_llm_string(
        stop=["x"], n=1
    )


@pytest.mark.parametrize(
    ("settings", "call", "params"),
    [
        ({}, {}, {"ls_model_name": "echo"}),
        ({"n": 5}, {}, {"ls_model_name": "echo", "ls_max_tokens": 5}),
        ({"n": 5}, {"max_tokens": 7}, {"ls_model_name": "echo", "ls_max_tokens": 7}),
        ({"n": 5}, {"n": 2}, {"ls_model_name": "echo", "ls_max_tokens": 5}),
        ({"stop": ["a"]}, {"stop": [""]}, {"ls_model_name": "echo"}),
        ({"stop": ["a"]}, {"stop": ["b", "b"]}, {"ls_model_name": "echo", "ls_stop": ["b"]}),
        ({"stop": ["a"]}, {}, {"ls_model_name": "echo", "ls_stop": ["a"]}),
        ({"stop": ["a"]}, {"stop": ["b"]}, {"ls_model_name": "echo", "ls_stop": ["b"]}),
        ({"stop": ["a"]}, {"stop": []}, {"ls_model_name": "echo"}),
        ({"temperature": 0.5}, {}, {"ls_model_name": "echo", "ls_temperature": 0.5}),
        ({"model": "x"}, {"model": "y"}, {"ls_model_name": "y"}),
    ],
    ids=repr,
)
def test_tracing_is_told_the_provider_the_model_and_its_limits(
    settings: dict[str, Any], call: dict[str, Any], params: dict[str, Any]
) -> None:
    assert ChatEcho(**settings)._get_ls_params(**call) == {
        "ls_provider": "echo",
        "ls_model_type": "chat",
        **params,
    }


def test_a_subclass_is_the_same_kind_of_model() -> None:
    class Parrot(ChatEcho):
        """Echoes too."""

    assert Parrot()._llm_type == "echo-chat"
    assert Parrot()._get_ls_params()["ls_provider"] == "echo"


def test_tokens_are_characters_and_agree_with_the_usage() -> None:
    calls = [{"name": "f", "args": {"x": "é"}, "id": "1"}]
    messages = [
        SystemMessage("ab"),
        HumanMessage([{"type": "image", "url": "u"}]),
        AIMessage("c", tool_calls=calls),
        ToolMessage("def", tool_call_id="1"),
    ]
    model = ChatEcho()
    assert model.get_num_tokens("cafe\u0301") == 5
    assert model.get_token_ids("ab") == [97, 98]
    assert model.get_num_tokens_from_messages(messages) == 2 + 7 + 1 + len('{"x": "é"}') + 3
    assert model.get_num_tokens_from_messages(messages, tools=[{}]) == 23
    usage = model.invoke(messages).usage_metadata
    assert usage == {"input_tokens": 23, "output_tokens": 3, "total_tokens": 26}


def test_arguments_that_json_has_not_are_counted_as_text() -> None:
    message = AIMessage("", tool_calls=[{"name": "f", "args": {"x": SecretStr("k")}, "id": "1"}])
    assert ChatEcho().get_num_tokens_from_messages([message]) == len('{"x": "**********"}')


def test_a_custom_tokenizer_is_honoured() -> None:
    model = ChatEcho(custom_get_token_ids=lambda text: [len(word) for word in text.split()])
    assert model.get_token_ids("one three") == [3, 5]
    usage = model.invoke("one three").usage_metadata
    assert usage == {"input_tokens": 2, "output_tokens": 2, "total_tokens": 4}


@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
def test_dumps_and_loads_restore_the_model_and_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"max_tokens": 3, "model": "m", "stop": ["b"], "replies": ["x"]}
    model = ChatEcho(api_key=KEY, **settings)
    dumped = dumps(model)
    assert KEY not in dumped
    monkeypatch.setenv("ECHO_API_KEY", KEY)
    options: dict[str, Any] = {
        "valid_namespaces": ["langchain_chat_echo"],
        "secrets_from_env": True,
    }
    if "allowed_objects" in signature(loads).parameters:  # langchain-core 0.3.81, and from 1.2.5
        options["allowed_objects"] = [ChatEcho]
    restored = loads(dumped, **options)
    assert restored == ChatEcho(api_key=KEY, **settings)
    assert restored.api_key == SecretStr(KEY)


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda model: model.model_copy(),
        lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own bytes
    ],
    ids=["copy", "deepcopy", "model_copy", "pickle"],
)
def test_a_copy_answers_the_same(copied: Any) -> None:
    model = ChatEcho(max_tokens=3, stop=["b"], api_key=KEY)
    assert facts(copied(model).invoke("abc")) == facts(model.invoke("abc"))


def test_settings_can_be_configured_at_run_time() -> None:
    model = ChatEcho(max_tokens=3).configurable_fields(
        max_tokens=ConfigurableField(id="n"), model_name=ConfigurableField(id="model")
    )
    assert model.invoke("hello").content == "hel"
    reply = model.with_config(configurable={"n": 1, "model": "m"}).invoke("hello")
    assert reply.content == "h"
    assert reply.response_metadata["model_name"] == "m"


def test_a_configurable_model_goes_on_with_its_replies() -> None:
    model = ChatEcho(replies=[TimeoutError(), TimeoutError(), ...])
    configurable = model.configurable_fields(max_tokens=ConfigurableField(id="n"))
    retried = configurable.with_retry(wait_exponential_jitter=False, stop_after_attempt=3)
    assert retried.with_config(configurable={"n": 1}).invoke("abc").content == "a"


def test_streaming_can_be_switched_on_and_off() -> None:
    class Tokens(BaseCallbackHandler):
        def __init__(self) -> None:
            self.seen: list[str] = []

        def on_llm_new_token(self, token: Any, **_: Any) -> None:
            self.seen.append(token)

    tokens = Tokens()
    ChatEcho(disable_streaming=True).invoke("ab", config={"callbacks": [tokens]})
    assert len(list(ChatEcho(disable_streaming=True).stream("ab"))) == 1
    assert tokens.seen == []
    ChatEcho().invoke("ab", config={"callbacks": [tokens]})
    assert tokens.seen == []
    assert ChatEcho(streaming=True).invoke("ab", config={"callbacks": [tokens]}).content == "ab"
    assert tokens.seen == (["a", "b"] if CORE >= (1, 0) else [])
    assert len(list(ChatEcho(streaming=False).stream("ab"))) == (1 if CORE >= (1, 3, 2) else 2)


class Recorder(BaseCallbackHandler):
    def __init__(self) -> None:
        self.events: list[tuple[str, Any]] = []

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.events.append(("start", None))

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        assert chunk.message.content == token
        self.events.append(("token", token))

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        self.events.append(("end", None))

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.events.append(("error", type(error)))


def test_each_token_is_reported_once_before_it_is_yielded() -> None:
    recorder = Recorder()
    for chunk in ChatEcho(chunk_size=2).stream("abc", config={"callbacks": [recorder]}):
        recorder.events.append(("yield", chunk.content))
    named = [event for event in recorder.events if event[1]]
    assert named == [("token", "ab"), ("yield", "ab"), ("token", "c"), ("yield", "c")]


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_a_run_manager_is_told_each_token_once(*, asynchronous: bool) -> None:
    """On langchain-core's event protocol `_stream` is the only one to report tokens."""
    told: list[str] = []

    class Manager:
        def on_llm_new_token(self, token: str, *, chunk: Any) -> None:
            assert chunk.text == token
            told.append(token)

    class AsyncManager:
        async def on_llm_new_token(self, token: str, *, chunk: Any) -> None:
            Manager().on_llm_new_token(token, chunk=chunk)

    async def consume() -> None:
        manager: Any = AsyncManager()
        async for chunk in ChatEcho()._astream([HumanMessage("ab")], run_manager=manager):
            told.append(f"yield {chunk.text}")  # noqa: PERF401 - two write to it

    if asynchronous:
        asyncio.run(consume())
    else:
        manager: Any = Manager()
        for chunk in ChatEcho()._stream([HumanMessage("ab")], run_manager=manager):
            told.append(f"yield {chunk.text}")  # noqa: PERF401 - two write to it
    assert told == ["a", "yield a", "b", "yield b"]


BAD_CALLS: dict[str, tuple[dict[str, Any], Any, dict[str, Any], type[Exception], str]] = {
    "an empty conversation": (
        {},
        [],
        {},
        ValueError,
        "^ChatEcho got no messages, so it has nothing to echo: pass one[.]$",
    ),
    "a bad stop": ({}, "x", {"stop": [""]}, ValueError, "must not be empty"),
    "a stop of a wrong type": ({}, "x", {"stop": b"x"}, TypeError, "got bytes"),
    "a bad limit": (
        {},
        "x",
        {"max_tokens": -1},
        ValueError,
        "^max_tokens must be a whole number from 0 on, got -1[.]$",
    ),
    "a limit of a wrong type": (
        {},
        "x",
        {"max_tokens": "3"},
        ValueError,
        "max_tokens must be .* from 0 on, got '3'",
    ),
    "a limit that is a bool": ({}, "x", {"max_tokens": True}, ValueError, "must be .* got True"),
    "no completions": ({}, "x", {"n": 0}, ValueError, "n must be .* from 1 on, got 0"),
    "no completions of a written reply": (
        {"replies": ["y"]},
        "x",
        {"n": 0},
        ValueError,
        "n must be",
    ),
    "a bad limit beside a tool call": (
        {},
        "x",
        {"tools": [{"type": "function", "function": {"name": "f"}}], "max_tokens": -1},
        ValueError,
        "max_tokens must be a whole number",
    ),
    "an unknown tool": (
        {},
        "x",
        {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "g"},
        ValueError,
        "names 'g'",
    ),
    "a tool choice without tools": ({}, "x", {"tool_choice": "any"}, ValueError, "no tool is"),
    "past the turns": (
        {"replies": ByTurn(["a"])},
        [AIMessage("a")],
        {},
        ValueError,
        "ByTurn holds 1 entries",
    ),
    "a response format without schema": (
        {},
        "x",
        {"response_format": {"type": "json_schema"}},
        ValueError,
        "has no schema",
    ),
    "an unsatisfiable pattern": (
        {},
        "x",
        {
            "response_format": {
                "type": "json_object",
                "schema": {"type": "string", "pattern": "^(?=a)b$"},
            }
        },
        ValueError,
        "pattern",
    ),
    "an unusable schema": (
        {},
        "x",
        {"response_format": {"type": "json_object", "schema": {"$ref": "http://x"}}},
        ValueError,
        r"\$ref",
    ),
    "a written error": ({"replies": [TimeoutError("slow")]}, "x", {}, TimeoutError, "slow"),
}


@each_path
@pytest.mark.parametrize(
    ("settings", "messages", "call", "error", "message"), [*BAD_CALLS.values()], ids=[*BAD_CALLS]
)
def test_a_failing_call_is_reported_once_and_emits_nothing(  # noqa: PLR0913, PLR0917 - a table
    path: Callable[..., AIMessage],
    settings: dict[str, Any],
    messages: Any,
    call: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    recorder = Recorder()
    with pytest.raises(error, match=message):
        path(ChatEcho(**settings), messages, config={"callbacks": [recorder]}, **call)
    assert [event[0] for event in recorder.events] == ["start", "error"]


@pytest.mark.parametrize("path", ["stream", "astream"])
def test_a_stream_can_break_off_in_the_middle(path: str) -> None:
    recorder = Recorder()
    model = ChatEcho(replies=[Failure(TimeoutError(), after=2), ...])
    with pytest.raises(TimeoutError):
        PATHS[path](model, "abc", config={"callbacks": [recorder]})
    assert [event[0] for event in recorder.events] == ["start", "token", "token", "error"]
    assert PATHS[path](model, "abc").content == "abc"


def test_a_subclass_hides_a_key_of_its_own() -> None:
    class Signed(ChatEcho):
        signature_key: SecretStr | None = secret_field("ECHO_SIGNATURE_KEY")

    model = Signed(api_key=SecretStr("one"), signature_key=SecretStr(" two "))
    assert model.signature_key == SecretStr("two")
    assert model.lc_secrets == {
        "api_key": "ECHO_API_KEY",
        "signature_key": "ECHO_SIGNATURE_KEY",
    }
