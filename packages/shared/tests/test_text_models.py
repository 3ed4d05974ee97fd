from __future__ import annotations

import asyncio
import copy
import pickle
import re
from dataclasses import FrozenInstanceError
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, get_args

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage
from packaging.version import Version  # langchain-core needs it
from pydantic import SecretStr, ValidationError

from langchain_model_parts import secret_field, text
from langchain_model_parts.errors import BrokenStreamError
from langchain_model_parts.text import Finish, Operational, TextChatModel, TextLLM
from text_models import PATHS, aask, ask, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from langchain_core.messages.ai import UsageMetadata

USAGE: UsageMetadata = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
CORE = Version(version("langchain-core")).release
ASYNC = ("ainvoke", "abatch", "astream", "events")


class Provider:
    """Says its deltas, an error among them raised, and remembers what it was told and did."""

    def __init__(self, *deltas: Any) -> None:
        self.deltas = deltas
        self.said: list[Any] = []
        self.stops: list[tuple[str, ...]] = []
        self.running = 0

    def say(self, stop: tuple[str, ...]) -> Iterator[Any]:
        self.stops.append(stop)
        self.running += 1
        try:
            for delta in self.deltas:
                if isinstance(delta, Exception):
                    raise delta
                self.said.append(delta)
                yield delta
        finally:
            self.running -= 1

    async def asay(self, stop: tuple[str, ...]) -> AsyncIterator[Any]:
        said = self.say(stop)
        try:
            for delta in said:
                await asyncio.sleep(0)
                yield delta
        finally:
            await asyncio.sleep(0)  # as closing a connection does
            said.close()  # type: ignore[attr-defined]  # a generator's


def llm(*deltas: Any, cls: Any = TextLLM, **settings: Any) -> tuple[Any, Provider]:
    """Return a model and its provider in memory."""
    provider = Provider(*deltas)

    class Remembering(cls):  # type: ignore[misc]  # chosen at run time
        def _deltas(self, prompt: Any, *, stop: tuple[str, ...]) -> Iterator[Any]:
            del prompt
            return provider.say(stop)

        def _adeltas(self, prompt: Any, *, stop: tuple[str, ...]) -> AsyncIterator[Any]:
            del prompt
            return provider.asay(stop)

    return Remembering(**settings), provider


def chat(*deltas: Any, **settings: Any) -> tuple[Any, Provider]:
    return llm(*deltas, cls=TextChatModel, **settings)


each_path = pytest.mark.parametrize("path", PATHS)
each_model = pytest.mark.parametrize("make", [llm, chat])


def test_the_public_names_are_these() -> None:
    assert text.__all__ == ["Finish", "Operational", "ProviderStop", "TextChatModel", "TextLLM"]
    assert all(hasattr(text, name) for name in text.__all__)
    assert get_args(text.ProviderStop) == ("ignores", "keeps", "names", "strips", "hides")


# Stops.


@each_path
@each_model
def test_a_calls_stop_takes_the_models_place_and_an_empty_one_switches_it_off(
    make: Any, path: str
) -> None:
    model, _ = make("a-b.c", Finish(), stop=["-"])
    assert ask(model, path) == "a-"
    assert ask(model, path, stop=["."]) == "a-b."
    assert ask(model, path, stop=[]) == "a-b.c"


def test_a_bad_stop_is_refused_on_construction() -> None:
    with pytest.raises(ValidationError, match="a stop must not be empty"):
        llm(stop=[""])
    with pytest.raises(ValidationError, match="stop must be a string or an iterable"):
        llm(stop=7)
    assert llm(stop="END")[0].stop == ["END"]
    assert llm(stop=None)[0].stop is None


@each_path
@each_model
def test_nothing_is_drawn_after_a_stop_and_the_provider_is_closed(make: Any, path: str) -> None:
    model, provider = make("one E", "ND", " two", Finish())
    assert ask(model, path, stop=["END"]) == "one END"
    assert provider.said == ["one E", "ND"]
    assert provider.running == 0


@each_model
def test_the_provider_is_closed_before_the_last_chunk_is_shown(make: Any) -> None:
    model, provider = make("one", "END", "two", Finish())
    running = [provider.running for _ in model.stream("?", stop=["END"])]
    assert running == [1, 0]


@each_model
async def test_the_provider_is_closed_before_the_last_asynchronous_chunk_is_shown(
    make: Any,
) -> None:
    model, provider = make("one", "END", "two", Finish())
    running = [provider.running async for _ in model.astream("?", stop=["END"])]
    assert running == [1, 0]


