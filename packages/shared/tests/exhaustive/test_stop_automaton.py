from __future__ import annotations

import re
import sys
from array import array
from typing import SupportsIndex

import pytest

from langchain_model_parts import StopMatch, StopSequences
from langchain_model_parts._automaton import Automaton, _heads

FIBONACCI = ["a", "ab"]
while len(FIBONACCI) < 18:
    FIBONACCI.append(FIBONACCI[-1] + FIBONACCI[-2])

# Stops, and a text that holds none of them but makes a careless search start over and over.
HOSTILE = {
    "one long stop": (["a" * 4_000 + "b"], "a" * 10_000),
    "a stop that fails at its end": (["a" * 4_000 + "b"], ("a" * 4_000 + "c") * 3),
    "a head at every place": (["a" * 9 + "b"], ("a" * 8 + "c") * 1_000),
    "stops with one start": (["a" * 500 + f"{n:03}" for n in range(100)], "a" * 10_000),
    "stops that end in each other": (
        ["a" * n + "b" * (60 - n) + "c" for n in range(1, 60)],
        ("a" * 59 + "b" * 59) * 80,
    ),
    "a Fibonacci word": ([FIBONACCI[15] + "c"], FIBONACCI[17]),
    "four stops of 10 000": ([c + "a" * 9_999 + "b" for c in "wxyz"], "w" + "a" * 9_990 + "xa"),
}


class Counting(array):  # type: ignore[type-arg] # not generic at run time before Python 3.12
    """An array that counts how often it was read."""

    reads = 0

    def __getitem__(self, index: SupportsIndex) -> int:  # type: ignore[override] # no slices
        """Count, and read."""
        self.reads += 1
        return int(super().__getitem__(index))


