"""The six ways to ask a model, each as a function that returns the text of the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_llm_echo import CustomLLM


def invoke(llm: CustomLLM, prompt: str, **kwargs: Any) -> str:
    return llm.invoke(prompt, **kwargs)


def ainvoke(llm: CustomLLM, prompt: str, **kwargs: Any) -> str:
    return asyncio.run(llm.ainvoke(prompt, **kwargs))


def batch(llm: CustomLLM, prompt: str, **kwargs: Any) -> str:
    first, second = llm.batch([prompt, prompt], **kwargs)
    assert first == second
    return first


def abatch(llm: CustomLLM, prompt: str, **kwargs: Any) -> str:
    first, second = asyncio.run(llm.abatch([prompt, prompt], **kwargs))
    assert first == second
    return first


def stream(llm: CustomLLM, prompt: str, **kwargs: Any) -> str:
    return "".join(llm.stream(prompt, **kwargs))


def astream(llm: CustomLLM, prompt: str, **kwargs: Any) -> str:
    return "".join(astream_chunks(llm, prompt, **kwargs))


def astream_chunks(llm: CustomLLM, prompt: str, **kwargs: Any) -> list[str]:
    async def collected() -> list[str]:
        return [chunk async for chunk in llm.astream(prompt, **kwargs)]

    return asyncio.run(collected())


PATHS: dict[str, Callable[..., str]] = {
    path.__name__: path for path in (invoke, ainvoke, batch, abatch, stream, astream)
}