@pytest.mark.parametrize("include", [True, False], ids=["include", "exclude"])
@each_model
def test_a_provider_that_nothing_is_declared_of_is_told_no_stops(
    make: Any,
    include: bool,  # noqa: FBT001 - a setting of the model
) -> None:
    model, provider = make("one END", Finish(), include_stop=include)
    ask(model, "stream", stop=["END"])
    assert provider.stops == [()]


@each_model
def test_the_provider_is_closed_when_the_caller_leaves(make: Any) -> None:
    model, provider = make("one", "two", Finish())
    stream = model.stream("?")
    next(stream)
    assert provider.running == 1
    stream.close()
    assert provider.running == 0


@each_model
async def test_the_provider_is_closed_when_the_asynchronous_caller_leaves(make: Any) -> None:
    model, provider = make("one", "two", Finish())
    stream = model.astream("?")
    await anext(stream)
    assert provider.running == 1
    await stream.aclose()
    for _ in range(5):  # langchain-core leaves it to the loop to close what it has not finished
        await asyncio.sleep(0)
    assert provider.running == 0


@pytest.mark.parametrize("path", ASYNC)
@each_model
async def test_the_provider_is_closed_when_the_task_is_cancelled(make: Any, path: str) -> None:
    model, provider = make(*["word "] * 1000, Finish())
    task = asyncio.ensure_future(aask(model, path, "?"))
    while provider.running == 0:  # noqa: ASYNC110 - the provider is no task
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert provider.running == 0
    assert len(provider.said) < 1000


@each_model
def test_what_is_held_back_is_shown_at_once_when_it_becomes_no_stop(make: Any) -> None:
    model, _ = make("E", "N", "", "X", Finish(), include_stop=False)
    assert [text_of(chunk) for chunk in model.stream("?", stop=["END"])] == ["ENX", ""]


# Callbacks.


class Tokens(BaseCallbackHandler):
    """Notes each token, whether its chunk says the same, and what the caller has by then."""

    def __init__(self, received: list[Any]) -> None:
        self.received = received
        self.told: list[tuple[str, bool, int]] = []

    def on_llm_new_token(self, token: Any, *, chunk: Any = None, **_: Any) -> None:
        self.told.append((token, chunk.text == token, len(self.received)))


@pytest.mark.parametrize("path", ["stream", "astream"])
@each_model
async def test_a_token_is_told_once_with_its_chunk_before_it_is_yielded(
    make: Any, path: str
) -> None:
    model, _ = make("one", "", "two", Finish("over"))
    received: list[Any] = []
    tokens = Tokens(received)
    config = {"callbacks": [tokens]}
    if path == "stream":
        for piece in model.stream("?", config):
            received.append(piece)  # noqa: PERF402 - the handler counts what is here so far
    else:
        async for piece in model.astream("?", config):
            received.append(piece)  # noqa: PERF401 - as above
    assert [token for token, _, _ in tokens.told] == ["one", "two", ""]
    assert all(same for _, same, _ in tokens.told)
    assert [before for _, _, before in tokens.told] == [0, 1, 2]


@pytest.mark.parametrize("path", ["invoke", "ainvoke", "batch", "abatch"])
@each_model
def test_a_whole_answer_tells_no_token(make: Any, path: str) -> None:
    tokens = Tokens([])
    model, _ = make("one", Finish(), callbacks=[tokens])
    assert ask(model, path) == "one"
    assert tokens.told == []


def test_a_chat_model_streams_whole_answers_only_where_it_is_asked_to() -> None:
    assert SyncChat().streaming is False
    assert SyncChat(streaming=True).streaming is True


@pytest.mark.parametrize("path", ["invoke", "ainvoke", "batch", "abatch"])
def test_a_whole_answer_of_a_chat_model_that_streams_tells_its_tokens(path: str) -> None:
    tokens = Tokens([])
    model, _ = chat("one", "two", Finish(), callbacks=[tokens], streaming=True)
    assert ask(model, path) == "onetwo"
    told = ["one", "two", ""] if CORE >= (1, 0) else []  # earlier ones leave the field unread
    assert [token for token, _, _ in tokens.told] == told


# How an answer ends.


def test_a_finish_says_nothing_unasked_and_does_not_change() -> None:
    finish = Finish()
    assert repr(finish) == "Finish(reason=None, stop=False, usage=None, info={})"
    with pytest.raises(FrozenInstanceError):
        finish.reason = "over"  # type: ignore[misc] # the point


