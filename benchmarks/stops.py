"""The scanner against the stop checks of four engines, and against the least that any must do.

Each engine's check is written here from its described algorithm, on text: what it looks at when a
piece of text arrives, and what it holds back so that no part of a stop is shown.

* vLLM: append to the whole text, search its end for each stop; hold as much as the longest stop
  less one character.
* transformers: for each stop, compare the end of the text at every place where the newest piece can
  complete it. It holds nothing back: it only says when to end.
* llama.cpp: search the text not shown yet for each stop; if there is none, compare the end of the
  text with every start of every stop, and hold from there.
* ollama: join the pieces not shown yet; ask for each stop whether it is contained, then for each
  start of each stop whether the text ends in it, and hold all pieces if so.
* floor: one C search for a stop that is not there, per piece, and nothing else.
* pyahocorasick: the automaton of Aho and Corasick in C. It says when a stop is completed and holds
  nothing back: it does not tell what could become one. Only in the table of worst cases.

Run it with `uv run --with "pyahocorasick>=2.1" benchmarks/stops.py`.
"""

from __future__ import annotations

import importlib
import platform
import re
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from interleaved import fastest, table

from langchain_model_parts import StopSequences
from langchain_model_parts._automaton import Automaton
from langchain_model_parts.stop import ONE_BY_ONE

if TYPE_CHECKING:
    from collections.abc import Callable

    Feed = Callable[[str], str]

STOPS = {
    1: ["\nObservation:"],
    4: ["\nObservation:", "\n\nHuman:", "</s>", "<|im_end|>"],
    64: [f"<|t{number:02}|>" for number in range(64)],
}
DELTAS = (1, 4, 16, 4096)
ROUNDS = 7
LIMIT = 0.2
"""Seconds after which a contender is told no more of a hostile text."""


def shared(length: int, count: int) -> list[str]:
    """Return stops with one start of some length: the prefix is all that they share."""
    return ["a" * length + f"b{number:05}" for number in range(count)]


DISTINCT = [chr(0x4E00 + number) + chr(0xAC00 + number) for number in range(10_000)]
# What the stops are, the stops, a text that holds none but begins one all the time, the delta.
HOSTILE: list[tuple[str, list[str], str, int]] = [
    *(
        (f"1 of {length + 6:,} characters", shared(length, 1), "a" * 50_000, 4)
        for length in (10, 100, 1_000, 10_000, 100_000)
    ),
    *(
        (f"{count:,} of 106 characters", shared(100, count), ("a" * 100 + "c") * 500, 4)
        for count in (1, 10, 100, 1_000)
    ),
    *(
        ("100 of 1,006 characters", shared(1_000, 100), "a" * length, 4)
        for length in (10_000, 100_000)
    ),
    *(("1 of 4,006 characters", shared(4_000, 1), "a" * 50_000, size) for size in (1, 16, 4_096)),
    ("10,000 of 2 characters", DISTINCT, "".join(stop[0] for stop in DISTINCT), 4),
]
PROSE = (
    "The model was told to think aloud, so it did: first it named what it knew, then what it did "
    "not.\nIt wrote <b>three</b> short lines,\none of them about Observatories, and then went on.\n"
)


def scanner(stops: list[str]) -> Feed:
    """This repository's scanner, with the stop cut off."""
    return StopSequences(stops, include=False).scanner().feed


def whole_text(stops: list[str]) -> Feed:
    """This repository's search of a whole text."""
    return StopSequences(stops, include=False).cut


class Vllm:
    """Search the end of the whole text, hold back the longest stop less one.

    The text lives on an object, as in the engine: appending to it copies it.
    """

    def __init__(self, stops: list[str]) -> None:
        self.stops = stops
        self.hold = max(map(len, stops)) - 1
        self.text = ""
        self.shown = 0

    def feed(self, delta: str) -> str:
        """Take a piece and return what may be shown."""
        self.text += delta
        ends = []
        for stop in self.stops:
            start = self.text.find(stop, max(0, len(self.text) - len(delta) - len(stop) + 1))
            if start >= 0:
                ends.append((start + len(stop), start))
        end = min(ends)[1] if ends else max(self.shown, len(self.text) - self.hold)
        piece = self.text[self.shown : end]
        self.shown = end
        return piece


