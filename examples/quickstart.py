"""LangChain's how-to walkthrough with `CustomLLM`, then three things that the page gets wrong.

Run it with `uv run examples/quickstart.py`. It needs neither a network nor a key.
"""

from __future__ import annotations

import asyncio
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from how_to_page import HowToPageLLM
from langchain_core.caches import InMemoryCache
from langchain_core.prompts import ChatPromptTemplate

from langchain_llm_echo import CustomLLM

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.language_models.llms import LLM


def show(call: str, result: object) -> None:
    """Print a call and its result."""
    print(f">>> {call}\n{result}\n")


async def walkthrough() -> None:
    """Print every call of the how-to page with its result."""
    llm = CustomLLM(n=5)
    show("print(llm)", llm)
    show('llm.invoke("This is a foobar thing")', repr(llm.invoke("This is a foobar thing")))
    show('await llm.ainvoke("world")', repr(await llm.ainvoke("world")))
    prompts: list[Any] = ["woof woof woof", "meow meow meow"]
    show(f"llm.batch({prompts})", llm.batch(prompts))
    show(f"await llm.abatch({prompts})", await llm.abatch(prompts))
    tokens = [token async for token in llm.astream("hello")]
    show('async for token in llm.astream("hello"): print(token, end="|")', "|".join([*tokens, ""]))

    prompt = ChatPromptTemplate.from_messages([("system", "you are a bot"), ("human", "{input}")])
    chain = prompt | CustomLLM(n=7)
    versions: tuple[Literal["v1", "v2"], ...] = ("v1", "v2")
    for version in versions:
        events = [
            event
            async for event in chain.astream_events({"input": "hello there!"}, version=version)
        ]
        chunks = [e["data"]["chunk"] for e in events if e["event"] == "on_llm_stream"]
        texts = [getattr(chunk, "text", chunk) for chunk in chunks]
        show(f'chain.astream_events({{"input": "hello there!"}}, version="{version}")', texts)


def outcome(call: Callable[[], object]) -> str:
    """Return what a call gives, or how it fails."""
    try:
        return repr(call())
    except Exception as error:  # noqa: BLE001 - whatever the page's class raises is the point
        return f"{type(error).__name__}: {error}"


def compare(title: str, call: Callable[[Callable[..., LLM]], object]) -> None:
    """Print what the how-to page's class does, and what ours does."""
    print(title)
    print(f"  the page's class: {outcome(partial(call, HowToPageLLM))}")
    print(f"  CustomLLM:        {outcome(partial(call, CustomLLM))}\n")


def behind_one_cache(model: Callable[..., LLM]) -> list[str]:
    """Ask a model with n=3, then one with n=5, with one cache behind both."""
    cache = InMemoryCache()
    return [model(n=n, cache=cache).invoke("hello") for n in (3, 5)]


def main() -> None:
    """Run the walkthrough and the comparison."""
    # astream_events(version="v1") is deprecated since langchain-core 1.3.3 and still on the page.
    warnings.simplefilter("ignore")
    asyncio.run(walkthrough())
    print("What the how-to page's class gets wrong\n")
    compare(
        'stop on stream: list(model(n=9).stream("one END two", stop=["END"]))',
        lambda model: list(model(n=9).stream("one END two", stop=["END"])),
    )
    compare(
        'an empty answer: list(model(n=9).stream(""))',
        lambda model: list(model(n=9).stream("")),
    )
    compare(
        "two models behind one cache: model(n=3), then model(n=5), asked 'hello'",
        behind_one_cache,
    )


if __name__ == "__main__":
    main()
