"""`ChatEcho` against the least a streaming chat model can do, and core's fakes.

The floor is a hand-written model with native asynchronous methods and nothing but an echo in them:
no stop, no tools, no token counts. FakeListChatModel answers from a list.

Run it with `uv run benchmarks/chat.py`.
"""

from __future__ import annotations

import asyncio
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from interleaved import fastest, table
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.language_models.fake_chat_models import FakeListChatModel, GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from langchain_core.messages import BaseMessage

ROUNDS = 15
PROMPT = "This is a foobar thing! " * 4
STOPS = ["\nObservation:", "\n\nHuman:", "</s>", "<|im_end|>"]


class Floor(BaseChatModel):
    """The least: an echo on four native paths."""

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=messages[-1].content)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._generate(messages)

    def _stream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> Iterator[ChatGenerationChunk]:
        for character in str(messages[-1].content):
            yield ChatGenerationChunk(message=AIMessageChunk(content=character))

    async def _astream(
        self, messages: list[BaseMessage], *_: Any, **__: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self._stream(messages):
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "floor"


MODELS: dict[str, Callable[[], Any]] = {
    "FakeListChatModel": lambda: FakeListChatModel(responses=[PROMPT]),
    "floor": Floor,
    "ChatEcho": ChatEcho,
    "GenericFakeChatModel": lambda: GenericFakeChatModel(messages=iter(lambda: PROMPT, None)),
}


async def consume(model: Any) -> None:
    """Stream an answer to its end."""
    async for _ in model.astream(PROMPT):
        pass


def main() -> None:
    """Print the table."""
    loop = asyncio.new_event_loop()
    models = {name: make() for name, make in MODELS.items()}
    operations: dict[str, tuple[int, Callable[[Any], object]]] = {
        "invoke": (100, lambda model: model.invoke(PROMPT)),
        "stream": (10, lambda model: list(model.stream(PROMPT))),
        "stream, 4 stops": (10, lambda model: list(model.stream(PROMPT, stop=STOPS))),
        "astream": (10, lambda model: loop.run_until_complete(consume(model))),
        "batch of 100": (1, lambda model: model.batch([PROMPT] * 100)),
        "abatch of 1,000": (
            1,
            lambda model: loop.run_until_complete(model.abatch([PROMPT] * 1_000)),
        ),
    }
    rows: list[list[object]] = []
    for operation, (repeats, run) in operations.items():

        def repeated(
            model: Any, run: Callable[[Any], object] = run, repeats: int = repeats
        ) -> Callable[[], None]:
            def once() -> None:
                for _ in range(repeats):
                    run(model)

            return once

        best = fastest({name: repeated(model) for name, model in models.items()}, ROUNDS)
        rows.append(row(operation, best, repeats))
    construct = {name: lambda m=make: [m() for _ in range(50)] for name, make in MODELS.items()}
    rows.append(row("construction", fastest(construct, ROUNDS), 50))

    print(
        f"CPython {platform.python_version()}, langchain-core {version('langchain-core')}, CPU "
        f"time of all threads, the fastest of {ROUNDS} interleaved runs; {len(PROMPT)} characters, "
        "one to a chunk.\n"
    )
    ratios = [
        "ChatEcho / FakeListChatModel",
        "ChatEcho / floor",
        "GenericFakeChatModel / floor",
    ]
    print(table(["operation", "FakeListChatModel (µs)", *ratios], rows))


def row(operation: str, best: dict[str, float], repeats: int) -> list[object]:
    """Return a row of times and ratios."""
    fake, floor = best["FakeListChatModel"], best["floor"]
    echo = best["ChatEcho"]
    generic = best["GenericFakeChatModel"] / floor
    ratios = [echo / fake, echo / floor, generic]
    return [operation, round(fake / repeats * 1e6), *ratios]


if __name__ == "__main__":
    main()