@each_path
@each_model
def test_an_empty_answer_is_an_answer(make: Any, path: str) -> None:
    model, _ = make(Finish("over"))
    assert ask(model, path) == ""
    model, _ = make("", Finish("over"))
    assert ask(model, path) == ""


REASONS: dict[str, tuple[tuple[Any, ...], Any, dict[str, Any]]] = {
    "the provider's": (("one", Finish("length")), None, {"finish_reason": "length"}),
    "none": (("one", Finish()), None, {}),
    "a stop found here": (("oneEND", Finish("over")), ["END"], {"finish_reason": "stop"}),
    "a stop that the provider tells": (
        ("one", Finish("halt", stop=True)),
        ["END"],
        {"finish_reason": "stop"},
    ),
    "a stop that it names": (
        ("one", Finish("halt", stop="END")),
        ["END"],
        {"finish_reason": "stop"},
    ),
    "a stop of the provider's own": (
        ("one", Finish("halt", stop="</s>")),
        ["END"],
        {"finish_reason": "halt"},
    ),
    "a stop of its own, no other": (
        ("one", Finish("halt", stop="</s>")),
        None,
        {"finish_reason": "halt"},
    ),
    "more to say": (
        ("one", Finish("over", info={"model_name": "big"})),
        None,
        {"finish_reason": "over", "model_name": "big"},
    ),
}


@pytest.mark.parametrize(("deltas", "stop", "info"), REASONS.values(), ids=REASONS)
async def test_the_end_is_told_with_whole_and_streamed_answers(
    deltas: tuple[Any, ...], stop: Any, info: dict[str, Any]
) -> None:
    model, _ = llm(*deltas)
    whole = model.generate(["?"], stop=stop).generations[0][0]
    awhole = (await model.agenerate(["?"], stop=stop)).generations[0][0]
    streamed = [*model._stream("?", stop)][-1]
    astreamed = [chunk async for chunk in model._astream("?", stop)][-1]
    for end in (whole, awhole, streamed, astreamed):
        assert end.generation_info == info

    model, _ = chat(*deltas)
    messages = [
        model.invoke("?", stop=stop),
        await model.ainvoke("?", stop=stop),
        [*model.stream("?", stop=stop)][-1],
        [chunk async for chunk in model.astream("?", stop=stop)][-1],
    ]
    for message in messages:
        said = {k: v for k, v in message.response_metadata.items() if k != "model_provider"}
        assert said == info


def test_the_last_chunk_of_a_chat_model_is_marked_where_langchain_marks_it() -> None:
    model, _ = chat("one", Finish())
    chunks = [*model.stream("?")]
    assert [chunk.content for chunk in chunks] == ["one", ""]
    if "chunk_position" in AIMessageChunk.model_fields:
        assert chunks[-1].chunk_position == "last"
    else:
        assert not hasattr(chunks[-1], "chunk_position")


async def test_the_usage_is_told_with_whole_and_streamed_answers() -> None:
    model, _ = chat("one", Finish(usage=USAGE))
    assert model.invoke("?").usage_metadata == USAGE
    assert (await model.ainvoke("?")).usage_metadata == USAGE
    assert [*model.stream("?")][-1].usage_metadata == USAGE
    model, _ = llm("one", Finish(usage=USAGE))
    info = model.generate(["?"]).generations[0][0].generation_info
    assert info == {"usage_metadata": USAGE}


def test_a_chat_answer_is_a_message_not_a_chunk() -> None:
    model, _ = chat("one", "two", Finish())
    assert type(model.invoke("?")) is AIMessage


# Messages among the deltas.


def call_chunk(arguments: str) -> AIMessageChunk:
    chunk = {
        "name": "add",
        "args": arguments,
        "id": "call_1",
        "index": 0,
        "type": "tool_call_chunk",
    }
    return AIMessageChunk(content="", tool_call_chunks=[chunk])  # type: ignore[list-item]


@pytest.mark.parametrize("path", ["invoke", "ainvoke", "stream", "astream"])
async def test_tool_calls_pass_through_uncut(path: str) -> None:
    model, _ = chat("calling", call_chunk('{"a": "END"}'), Finish("tool_calls"))
    if path == "invoke":
        answer = model.invoke("?", stop=["END"])
    elif path == "ainvoke":
        answer = await model.ainvoke("?", stop=["END"])
    elif path == "stream":
        first, *others = model.stream("?", stop=["END"])
        answer = sum(others, first)
    else:
        first, *others = [chunk async for chunk in model.astream("?", stop=["END"])]
        answer = sum(others, first)
    assert answer.content == "calling"
    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [("add", {"a": "END"})]


