"""Time the scanner on the stops, texts and deltas that cost it most.

Times are CPU times, and the fastest of several rounds stands: the one least disturbed.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from langchain_model_parts import StopSequences
from tools.prove.rows import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

DELTAS = (1, 4, 4_096)
ROUNDS = 30
LETTERS = "abcdefghijklmnopqrstuvwxyz "
PATIENCE = 8
"""How many times as many rounds there are while a goal is missed: the machine may be busy."""
MANY = 3_000
GROWTH = 2
"""How many times as long a character may take: caches of the processor end, and clocks jitter."""
SLACK = 5
"""How many times its goal a slice may take, on a busy machine; what is quadratic takes 50 times."""


def sets() -> dict[str, tuple[tuple[str, ...], str]]:
    """Return sets of stops, each with a text that begins one of them all the time."""
    chance = random.Random(1)  # noqa: S311 - no secret
    two = tuple(chr(0x4E00 + n) + chr(0xAC00 + n) for n in range(10_000))
    words = tuple("".join(chance.choices(LETTERS, k=100)) for _ in range(3_000))
    first, second = "a", "ab"
    while len(second) < 20_000:
        first, second = second, second + first
    return {
        "1 of 4,001 characters": (("a" * 4_000 + "b",), "a" * 20_000),
        "1 of 28,658, a Fibonacci word": ((second + "c",), second[:-2]),
        "100 of 1,006 with one start": (
            tuple("a" * 1_000 + f"b{n:05}" for n in range(100)),
            ("a" * 1_000 + "c") * 20,
        ),
        "60 that end in each other": (
            tuple("a" * n + "b" * (60 - n) + "c" for n in range(1, 60)),
            ("a" * 59 + "b" * 59) * 160,
        ),
        "10,000 of 2, in order": (two, "".join(stop[0] for stop in two)),
        "10,000 of 2, at random": (two, "".join(chance.choice(two)[0] for _ in range(10_000))),
        "3,000 of 100, at random": (
            words,
            "".join(stop[: chance.randrange(100)] for stop in words)[:20_000],
        ),
        "3,000 of 100, unlike them": (words, "".join(chance.choices(LETTERS, k=20_000))),
        "1 of 7, dropped stops among 3": (("aaaab", "xaaaabx", "aaaabaa"), "aaaaca" * 3_000),
    }


def growing() -> dict[str, tuple[tuple[tuple[str, ...], str], tuple[tuple[str, ...], str]]]:
    """Return pairs of stops and texts, of which the second is larger in one respect."""

    def case(length: int, count: int, text: int) -> tuple[tuple[str, ...], str]:
        return tuple("a" * length + f"b{n:05}" for n in range(count)), "a" * text

    return {
        "a stop 1,000 times as long": (case(100, 1, 20_000), case(100_000, 1, 20_000)),
        "1,000 times as many stops": (case(100, 1, 20_000), case(100, 1_000, 20_000)),
        "a text 50 times as long": (case(100, 1, 20_000), case(100, 1, 1_000_000)),
    }


def built() -> dict[str, tuple[str, ...]]:
    """Return sets of stops that take long to build."""
    chance = random.Random(2)  # noqa: S311 - no secret

    def of(letters: str, count: int = MANY) -> tuple[str, ...]:
        return tuple("".join(chance.choices(letters, k=100)) for _ in range(count))

    words = of(LETTERS)
    return {
        "3,000 of 100 letters": words,
        "3,000 of 100, two letters": of("ab"),
        "3,000 of 100, one of them dropped": (*words[1:], f"!{words[1]}!"),
        "1 of 300,001": ("a" * 300_000 + "b",),
        "10,000 of 2": tuple(chr(0x4E00 + n) + chr(0xAC00 + n) for n in range(10_000)),
    }


def per_character(
    stops: tuple[str, ...], text: str, size: int, rounds: int, goal: float = 0
) -> float:
    """Return the microseconds for a character of a text that holds no stop, in deltas of a size."""
    scanner = StopSequences(stops, include=False).scanner()
    deltas = [text[start : start + size] for start in range(0, len(text), size)]
    feed = scanner.feed
    best = float("inf")
    for number in range(rounds * PATIENCE):
        if number >= rounds and (best <= goal * len(text) / 1e6 or not goal):
            break
        start = time.process_time()
        for delta in deltas:
            feed(delta)
        best = min(best, time.process_time() - start)
        scanner.flush()  # so that it starts afresh
    if scanner.match:
        raise AssertionError(f"the text holds {scanner.match.stop[:20]!r}")
    return best / len(text) * 1e6


def building(stops: tuple[str, ...], rounds: int, goal: float) -> float:
    """Return the seconds that the first scanner of a set takes, which is too large to be kept."""
    best = float("inf")
    for number in range(rounds * PATIENCE):
        if number >= rounds and best <= goal:
            break
        start = time.process_time()
        StopSequences(stops).scanner()
        best = min(best, time.process_time() - start)
    return best


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each set of stops, and for what must not grow."""
    rounds, slack, length = (3, SLACK, 2_000) if quick else (ROUNDS, 1, 1_000_000)
    for name, (stops, text) in sets().items():
        worst = max(per_character(stops, text[:length], size, rounds, slack) for size in DELTAS)
        yield at_most(f"stops: {name}; deltas of 1, 4, 4,096", worst, slack, "µs a character")
    for name, (small, large) in growing().items():
        ratio = per_character(*large, 4, rounds) / per_character(*small, 4, rounds)
        yield at_most(f"{name}: a character takes", ratio, GROWTH * slack, "times as long")
    for name, stops in built().items():
        taken = building(stops, 1 if quick else ROUNDS // 3, 0.3 * slack)
        characters = sum(map(len, stops))
        yield at_most(f"build {name}", taken / characters * 1e6, 3 * slack, "µs a character")
        if len(stops) == MANY:
            yield at_most(f"build {name}", taken, 0.3 * slack, "s")