@pytest.mark.parametrize(("stops", "text"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_scanner_falls_back_at_most_once_a_character(
    stops: list[str], text: str, size: int
) -> None:
    scanner = StopSequences(stops, include=False).scanner()
    automaton = scanner._automaton
    counting = Counting("i", automaton._fallback)
    automaton._fallback, fallback = counting, automaton._fallback
    try:
        deltas = [text[start : start + size] for start in range(0, len(text), size)]
        assert "".join([*map(scanner.feed, deltas), scanner.flush()]) == text
    finally:
        automaton._fallback = fallback
    assert 0 < counting.reads <= len(text)


@pytest.mark.parametrize(("stops", "text"), HOSTILE.values(), ids=HOSTILE)
def test_a_whole_hostile_text_is_cut_like_a_stream(stops: list[str], text: str) -> None:
    found = StopSequences(stops)
    ended = text + stops[-1] + "x"
    match = StopMatch(stops[-1], len(text), len(text) + len(stops[-1]))
    scanner = found.scanner()
    assert found.find(text) is None
    # A text may end in the start of the stop that follows, so the match may lie before `match`.
    assert scanner.feed(ended) == found.cut(ended)
    assert scanner.match == found.find(ended)
    assert scanner.match is not None
    assert scanner.match.end <= match.end


class Watched(str):
    """A text that counts how many of its characters were looked at one by one."""

    __slots__ = ("looked_at",)
    looked_at: int

    def __getitem__(self, index: SupportsIndex | slice) -> str:
        """Count, and read."""
        self.looked_at += not isinstance(index, slice)
        return super().__getitem__(index)


def test_text_that_starts_no_stop_is_jumped_over() -> None:
    shown = "x" * 10_000 + "012345678?" + "x" * 10_000
    text = Watched(f"{shown}0123456789xxx")
    text.looked_at = 0
    scanner = StopSequences("0123456789", include=False).scanner()
    assert scanner.feed(text) == shown
    assert text.looked_at == len("012345678?" + "0123456789")


MANY = {
    "10 000 first characters": [chr(0x4E00 + n) + "x" for n in range(10_000)],
    "10 000 beyond the basic plane": [
        chr(0x10000 + 2 * n) + chr(0xAC00 + n) for n in range(10_000)
    ],
    "10 000 second characters": ["x" + chr(0x4E00 + n) for n in range(10_000)],
    "17 first characters": [chr(97 + n) + "-]" for n in range(17)],
    "16 first characters": [chr(97 + n) + "-]" for n in range(16)],
    "3 000 numbers": [f"<|{n:04}|>" for n in range(3_000)],
}


@pytest.mark.parametrize("stops", MANY.values(), ids=MANY)
def test_each_of_many_stops_is_found_in_all_deltas(stops: list[str]) -> None:
    sequences = StopSequences(stops, include=False)
    assert sequences.canonical == tuple(stops)
    for stop in (*stops[:3], stops[len(stops) // 2], stops[-1]):
        scanner = sequences.scanner()
        assert "".join(map(scanner.feed, f"{stop[0]}!{stop}!")) == f"{stop[0]}!"
        assert scanner.match == StopMatch(stop, 2, 2 + len(stop))
        assert sequences.find(f"{stop[0]}!{stop}!") == scanner.match


@pytest.mark.parametrize("stops", MANY.values(), ids=MANY)
def test_the_pattern_stays_small_however_many_stops_there_are(stops: list[str]) -> None:
    assert len(_heads(tuple(stops))) < 1_000


@pytest.mark.parametrize(
    ("stops", "pattern"),
    [
        ((), "(?!)"),
        (("abc",), r"[a](?:[b]|\Z)(?:[c]|\Z)"),
        (("ab", "acd"), r"[a](?:[bc]|\Z)"),
        (("ab", "cd"), r"[a](?:[b]|\Z)|[c](?:[d]|\Z)"),
        (("0123456789",), "[0]" + "".join(rf"(?:[{digit}]|\Z)" for digit in range(1, 8))),
        (("^]", "^-"), r"[\^](?:[\-\]]|\Z)"),
        (
            tuple("x" + chr(n) for n in range(0x100, 0x140)),
            "[x](?:[" + "".join(map(chr, range(0x100, 0x140))) + "]|\\Z)",
        ),
        (tuple("x" + chr(n) for n in range(0x100, 0x141)), "[x](?:[\u0100-\u0140]|\\Z)"),
        (tuple("0123456789abcdef"), "|".join(f"[{first}]" for first in "0123456789abcdef")),
        (tuple(chr(n) for n in range(97, 114)), "[abcdefghijklmnopq]"),
    ],
    ids=[
        "no stops",
        "one",
        "as far as the shortest",
        "two alternatives",
        "eight characters",
        "no meaning",
        "a list of 64",
        "a range for 65",
        "16 alternatives",
        "17 alternatives are one",
    ],
)
def test_the_pattern_for_heads_is(stops: tuple[str, ...], pattern: str) -> None:
    assert _heads(stops) == pattern


@pytest.mark.parametrize("character", "".join(map(chr, range(33, 127))))
def test_a_punctuation_mark_means_itself_in_the_pattern(character: str) -> None:
    for stops in ((character,), (character, "ab" + character), ("a" + character, "ab")):
        assert re.search(_heads(stops), f"\n{stops[0]}") is not None
        assert re.search(_heads(stops), "\n\t\n") is None


@pytest.mark.parametrize(
    ("stops", "canonical"),
    [
        (("abc", "ab"), ("ab",)),
        (("ab", "abc", "abd"), ("ab",)),
        (("xaby", "ab", "aby"), ("ab",)),
        (("xab", "ab", "b"), ("xab", "ab", "b")),
        (("xxab", "ab", "abb", "yab", "b"), ("xxab", "ab", "yab", "b")),
        (("aab", "aa"), ("aa",)),
    ],
    ids=repr,
)
def test_a_stop_with_a_completed_one_on_its_way_is_not_canonical(
    stops: tuple[str, ...], canonical: tuple[str, ...]
) -> None:
    assert Automaton(stops).canonical == canonical


@pytest.mark.parametrize(
    ("stops", "deltas", "shown"),
    [
        (["abcd", "bc"], ["b", "a"], ["", "ba"]),
        (["xabcz", "abcz", "bc"], ["b", "xa"], ["", "bxa"]),
    ],
    ids=["alone", "at the end of another"],
)
def test_the_start_of_a_stop_that_cannot_win_is_not_held(
    stops: list[str], deltas: list[str], shown: list[str]
) -> None:
    scanner = StopSequences(stops, include=False).scanner()
    assert [*map(scanner.feed, deltas)] == shown


def test_a_stop_is_found_that_starts_within_another_start_of_itself() -> None:
    scanner = StopSequences("aabaaac").scanner()
    assert "".join(map(scanner.feed, "aabaaabaaac!")) == "aabaaabaaac"
    assert scanner.match == StopMatch("aabaaac", 4, 11)


def test_an_automaton_takes_few_bytes_a_character() -> None:
    automaton = Automaton(("ab" * 5_000,))
    arrays = (automaton.depth, automaton.begun, automaton.ends, automaton._fallback)
    assert sum(map(sys.getsizeof, arrays)) < 20 * 10_000
    assert automaton._branches.keys() == {0}