def test_held_text_is_shown_before_a_message_with_text() -> None:
    model, _ = chat("one E", AIMessageChunk(content="(aside)"), "ND", Finish(), include_stop=False)
    assert ask(model, "stream", stop=["END"]) == "one E(aside)ND"
    assert ask(model, "stream") == "one E(aside)ND"


def test_a_stop_goes_on_after_a_message_without_text() -> None:
    usage = AIMessageChunk(content="", usage_metadata=USAGE)
    model, _ = chat("one E", usage, "ND two", Finish(), include_stop=False)
    assert ask(model, "stream", stop=["END"]) == "one "


def test_usage_may_follow_the_finish() -> None:
    model, _ = chat("one", Finish("over"), AIMessageChunk(content="", usage_metadata=USAGE), "")
    answer = model.invoke("?")
    assert answer.usage_metadata == USAGE
    assert answer.response_metadata["finish_reason"] == "over"


# Deltas that are wrong.

WRONG: dict[str, tuple[tuple[Any, ...], type[Exception], str]] = {
    "bytes": (
        (b"one", Finish()),
        TypeError,
        (
            "Remembering's deltas must be text or Finish, got bytes: decode bytes, and leave out "
            "what holds no text."
        ),
    ),
    "None": (("one", None), TypeError, "deltas must be text or Finish, got NoneType: decode"),
    "text after Finish": (
        ("one", Finish(), "two"),
        ValueError,
        (
            "Remembering's deltas must end with Finish, got more text after it: yield Finish when "
            "the provider has sent all of it."
        ),
    ),
    "an error": (("one", OSError("gone")), OSError, "gone"),
    "no Finish": (
        ("one",),
        BrokenStreamError,
        (
            "Remembering's answer broke off: its deltas ended without a Finish. Ask again; if that "
            "was all of it, let _deltas yield Finish() at the end."
        ),
    ),
    "nothing": ((), BrokenStreamError, "broke off"),
}


@pytest.mark.parametrize(("deltas", "error", "says"), WRONG.values(), ids=WRONG)
@each_path
@each_model
def test_wrong_deltas_are_an_error_and_the_provider_is_closed(
    make: Any, path: str, deltas: tuple[Any, ...], error: type[Exception], says: str
) -> None:
    model, provider = make(*deltas)
    with pytest.raises(error, match=re.escape(says)):
        ask(model, path)
    assert provider.running == 0


def test_a_message_is_no_delta_of_a_string_model() -> None:
    model, _ = llm(AIMessageChunk(content="one"), Finish())
    with pytest.raises(TypeError, match="got AIMessageChunk"):
        model.invoke("?")


def test_a_message_with_text_may_not_follow_the_finish() -> None:
    model, _ = chat("one", Finish(), AIMessageChunk(content="two"))
    with pytest.raises(ValueError, match="got more text after it"):
        model.invoke("?")


# One method of two, and methods that return no generators.


class Sync(TextLLM):
    def _deltas(self, prompt: str, *, stop: tuple[str, ...]) -> Iterator[str | Finish]:
        del stop
        return iter([prompt, Finish("over")])


class SyncChat(TextChatModel):
    def _deltas(self, messages: Any, *, stop: tuple[str, ...]) -> Iterator[str | Finish]:
        del stop
        return iter([messages[-1].content, Finish("over")])


class Async(TextLLM):
    async def _adeltas(self, prompt: str, *, stop: tuple[str, ...]) -> AsyncIterator[str | Finish]:
        del stop
        yield prompt
        yield Finish("over")


class AsyncChat(TextChatModel):
    async def _adeltas(self, messages: Any, *, stop: Any) -> AsyncIterator[str | Finish]:
        del stop
        yield messages[-1].content
        yield Finish("over")


@each_path
@pytest.mark.parametrize("cls", [Sync, SyncChat])
def test_one_method_answers_on_every_path(cls: Any, path: str) -> None:
    assert ask(cls(), path, "one END two", stop=["END"]) == "one END"


@pytest.mark.parametrize("path", ASYNC)
@pytest.mark.parametrize("cls", [Async, AsyncChat])
def test_the_asynchronous_method_alone_answers_on_the_asynchronous_paths(
    cls: Any, path: str
) -> None:
    assert ask(cls(), path, "one END two", stop=["END"]) == "one END"


