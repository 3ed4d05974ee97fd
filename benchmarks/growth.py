"""How the cost of the echoes grows with what they are given: characters, stops, chunks, prompts.

Each line is one thing that grows tenfold from column to column, and what one unit of it costs. Flat
lines are linear. Threads share one interpreter, so a stream costs the same in any of them at best.

Run it with `uv run benchmarks/growth.py`.
"""

from __future__ import annotations

import asyncio
import platform
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from interleaved import fastest, table

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
SHORT = 10
"""Up to so many microseconds, a figure has two digits."""
SIZES = (1, 10, 100, 1_000, 10_000)
TEXT = "This is a foobar thing! "


def characters(model: Any, count: int) -> None:
    """Answer with so many characters."""
    model().invoke("x" * count)


def stops(model: Any, count: int) -> None:
    """Answer a call that names so many stops, which are built anew or found again."""
    model().invoke(TEXT, stop=[f"<|{number}|>" for number in range(count)])


def chunks(model: Any, count: int) -> None:
    """Stream so many chunks."""
    for _ in model().stream("x" * count):
        pass


def prompts(model: Any, count: int) -> None:
    """Answer so many prompts in one batch, in this thread."""
    model().batch([TEXT] * count, {"max_concurrency": 1})


def aprompts(model: Any, count: int) -> None:
    """Answer so many prompts in one asynchronous batch."""
    asyncio.run(model().abatch([TEXT] * count))


def threads(model: Any, count: int) -> None:
    """Stream 200 times, from so many threads."""
    shared = model()
    with ThreadPoolExecutor(count) as pool:
        for _ in pool.map(lambda _: [*shared.stream(TEXT)], range(200)):
            pass


# What grows, how it is asked for, up to which size, how many units a run has.
GROWING: list[tuple[str, Callable[[Any, int], None], int, Callable[[int], int]]] = [
    ("a character of an answer", characters, 10_000, lambda count: count),
    ("a stop of a call", stops, 10_000, lambda count: count),
    ("a chunk of a stream", chunks, 10_000, lambda count: count),
    ("a prompt of a batch", prompts, 1_000, lambda count: count),
    ("a prompt of an abatch", aprompts, 1_000, lambda count: count),
    ("a stream of 24 chunks, from so many threads", threads, 100, lambda _: 200),
]


def main() -> None:
    """Print a line for each thing that grows, and each model."""
    print(
        f"CPython {platform.python_version()}, langchain-core {version('langchain-core')}, "
        f"microseconds of CPU time of all threads, the fastest of {ROUNDS} interleaved runs.\n"
    )
    rows: list[list[object]] = []
    for model in (CustomLLM, ChatEcho):
        for name, run, most, units in GROWING:
            sizes = [size for size in SIZES if size <= most]
            best = fastest({str(size): partial(run, model, size) for size in sizes}, ROUNDS)
            costs = [best[str(size)] * 1e6 / units(size) for size in sizes]
            figures = [f"{cost:,.0f}" if cost > SHORT else f"{cost:.2g}" for cost in costs]
            rows.append([model.__name__, name, *figures, *["-"] * (len(SIZES) - len(sizes))])
    print(table(["model", "what one costs", *(f"{size:,}" for size in SIZES)], rows))


if __name__ == "__main__":
    main()
