"""Prove that a scan keeps no more text than it must hold, and that an abandoned one keeps nothing.

Prints a line `name | figure | goal | pass` or `fail` for each promise; exits with 1 on a miss.
"""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc

from langchain_model_parts import StopSequences

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


def abandoned(streams: int) -> float:
    """Return the bytes that each stream leaves that was begun, holds text and is dropped."""
    stops = StopSequences(STOP, include=False)

    def begin() -> None:
        next(stops.cut_stream(iter(["one aaaa", "aaaa"])))

    begin()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(streams):
        begin()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / streams


def seconds(characters: int) -> float:
    """Return the CPU time of an answer of that length, cut while it streams."""
    stops = StopSequences(STOP, include=False)
    start = time.process_time()
    shown = sum(map(len, stops.cut_stream(iter(["x" * DELTA] * (characters // DELTA)))))
    taken = time.process_time() - start
    if shown != characters // DELTA * DELTA:
        raise AssertionError(f"{shown} of {characters} characters came through")
    return taken


def main() -> int:
    """Print a line for each promise and return the exit status."""
    kept, most = scanned(100_000_000)
    room = len(STOP) + DELTA + 4 * KILOBYTE
    promises: list[tuple[str, float, float]] = [
        (f"scanner, {len(STOP) - 1:,} characters held: bytes kept", kept, room),
        ("scanner, 100 MB: bytes at most", most, room),
        ("cut_stream, 2,000 abandoned: bytes kept of each", abandoned(2_000), 10),
        ("cut_stream, 10 MB in chunks of 4 KB: seconds", seconds(10_000_000), 1),
    ]
    for name, figure, goal in promises:
        outcome = "pass" if figure <= goal else "fail"
        print(f"{name} | {figure:,.2f} | {goal:,} | {outcome}")
    return int(any(figure > goal for _, figure, goal in promises))


if __name__ == "__main__":
    sys.exit(main())
