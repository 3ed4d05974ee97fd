from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from langchain_llm_echo import CustomLLM
from llm_paths import PATHS, astream_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])

REPLIES: list[tuple[str, dict[str, Any], str, dict[str, Any], str]] = [
    ("all by default", {}, "hello", {}, "hello"),
    ("n cuts", {"n": 3}, "hello", {}, "hel"),
    ("n of zero", {"n": 0}, "hello", {}, ""),
    ("n beyond the end", {"n": 99}, "hello", {}, "hello"),
    ("an empty prompt", {}, "", {}, ""),
    ("a stop is included", {}, "one\ntwo", {"stop": ["\n"]}, "one\n"),
    ("a stop is excluded", {"include_stop": False}, "one\ntwo", {"stop": ["\n"]}, "one"),
    ("a stop at the start, excluded", {"include_stop": False}, "END", {"stop": ["END"]}, ""),
    ("a stop in one string", {}, "one END two", {"stop": "END"}, "one END"),
    ("the default stop", {"stop": ["b"]}, "abc", {}, "ab"),
    ("a call's stop replaces the default", {"stop": ["b"]}, "abc", {"stop": ["c"]}, "abc"),
    ("an empty stop switches the default off", {"stop": ["b"]}, "abc", {"stop": []}, "abc"),
    ("a stop of None keeps the default", {"stop": ["b"]}, "abc", {"stop": None}, "ab"),
    ("n cuts before the stop completes", {"n": 5}, "one END", {"stop": ["END"]}, "one E"),
    ("the first completed stop wins", {}, "xabcd", {"stop": ["abcd", "bc"]}, "xabc"),
    ("a stop is literal", {}, "a. b", {"stop": ["."]}, "a."),
    ("other keywords change nothing", {"n": 3}, "hello", {"n": 1, "temperature": 2.0}, "hel"),
    ("code points, not graphemes", {"n": 4}, "cafe\u0301", {}, "cafe"),
    ("NUL and lone surrogates", {}, "\0a\ud83d\U0001f642", {}, "\0a\ud83d\U0001f642"),
]


@each_path
@pytest.mark.parametrize(
    ("settings", "prompt", "call", "reply"),
    [row[1:] for row in REPLIES],
    ids=[row[0] for row in REPLIES],
)
def test_every_path_gives_the_reply(
    path: Callable[..., str],
    settings: dict[str, Any],
    prompt: str,
    call: dict[str, Any],
    reply: str,
) -> None:
    assert path(CustomLLM(**settings), prompt, **call) == reply


@pytest.mark.parametrize(
    ("settings", "prompt", "stop", "chunks"),
    [
        ({}, "abc", None, ["a", "b", "c"]),
        ({"chunk_size": 2}, "abcde", None, ["ab", "cd", "e"]),
        ({"chunk_size": 2}, "abcd", None, ["ab", "cd"]),
        ({"chunk_size": 9}, "abc", None, ["abc"]),
        ({}, "", None, [""]),
        ({"n": 0}, "abc", None, [""]),
        ({"include_stop": False}, "END", ["END"], [""]),
        ({"chunk_size": "word"}, "one two", None, ["one", " ", "two"]),
        ({"chunk_size": 2}, "abENDcd", ["END"], ["ab", "EN", "D"]),
    ],
    ids=repr,
)
def test_a_stream_comes_in_these_chunks(
    settings: dict[str, Any], prompt: str, stop: list[str] | None, chunks: list[str]
) -> None:
    llm = CustomLLM(**settings)
    assert list(llm.stream(prompt, stop=stop)) == chunks
    assert astream_chunks(llm, prompt, stop=stop) == chunks


@each_path
def test_ten_megabytes_pass_exactly(path: Callable[..., str]) -> None:
    prompt = "0123456789" * 1_000_000
    assert path(CustomLLM(chunk_size=1_000_000), prompt, stop=["absent"]) == prompt


@each_path
def test_a_call_changes_neither_its_stops_nor_the_model(path: Callable[..., str]) -> None:
    llm = CustomLLM(stop=["c"])
    stop = ["b", "b", "a"]
    assert path(llm, "xaybzc", stop=stop) == "xa"
    assert stop == ["b", "b", "a"]
    assert path(llm, "xaybzc") == "xaybzc"
    assert llm == CustomLLM(stop=["c"])


def test_bound_stops_apply() -> None:
    bound = CustomLLM().bind(stop=["b"])
    assert bound.invoke("abc") == "ab"
    assert list(bound.stream("abc")) == ["a", "b"]


def test_messages_are_echoed_as_langchain_prints_them() -> None:
    assert CustomLLM().invoke([("human", "hi"), ("ai", "ho")]) == "Human: hi\nAI: ho"


class Clock:
    """Records what is slept instead of sleeping."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.slept: list[float] = []
        monkeypatch.setattr(time, "sleep", self.slept.append)
        real_sleep = asyncio.sleep

        async def asleep(seconds: float) -> None:
            self.slept.append(seconds)
            await real_sleep(0)

        monkeypatch.setattr(asyncio, "sleep", asleep)


@pytest.mark.parametrize(
    ("path", "naps"),
    [("invoke", 1), ("ainvoke", 1), ("batch", 2), ("abatch", 2), ("stream", 3), ("astream", 3)],
)
@pytest.mark.parametrize("sleep", [0, 0.5])
def test_sleep_comes_before_each_chunk_and_once_for_a_reply(
    path: str, naps: int, sleep: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    assert PATHS[path](CustomLLM(sleep=sleep), "abc") == "abc"
    assert clock.slept == [sleep] * naps


@each_path
def test_without_sleep_no_path_sleeps(
    path: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    path(CustomLLM(), "abc")
    assert clock.slept == []


def test_a_stream_sleeps_before_it_yields(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    chunks = CustomLLM(sleep=1).stream("abc")
    assert clock.slept == []
    assert next(chunks) == "a"
    assert clock.slept == [1]


def test_concurrent_streams_take_turns_when_they_sleep() -> None:
    order: list[str] = []

    async def consume(prompt: str) -> None:
        async for chunk in CustomLLM(sleep=0).astream(prompt):
            order.append(chunk)  # noqa: PERF401 - two tasks write to it

    async def both() -> None:
        await asyncio.gather(consume("aaa"), consume("bbb"))

    asyncio.run(both())
    assert sorted(order) == list("aaabbb")
    assert order != list("aaabbb")