def vllm(stops: list[str]) -> Feed:
    """Return vLLM's check."""
    return Vllm(stops).feed


def transformers(stops: list[str]) -> Feed:
    """Compare the end of the text wherever the newest piece can complete a stop."""
    keep = max(map(len, stops)) - 1
    tail = ""

    def feed(delta: str) -> str:
        nonlocal tail
        text = tail + delta
        for stop in stops:
            for overhang in range(len(delta)):
                if text.endswith(stop, 0, len(text) - overhang):
                    return ""
        tail = text[-keep:]
        return delta

    return feed


def llama_cpp(stops: list[str]) -> Feed:
    """Search the text not shown yet, then compare its end with every start of every stop."""
    waiting = ""

    def feed(delta: str) -> str:
        nonlocal waiting
        text = waiting + delta
        for stop in stops:
            if text.find(stop, max(0, len(text) - len(delta) - len(stop) + 1)) >= 0:
                return ""
        hold_from = len(text)
        for stop in stops:
            for length in range(len(stop) - 1, 0, -1):
                if text[-1] == stop[length - 1] and text.endswith(stop[:length]):
                    hold_from = min(hold_from, len(text) - length)
                    break
        waiting = text[hold_from:]
        return text[:hold_from]

    return feed


def ollama(stops: list[str]) -> Feed:
    """Ask for each stop whether it is there, then for each of its starts whether it is the end."""
    pending: list[str] = []

    def feed(delta: str) -> str:
        pending.append(delta)
        text = "".join(pending)
        if any(stop in text for stop in stops):
            return ""
        for stop in stops:
            for length in range(1, len(stop) + 1):
                if text.endswith(stop[:length]):
                    return ""
        pending.clear()
        return text

    return feed


def pyahocorasick(stops: list[str]) -> Feed:
    """Step a library's automaton, which keeps its state from piece to piece."""
    library: Any = importlib.import_module("ahocorasick")  # no types, and not among what we need
    automaton = library.Automaton()
    for stop in stops:
        automaton.add_word(stop, stop)
    automaton.make_automaton()
    matches = automaton.iter("")

    def feed(delta: str) -> str:
        matches.set(delta)
        return "" if next(matches, None) else delta

    return feed


def floor(stops: list[str]) -> Feed:
    """Search each piece once, in C, for something that is not there."""
    search = re.compile("|".join(map(re.escape, stops))).search

    def feed(delta: str) -> str:
        search(delta)
        return delta

    return feed


CONTENDERS = {f.__name__: f for f in (scanner, vllm, transformers, llama_cpp, ollama)}


