"""The two echoes give the same answer to plain text, on every path."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM

if TYPE_CHECKING:
    from collections.abc import Callable

texts = st.text("ab\n\0\ud83d\u0301", max_size=10)
stop_lists = st.none() | st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3)


def pieces(chunks: list[Any]) -> list[str]:
    return [chunk if isinstance(chunk, str) else chunk.content for chunk in chunks]


def streamed(model: Any, prompt: Any, **kwargs: Any) -> list[str]:
    return pieces(list(model.stream(prompt, **kwargs)))


def astreamed(model: Any, prompt: Any, **kwargs: Any) -> list[str]:
    async def collected() -> list[Any]:
        return [chunk async for chunk in model.astream(prompt, **kwargs)]

    return pieces(asyncio.run(collected()))


PATHS: list[Callable[..., list[str]]] = [
    lambda model, prompt, **kw: pieces([model.invoke(prompt, **kw)]),
    lambda model, prompt, **kw: pieces([asyncio.run(model.ainvoke(prompt, **kw))]),
    lambda model, prompt, **kw: pieces(model.batch([prompt, prompt], **kw)),
    lambda model, prompt, **kw: pieces(asyncio.run(model.abatch([prompt, prompt], **kw))),
    streamed,
    astreamed,
]


@given(
    text=texts,
    n=st.none() | st.integers(0, 10),
    default_stop=stop_lists,
    include_stop=st.booleans(),
    chunk_size=st.integers(1, 4),
    call_stop=stop_lists,
)
@settings(max_examples=60, deadline=None)
def test_both_echoes_answer_the_same(
    text: str, default_stop: list[str] | None, call_stop: list[str] | None, **others: Any
) -> None:
    llm, chat = CustomLLM(stop=default_stop, **others), ChatEcho(stop=default_stop, **others)
    for path in PATHS:
        said = path(llm, text, stop=call_stop)
        assert path(chat, [HumanMessage(text)], stop=call_stop) == said
