"""What `ChatEcho` says, and what is said of it, the same on all six paths."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from chat_paths import PATHS, astream_chunks, facts
from langchain_chat_echo import ChatEcho
from langchain_chat_echo.chunks import chunks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])

CONVERSATIONS: dict[str, tuple[Any, str]] = {
    "a string": ("hello", "hello"),
    "the last human message": ([HumanMessage("one"), HumanMessage("two")], "two"),
    "the last message whatever its role": ([HumanMessage("one"), AIMessage("two")], "two"),
    "a system message when last": ([SystemMessage("be brief")], "be brief"),
    "no system message otherwise": ([SystemMessage("be brief"), HumanMessage("hi")], "hi"),
    "another role": ([ChatMessage(content="hi", role="user")], "hi"),
    "tool results joined": (
        [
            HumanMessage("add"),
            ToolMessage("1", tool_call_id="a"),
            ToolMessage("2", tool_call_id="b"),
        ],
        "1\n2",
    ),
    "only the last tool results": (
        [ToolMessage("0", tool_call_id="z"), HumanMessage("x"), ToolMessage("1", tool_call_id="a")],
        "1",
    ),
    "nothing but a tool result": ([ToolMessage("1", tool_call_id="a")], "1"),
    "nothing but tool results": (
        [ToolMessage("1", tool_call_id="a"), ToolMessage("2", tool_call_id="b")],
        "1\n2",
    ),
    "a tool result that is not last": ([ToolMessage("1", tool_call_id="a"), AIMessage("2")], "2"),
    "text blocks concatenated": (
        [HumanMessage([{"type": "text", "text": "a"}, "b", {"type": "text", "text": "c"}])],
        "abc",
    ),
    "an image": ([HumanMessage([{"type": "image", "url": "x"}])], "[image]"),
    "OpenAI's blocks": (
        [
            HumanMessage(
                [
                    {"type": "image_url", "image_url": {"url": "x"}},
                    {"type": "input_audio", "input_audio": {}},
                ]
            )
        ],
        "[image][audio]",
    ),
    "a file and a video": (
        [HumanMessage([{"type": "file", "base64": ""}, "!", {"type": "video", "url": "x"}])],
        "[file]![video]",
    ),
    "Anthropic's blocks": (
        [HumanMessage([{"type": "document", "source": {}}, {"type": "thinking", "thinking": ""}])],
        "[file][thinking]",
    ),
    "blocks of OpenAI's Responses API": (
        [
            HumanMessage([{"type": "input_text", "text": "hi "}, {"type": "input_file"}]),
        ],
        "hi [file]",
    ),
    "a text block of None": ([HumanMessage([{"type": "text", "text": None}, "x"])], "x"),
    "a text block without text": ([HumanMessage([{"type": "text"}, "x"])], "x"),
    "a block without a type": ([HumanMessage([{"weather": "fine"}])], "[block]"),
    "an empty message": ([HumanMessage("")], ""),
    "NUL, surrogates, combining marks": ("\0\ud83d\U0001f642e\u0301", "\0\ud83d\U0001f642e\u0301"),
    "what looks like an lc payload": ('{"lc": 1, "type": "secret"}', '{"lc": 1, "type": "secret"}'),
}


@each_path
@pytest.mark.parametrize(("messages", "text"), [*CONVERSATIONS.values()], ids=[*CONVERSATIONS])
def test_the_last_message_is_echoed(
    path: Callable[..., AIMessage], messages: Any, text: str
) -> None:
    assert path(ChatEcho(), messages).content == text


SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]] = {
    "all": ({}, {}, "hello", {"finish_reason": "stop"}),
    "n": ({"n": 3}, {}, "hel", {"finish_reason": "length"}),
    "n as long as the text": ({"n": 5}, {}, "hello", {"finish_reason": "stop"}),
    "n of zero": ({"n": 0}, {}, "", {"finish_reason": "length"}),
    "max_tokens is n": ({"max_tokens": 3}, {}, "hel", {"finish_reason": "length"}),
    "max_tokens of a call": ({"n": 3}, {"max_tokens": 4}, "hell", {"finish_reason": "length"}),
    "n of a call is the number of completions": ({}, {"n": 1}, "hello", {"finish_reason": "stop"}),
    "a stop": ({}, {"stop": ["l"]}, "hel", {"finish_reason": "stop", "stop_sequence": "l"}),
    "a stop, excluded": (
        {"include_stop": False},
        {"stop": ["l"]},
        "he",
        {"finish_reason": "stop", "stop_sequence": "l"},
    ),
    "a default stop": (
        {"stop": ["e"]},
        {},
        "he",
        {"finish_reason": "stop", "stop_sequence": "e"},
    ),
    "no stop for this call": ({"stop": ["e"]}, {"stop": []}, "hello", {"finish_reason": "stop"}),
    "n before the stop": ({"n": 2}, {"stop": ["l"]}, "he", {"finish_reason": "length"}),
    "n, then the stop": (
        {"n": 4},
        {"stop": ["e"]},
        "he",
        {"finish_reason": "stop", "stop_sequence": "e"},
    ),
    "model of a call": ({}, {"model": "m"}, "hello", {"finish_reason": "stop", "model_name": "m"}),
    "model": ({"model": "m"}, {}, "hello", {"finish_reason": "stop", "model_name": "m"}),
    "text as response format": (
        {},
        {"response_format": {"type": "text"}},
        "hello",
        {"finish_reason": "stop"},
    ),
    "what changes nothing": (
        {"temperature": 1, "timeout": 3, "max_retries": 9, "base_url": "http://x"},
        {"temperature": 2, "seed": 7},
        "hello",
        {"finish_reason": "stop"},
    ),
}


@each_path
@pytest.mark.parametrize(
    ("settings", "call", "text", "metadata"), [*SETTINGS.values()], ids=[*SETTINGS]
)
def test_every_path_cuts_and_reports_alike(
    path: Callable[..., AIMessage],
    settings: dict[str, Any],
    call: dict[str, Any],
    text: str,
    metadata: dict[str, Any],
) -> None:
    assert facts(path(ChatEcho(**settings), "hello", **call)) == {
        "content": text,
        "tool_calls": [],
        "invalid_tool_calls": [],
        "usage": {
            "input_tokens": 5,
            "output_tokens": len(text),
            "total_tokens": 5 + len(text),
        },
        "metadata": {"model_name": "echo", **metadata},
        "additional_kwargs": {},
        "name": None,
    }


@pytest.mark.parametrize(
    ("text", "size", "chunks"),
    [
        ("abc", 1, ["a", "b", "c"]),
        ("abcde", 2, ["ab", "cd", "e"]),
        ("", 3, [""]),
        ("one two", "word", ["one", " ", "two"]),
    ],
)
def test_a_stream_comes_in_these_chunks(text: str, size: Any, chunks: list[str]) -> None:
    model = ChatEcho(chunk_size=size)
    streams = [
        list(model.stream([HumanMessage(text)])),
        astream_chunks(model, [HumanMessage(text)]),
    ]
    for stream in streams:
        assert [chunk.content for chunk in stream] == chunks
        assert [chunk.usage_metadata is not None for chunk in stream][:-1] == [False] * (
            len(chunks) - 1
        )
        assert all("finish_reason" not in chunk.response_metadata for chunk in stream[:-1])
        assert stream[-1].response_metadata["finish_reason"] == "stop"
        if "chunk_position" in AIMessageChunk.model_fields:
            positions = [chunk.chunk_position for chunk in stream]
            assert positions == [None] * (len(chunks) - 1) + ["last"]


@pytest.mark.parametrize("identity", [None, "fixed"])
def test_a_text_chunk_is_as_if_validated_and_shares_nothing(identity: str | None) -> None:
    first, second, _ = chunks_of(AIMessage("abc", id=identity), 1)
    plain = ChatGenerationChunk(message=AIMessageChunk(content="a", id=identity))
    assert first == plain
    assert repr(first) == repr(plain)
    assert first.model_dump() == plain.model_dump()
    assert first.message.model_dump_json() == plain.message.model_dump_json()
    assert first + second == plain + ChatGenerationChunk(
        message=AIMessageChunk(content="b", id=identity)
    )
    for name, value in vars(first.message).items():
        if isinstance(value, (list, dict)):
            assert value is not vars(second.message)[name], name
    assert first.message is not second.message
    first.message.response_metadata["x"] = 1
    first.message.id = "changed"
    assert next(chunks_of(AIMessage("ab", id=identity), 1)) == plain


def test_the_conversation_is_neither_changed_nor_returned() -> None:
    messages: list[BaseMessage] = [HumanMessage("one"), AIMessage("two", id="mine")]
    copies = [message.model_copy(deep=True) for message in messages]
    reply = ChatEcho().invoke(messages)
    assert messages == copies
    assert reply is not messages[-1]
    assert reply.id != "mine"


@pytest.mark.parametrize(
    ("path", "naps"),
    [("invoke", 1), ("ainvoke", 1), ("batch", 1), ("abatch", 1), ("stream", 3), ("astream", 3)],
)
def test_sleep_comes_before_each_chunk_and_once_for_a_reply(
    path: str, naps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def asleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(asyncio, "sleep", asleep)
    assert PATHS[path](ChatEcho(sleep=0.5), "abc").content == "abc"
    assert slept == [0.5] * naps


def test_a_call_may_ask_for_several_completions() -> None:
    model = ChatEcho(replies=["one", "two"])
    assert not hasattr(model, "n")
    (completions,) = model.generate([[HumanMessage("hi")]], n=3).generations
    assert [completion.text for completion in completions] == ["one"] * 3
    messages: Any = [completion.message for completion in completions]  # type: ignore[union-attr] # of a chat model
    assert len({id(message.usage_metadata) for message in messages}) == 3
    assert len(model.generate([[HumanMessage("hi")]]).generations[0]) == 1
    agenerated = asyncio.run(ChatEcho().agenerate([[HumanMessage("hi")]], n=2))
    assert [completion.text for completion in agenerated.generations[0]] == ["hi", "hi"]


class LoudMixin:
    def _generate(self, *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("LOUD"))])


def test_a_subclass_that_writes_generate_alone_is_heeded_on_every_path() -> None:
    class Loud(ChatEcho):
        def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
            message = AIMessage(str(messages[-1].content).upper())
            return ChatResult(generations=[ChatGeneration(message=message)])

    class Slow(Loud):
        def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
            yield ChatGenerationChunk(message=AIMessageChunk(content="..."))

    class Drawling(ChatEcho):
        _stream = Slow._stream

    class Mixed(LoudMixin, ChatEcho):
        """Overrides by a class in front."""

    said = {name: path(Loud(), "hi").content for name, path in PATHS.items()}
    assert said == dict.fromkeys(PATHS, "HI")
    assert [PATHS[name](Slow(), "hi").content for name in ("stream", "astream")] == ["..."] * 2
    assert PATHS["ainvoke"](Slow(), "hi").content == "HI"
    assert PATHS["astream"](Drawling(), "hi").content == "..."
    assert {path(Mixed(), "hi").content for path in PATHS.values()} == {"LOUD"}


@pytest.mark.skipif("profile" not in ChatEcho.model_fields, reason="came with core 1.1")
def test_a_profile_says_what_the_model_can_do() -> None:
    profile: Any = ChatEcho().profile
    assert profile == {
        "max_input_tokens": 128_000,
        "tool_calling": True,
        "tool_choice": True,
        "structured_output": True,
    }
    assert ChatEcho(profile={"max_input_tokens": 5}).profile == {"max_input_tokens": 5}
    profile.clear()
    assert ChatEcho().profile
