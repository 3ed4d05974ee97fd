"""`CustomLLM` against the least a streaming LLM can do, the how-to page's class and core's fakes.

The floor is a hand-written model with native asynchronous methods and nothing but an echo in them.
Where a contender cannot do what is asked, its cell says so.

Run it with `uv run benchmarks/llm.py`.
"""

from __future__ import annotations

import asyncio
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interleaved import fastest, table
from langchain_core.language_models.fake import FakeListLLM, FakeStreamingListLLM
from langchain_core.language_models.llms import LLM
from langchain_core.outputs import GenerationChunk

from langchain_llm_echo import CustomLLM

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from how_to_page import HowToPageLLM  # found through the line above

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

ROUNDS = 15
PROMPT = "This is a foobar thing! " * 4
BATCH: list[Any] = [PROMPT] * 100
STOPS = ["\nObservation:", "\n\nHuman:", "</s>", "<|im_end|>"]


class Floor(LLM):
    """The least: an echo on four native paths."""

    n: int | None = None

    def _call(self, prompt: str, *_: Any, **__: Any) -> str:
        return prompt[: self.n]

    async def _acall(self, prompt: str, *_: Any, **__: Any) -> str:
        return prompt[: self.n]

    def _stream(
        self,
        prompt: str,
        stop: Any = None,
        run_manager: Any = None,
        **_: Any,
    ) -> Iterator[GenerationChunk]:
        for character in prompt[: self.n]:
            chunk = GenerationChunk(text=character)
            if run_manager:
                run_manager.on_llm_new_token(character, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        prompt: str,
        stop: Any = None,
        run_manager: Any = None,
        **_: Any,
    ) -> AsyncIterator[GenerationChunk]:
        for character in prompt[: self.n]:
            chunk = GenerationChunk(text=character)
            if run_manager:
                await run_manager.on_llm_new_token(character, chunk=chunk)
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "floor"


MODELS: dict[str, Callable[[], LLM]] = {
    "floor": lambda: Floor(n=100),
    "CustomLLM": lambda: CustomLLM(n=100),
    "how-to page": lambda: HowToPageLLM(n=100),
    "FakeListLLM": lambda: FakeListLLM(responses=[PROMPT]),
    "FakeStreamingListLLM": lambda: FakeStreamingListLLM(responses=[PROMPT]),
}


async def consume(llm: LLM, **kwargs: Any) -> None:
    """Stream an answer to its end."""
    async for _ in llm.astream(PROMPT, **kwargs):
        pass


def main() -> None:
    """Print the table."""
    loop = asyncio.new_event_loop()
    llms = {name: make() for name, make in MODELS.items()}
    operations: dict[str, Callable[[LLM], object]] = {
        "invoke": lambda llm: llm.invoke(PROMPT),
        "stream": lambda llm: list(llm.stream(PROMPT)),
        "stream, 4 stops": lambda llm: list(llm.stream(PROMPT, stop=STOPS)),
        "astream": lambda llm: loop.run_until_complete(consume(llm)),
        "batch of 100": lambda llm: llm.batch(BATCH),
        "abatch of 100": lambda llm: loop.run_until_complete(llm.abatch(BATCH)),
    }
    rows: list[list[object]] = []
    for operation, run in operations.items():
        repeats = 100 if operation == "invoke" else 10

        def repeated(
            llm: LLM, run: Callable[[LLM], object] = run, repeats: int = repeats
        ) -> Callable[[], None]:
            def once() -> None:
                for _ in range(repeats):
                    run(llm)

            return once

        best = fastest({name: repeated(llm) for name, llm in llms.items()}, ROUNDS)
        rows.append(row(operation, best, repeats))
    construct = {
        name: lambda make=make: [make() for _ in range(50)] for name, make in MODELS.items()
    }
    rows.append(row("construction", fastest(construct, ROUNDS), 50))

    print(
        f"CPython {platform.python_version()}, langchain-core {version('langchain-core')}, CPU "
        f"time of all threads, the fastest of {ROUNDS} interleaved runs; {len(PROMPT)} characters."
        "\n"
    )
    print(table(["operation", "floor (µs)", *(f"{m} / floor" for m in [*MODELS][1:])], rows))
    print("\nFakeListLLM streams its answer in one chunk; of all these only CustomLLM heeds stops.")


def row(operation: str, best: dict[str, float], repeats: int) -> list[object]:
    """Return a row of ratios to the floor."""
    floor = best["floor"]
    return [operation, round(floor / repeats * 1e6), *(best[m] / floor for m in [*MODELS][1:])]


if __name__ == "__main__":
    main()
