"""The how-to page's examples, as printed there."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any, Literal

import pytest
from langchain_core.prompts import ChatPromptTemplate

from langchain_llm_echo import CustomLLM
from llm_paths import astream_chunks


def test_printing_shows_the_class_in_bold_and_its_parameters() -> None:
    assert str(CustomLLM(n=5)) == (
        "\033[1mCustomLLM\033[0m\nParams: {'model_name': 'CustomChatModel', 'n': 5}"
    )


def test_invoke() -> None:
    assert CustomLLM(n=5).invoke("This is a foobar thing") == "This "


def test_ainvoke() -> None:
    assert asyncio.run(CustomLLM(n=5).ainvoke("world")) == "world"


def test_batch() -> None:
    assert CustomLLM(n=5).batch(["woof woof woof", "meow meow meow"]) == ["woof ", "meow "]


def test_abatch() -> None:
    replies = asyncio.run(CustomLLM(n=5).abatch(["woof woof woof", "meow meow meow"]))
    assert replies == ["woof ", "meow "]


def test_astream() -> None:
    assert astream_chunks(CustomLLM(n=5), "hello") == ["h", "e", "l", "l", "o"]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_chain_streams_events(version: Literal["v1", "v2"]) -> None:
    prompt = ChatPromptTemplate.from_messages([("system", "you are a bot"), ("human", "{input}")])
    chain = prompt | CustomLLM(n=7)

    async def collected() -> list[dict[str, Any]]:
        with warnings.catch_warnings():
            # v1 is deprecated since langchain-core 1.3.3, and beta before 0.3 ended.
            warnings.simplefilter("ignore")
            stream = chain.astream_events({"input": "hello there!"}, version=version)
            return [dict(event) async for event in stream]

    events = asyncio.run(collected())
    streamed = [e["data"]["chunk"] for e in events if e["event"] == "on_llm_stream"]
    assert [getattr(chunk, "text", chunk) for chunk in streamed] == list("System:")
    ends = [e for e in events if e["event"] == "on_llm_end"]
    assert len(ends) == 1
    assert events[-1]["event"] == "on_chain_end"
    assert events[-1]["data"]["output"] == "System:"
