"""Measure what a scan keeps, and what an abandoned stream leaves behind."""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM
from langchain_model_parts import StopSequences
from langchain_model_parts._automaton import LARGE, LARGE_KEPT, SMALL, SMALL_KEPT
from langchain_model_parts.calls import KEPT
from tools.prove.rows import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DELTA = 4_096
KILOBYTE = 1_024
STOP = "a" * 9_000 + "b"  # short enough to stay compiled


def scanned(characters: int) -> tuple[int, int]:
    """Return the bytes kept while a whole stop but its end is held, and the most that a text took.

    The text comes in large deltas, each a new string that ends in the start of a stop. The most
    counts the delta and what is shown of it too; the compiled set is left aside.
    """
    stops = StopSequences(STOP, include=False)
    stops.scanner()  # compiles the set
    gc.collect()
    tracemalloc.start()
    scanner = stops.scanner()
    shown = sum(len(scanner.feed(character)) for character in STOP[:-1])
    if shown:
        raise AssertionError(f"{shown} characters were not held")
    kept, _ = tracemalloc.get_traced_memory()
    shown = len(scanner.feed("x"))
    tracemalloc.reset_peak()
    for _ in range(characters // DELTA):
        shown += len(scanner.feed("x" * (DELTA - 4) + "aaaa"))
    shown += len(scanner.flush())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if shown != len(STOP) + characters // DELTA * DELTA:
        raise AssertionError(f"{shown} characters came through")
    return kept, most


def kept_sets() -> float:
    """Return the megabytes that all sets take which stay compiled, at worst: of single letters."""
    tracemalloc.start()
    for size, count in ((SMALL, SMALL_KEPT), (LARGE, LARGE_KEPT)):
        for number in range(count + 1):
            StopSequences(chr(0x4E00 + number + place) for place in range(size)).scanner()
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / 1_000_000


def abandoned(begin: Callable[[], object], streams: int) -> float:
    """Return the bytes that each stream leaves that was begun and dropped."""
    tracemalloc.start()
    for _ in range(KEPT + 1):  # a model's record of calls is full then
        begin()
    gc.collect()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(streams):
        begin()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / streams


def beginnings() -> dict[str, Callable[[], object]]:
    """Return what begins a stream that holds text back, and drops it."""
    stops = StopSequences(STOP, include=False)
    llm = CustomLLM(stop=["b"], include_stop=False)
    chat = ChatEcho(stop=["b"], include_stop=False)
    return {
        "cut_stream": lambda: next(stops.cut_stream(iter(["one aaaa", "aaaa"]))),
        "CustomLLM": lambda: next(llm.stream("hello")),
        "ChatEcho": lambda: next(chat.stream("hello")),
    }


def seconds(stream: Callable[[str], Any], characters: int) -> float:
    """Return the CPU time of an answer of that length, in chunks of 4 KB."""
    text = "x" * characters
    start = time.process_time()
    shown = sum(map(len, stream(text)))
    taken = time.process_time() - start
    if shown != characters:
        raise AssertionError(f"{shown} of {characters} characters came through")
    return taken


def answers() -> dict[str, Callable[[str], Any]]:
    """Return what streams a long answer, as texts."""
    stops = StopSequences(STOP, include=False)
    llm = CustomLLM(chunk_size=DELTA, stop=[STOP], include_stop=False)
    chat = ChatEcho(chunk_size=DELTA, stop=[STOP], include_stop=False)
    return {
        "cut_stream": lambda text: stops.cut_stream(
            text[start : start + DELTA] for start in range(0, len(text), DELTA)
        ),
        "CustomLLM": llm.stream,
        "ChatEcho": lambda text: (chunk.text for chunk in chat.stream(text)),
    }


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each promise."""
    megabytes, streams, length = (2, 2_000, 1_000_000) if quick else (100, 2_000, 10_000_000)
    kept, most = scanned(megabytes * 1_000_000)
    room = len(STOP) + DELTA + 4 * KILOBYTE
    yield at_most(f"scanner, {len(STOP) - 1:,} characters held: kept", kept, room, "bytes")
    yield at_most(f"scanner, {megabytes} MB: the most at once", most, room, "bytes")
    yield at_most("stop sets that stay compiled: all of them keep", kept_sets(), 20, "MB")
    for name, begin in beginnings().items():
        left = abandoned(begin, streams)
        yield at_most(f"{name}, {streams:,} streams abandoned: each leaves", left, 10, "bytes")
    for name, stream in answers().items():
        taken = min(seconds(stream, length) for _ in range(3))
        yield at_most(f"{name}, {length // 10**6} MB in chunks of 4 KB", taken, 1, "s")