def pieces(length: int, size: int) -> list[str]:
    """Cut prose of some length into pieces of some size."""
    text = (PROSE * (length // len(PROSE) + 1))[:length]
    return [text[start : start + size] for start in range(0, length, size)]


def feeding(make: Callable[[list[str]], Feed], stops: list[str], deltas: list[str]) -> float:
    """Feed all deltas to a fresh check and return how many characters were held on average."""
    feed = make(stops)
    fed = shown = held = 0
    for delta in deltas:
        fed += len(delta)
        shown += len(feed(delta))
        held += fed - shown
    return held / len(deltas)


def least_held(stops: list[str]) -> Feed:
    """Hold the longest end that a stop starts with: the theoretical minimum, found naively."""
    waiting = ""

    def feed(delta: str) -> str:
        nonlocal waiting
        text = waiting + delta
        for start in range(len(text)):
            if any(stop.startswith(text[start:]) for stop in stops):
                waiting = text[start:]
                return text[:start]
        waiting = ""
        return text

    return feed


def timed(
    stops: list[str], deltas: list[str], names: tuple[str, ...] = (*CONTENDERS, "floor")
) -> dict[str, float]:
    """Return nanoseconds per delta for each contender, and the floor."""

    def run(make: Callable[[list[str]], Feed]) -> Callable[[], None]:
        def once() -> None:
            feed = make(stops)
            for delta in deltas:
                feed(delta)

        return once

    makers = {**CONTENDERS, "floor": floor}
    best = fastest({name: run(makers[name]) for name in names}, rounds=ROUNDS)
    return {name: seconds / len(deltas) * 1e9 for name, seconds in best.items()}


def hostile(make: Callable[[list[str]], Feed], stops: list[str], deltas: list[str]) -> float:
    """Return nanoseconds per character of a contender that is fed for `LIMIT` seconds at most."""
    feed = make(stops)
    fed = taken = 0.0
    block = 1  # doubles, so that the clock costs nothing and no engine runs for minutes
    while deltas and taken < LIMIT:
        now, deltas = deltas[:block], deltas[block:]
        start = time.process_time()
        for delta in now:
            feed(delta)
        taken += time.process_time() - start
        fed += sum(map(len, now))
        block *= 2
    return taken / fed * 1e9


def worst_cases() -> list[list[object]]:
    """Return a row for each hostile set of stops and text."""
    rows: list[list[object]] = []
    for name, stops, text, size in HOSTILE:
        deltas = [text[start : start + size] for start in range(0, len(text), size)]
        characters = sum(map(len, stops))
        building = fastest({"": partial(Automaton, tuple(stops))}, rounds=2)[""] / characters * 1e9
        # For more than these characters, a whole text is one delta for the scanner.
        finder = scanner if characters > ONE_BY_ONE else whole_text
        own = [min(hostile(finder, stops, [text]) for _ in range(3))]
        own.append(min(hostile(scanner, stops, deltas) for _ in range(3)))
        others = [hostile(make, stops, deltas) for make in (vllm, llama_cpp, pyahocorasick)]
        figures = (building, *own, *others)
        rows.append([name, f"{len(text):,}", size, *(f"{figure:,.0f}" for figure in figures)])
    return rows


def main() -> None:
    """Print the tables."""
    print(
        f"CPython {platform.python_version()}, CPU time of each delta, the fastest of {ROUNDS} "
        "interleaved runs. An engine's column is how many times the scanner's time it takes.\n"
    )
    others = [name for name in CONTENDERS if name != "scanner"]
    rows: list[list[object]] = []
    for count, stops in STOPS.items():
        for size in DELTAS:
            times = timed(stops, pieces(8_000 if size < max(DELTAS) else 200_000, size))
            own = times["scanner"]
            rows.append(
                [count, size, round(own), *(times[o] / own for o in others), own / times["floor"]]
            )
    header = ["stops", "characters a delta", "scanner (ns)", *others, "scanner / one search"]
    print(table(header, rows))

    print("\nCharacters held back, on average after each delta of 4 characters.\n")
    held = [
        [
            count,
            feeding(least_held, stops, pieces(20_000, 4)),
            *(feeding(make, stops, pieces(20_000, 4)) for make in CONTENDERS.values()),
        ]
        for count, stops in STOPS.items()
    ]
    print(table(["stops", "the minimum", *CONTENDERS], held))

    print("\nNanoseconds per delta of 4 characters, 4 stops, by the length of the answer.\n")
    growth = []
    for length in (5_000, 80_000, 320_000, 1_000_000):
        times = timed(STOPS[4], pieces(length, 4), ("scanner", "vllm"))
        growth.append([f"{length:,}", round(times["scanner"]), round(times["vllm"])])
    print(table(["characters", "scanner", "vllm"], growth))

    print(
        "\nThe worst cases: nanoseconds per character, of the stops for building, else of the text."
        "\n"
    )
    header = ["stops", "text", "delta", "building", "`find`", "scanner", "vllm", "llama_cpp"]
    print(table([*header, "pyahocorasick"], worst_cases()))


if __name__ == "__main__":
    main()