@pytest.mark.parametrize("path", ["invoke", "batch", "stream"])
@pytest.mark.parametrize("cls", [Async, AsyncChat])
def test_without_the_synchronous_method_the_other_paths_say_that_they_cannot(
    cls: Any, path: str
) -> None:
    message = (
        f"^{cls.__name__} answers on the asynchronous paths only: "
        "call ainvoke, astream or abatch, or write its _deltas.$"
    )
    with pytest.raises(NotImplementedError, match=message):
        ask(cls(), path)


class Manager:
    """What a model that wraps another one passes on to it."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on_llm_new_token(self, token: str, *, chunk: Any) -> None:
        assert chunk.text == token
        self.told.append(token)


class AsyncManager(Manager):
    async def on_llm_new_token(self, token: str, *, chunk: Any) -> None:  # type: ignore[override]
        super().on_llm_new_token(token, chunk=chunk)

    def get_sync(self) -> Manager:
        manager = Manager()
        manager.told = self.told
        return manager


@pytest.mark.parametrize("cls", [Sync, SyncChat, Async, AsyncChat])
async def test_the_run_manager_of_a_model_around_this_one_is_told_the_tokens(cls: Any) -> None:
    asked: Any = "one" if issubclass(cls, TextLLM) else [HumanMessage("one")]
    manager, amanager = Manager(), AsyncManager()
    if issubclass(cls, (Sync, SyncChat)):
        list(cls()._stream(asked, None, manager))
        assert manager.told == ["one", ""]
    async for _ in cls()._astream(asked, None, amanager):
        pass
    assert amanager.told == ["one", ""]


class Cursor:
    """An asynchronous iterator that is no generator."""

    def __init__(self, *deltas: Any) -> None:
        self.deltas = iter(deltas)

    def __aiter__(self) -> Cursor:
        return self

    async def __anext__(self) -> Any:
        for delta in self.deltas:
            return delta
        raise StopAsyncIteration


async def test_an_asynchronous_iterator_need_not_be_closed() -> None:
    class Plain(TextLLM):
        def _adeltas(self, prompt: str, *, stop: tuple[str, ...]) -> AsyncIterator[Any]:
            del stop
            return Cursor(prompt, Finish())

    assert await Plain().ainvoke("one") == "one"


# Several prompts at once.


async def test_a_batch_is_asked_at_once() -> None:
    asked: list[str] = []

    class Slow(TextLLM):
        async def _adeltas(self, prompt: str, *, stop: Any) -> AsyncIterator[str | Finish]:
            del stop
            asked.append(prompt)
            while len(asked) < 3:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0)
            yield prompt
            yield Finish()

    assert await Slow().abatch(["a", "b", "c"]) == ["a", "b", "c"]


async def test_where_one_of_a_batch_fails_the_others_are_stopped() -> None:
    stopped: list[str] = []

    class Failing(TextLLM):
        async def _adeltas(self, prompt: str, *, stop: Any) -> AsyncIterator[str | Finish]:
            del stop
            try:
                if prompt == "bad":
                    raise OSError("gone")
                yield "one"
                await asyncio.sleep(60)
            finally:
                for _ in range(20):  # as closing a connection takes a while
                    await asyncio.sleep(0)
                stopped.append(prompt)

    with pytest.raises(OSError, match="gone"):
        await Failing().abatch(["good", "bad", "fine"])
    assert sorted(stopped) == ["bad", "fine", "good"]


def test_the_answers_of_a_batch_are_in_order() -> None:
    assert Sync().batch(["a", "b"]) == ["a", "b"]


# What identifies a model.


class Configured(Sync):
    model_name: str = "small"
    temperature: float = 0.5
    timeout: Operational[float] = 60
    api_key: SecretStr | None = secret_field("SERVED_KEY")
    other_key: SecretStr | None = None
    schema_of: object = None


def test_the_identity_is_every_setting_that_changes_answers() -> None:
    keys: dict[str, Any] = {"api_key": "sk-very-secret", "other_key": "sk-another"}
    model = Configured(**keys, stop=["END"], timeout=1)
    assert model._identifying_params == {
        "model_name": "small",
        "temperature": 0.5,
        "schema_of": None,
        "default_stop": ["END"],
        "include_stop": True,
    }


def test_the_identity_holds_bytes_as_base64() -> None:
    class Seeded(Sync):
        seed: bytes = b"\xff\x00"

    assert Seeded()._identifying_params["seed"] == "_wA="


CHANGES: dict[str, tuple[dict[str, Any], bool]] = {
    "temperature": ({"temperature": 1}, True),
    "model_name": ({"model_name": "big"}, True),
    "stop": ({"stop": ["o"]}, True),
    "include_stop": ({"include_stop": False}, True),
    "an object": ({"schema_of": object()}, True),
    "timeout": ({"timeout": 1}, False),
    "api_key": ({"api_key": "sk-very-secret"}, False),
    "tags": ({"tags": ["one"]}, False),
}


class ConfiguredChat(SyncChat):
    model_name: str = "small"
    temperature: float = 0.5
    timeout: Operational[float] = 60
    api_key: SecretStr | None = secret_field("SERVED_KEY")
    schema_of: object = None


@pytest.mark.parametrize(("changed", "another"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("cls", [Configured, ConfiguredChat])
def test_a_cache_tells_models_apart_by_what_changes_answers(
    cls: Any,
    changed: dict[str, Any],
    another: bool,  # noqa: FBT001 - what a case expects
) -> None:
    cache = InMemoryCache()
    cls(cache=cache).invoke("one")
    cls(cache=cache, **changed).invoke("one")
    assert len(cache._cache) == (2 if another else 1)


def test_a_calls_stop_and_keywords_are_part_of_the_cache_key() -> None:
    cache = InMemoryCache()
    model = Configured(cache=cache, stop=["n"])
    assert [model.invoke("one", stop=s) for s in (None, ["o"], [], None)] == [
        "on",
        "o",
        "one",
        "on",
    ]


@pytest.mark.parametrize("cls", [Configured, ConfiguredChat])
def test_langsmith_is_told_the_model_and_the_stops(cls: Any) -> None:
    model = cls(stop=["END"])
    params = model._get_ls_params()
    assert params["ls_provider"] == "configured"
    assert params["ls_model_name"] == "small"
    assert params["ls_temperature"] == 0.5
    assert params["ls_stop"] == ["END"]
    assert model._get_ls_params(stop=["###"])["ls_stop"] == ["###"]
    assert "ls_stop" not in model._get_ls_params(stop=[])
    assert model._get_ls_params(model="big")["ls_model_name"] == "big"


def test_the_type_is_the_class_unless_a_model_says_otherwise() -> None:
    assert Sync()._llm_type == "Sync"
    assert SyncChat()._llm_type == "SyncChat"


# Arguments and secrets.


def test_an_unknown_argument_is_refused_on_construction() -> None:
    with pytest.raises(ValidationError, match="has no argument 'stops'; did you mean 'stop'"):
        Configured(stops=["END"])  # type: ignore[call-arg] # what is tested


@each_path
@pytest.mark.parametrize("cls", [Configured, ConfiguredChat])
def test_an_unknown_keyword_of_a_call_is_refused(cls: Any, path: str) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'temprature'"):
        ask(cls(), path, temprature=1)


def test_a_keyword_that_is_named_reaches_the_provider() -> None:
    class Limited(TextLLM):
        limit: int = 3

        def _deltas(self, prompt: str, *, stop: Any, limit: int | None = None) -> Iterator[Any]:
            del stop
            yield prompt[: self.limit if limit is None else limit]
            yield Finish()

    assert Limited().invoke("abcdef") == "abc"
    assert Limited().invoke("abcdef", limit=5) == "abcde"


@pytest.mark.parametrize("path", ASYNC)
def test_a_keyword_that_is_named_reaches_the_provider_asynchronously(path: str) -> None:
    class Limited(TextLLM):
        async def _adeltas(self, prompt: str, *, stop: Any, limit: int = 3) -> AsyncIterator[Any]:
            del stop
            yield prompt[:limit]
            yield Finish()

    assert ask(Limited(), path, "abcdef") == "abc"
    assert ask(Limited(), path, "abcdef", limit=5) == "abcde"


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own bytes
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda model: model.model_copy(),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("cls", [Configured, ConfiguredChat])
def test_a_copy_is_equal_and_answers_the_same(cls: Any, copied: Callable[[Any], Any]) -> None:
    model = cls(api_key="sk-very-secret", stop=["END"])
    asked = [HumanMessage("one END two")]
    before = model.invoke(asked)
    twin = copied(model)
    assert twin == model
    assert text_of(twin.invoke(asked)) == text_of(before)
    assert twin.api_key.get_secret_value() == "sk-very-secret"
