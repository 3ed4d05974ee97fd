from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import pytest

from langchain_model_parts import StopMatch, StopSequences

if TYPE_CHECKING:
    from collections.abc import Iterable


@pytest.mark.parametrize("stop", [None, [], (), iter(())], ids=["None", "[]", "()", "iterator"])
def test_no_stops_let_the_text_pass(stop: Iterable[str] | None) -> None:
    stops = StopSequences(stop)
    assert not stops
    assert stops.stops == stops.canonical == ()
    assert stops.cut("abc\n") == "abc\n"
    assert list(stops.cut_stream(["ab", "c\n"])) == ["ab", "c\n"]


@pytest.mark.parametrize(
    ("stop", "stops"),
    [
        ("abc", ("abc",)),
        (["b", "a", "b"], ("b", "a")),
        ((s for s in ["b", "a"]), ("b", "a")),
        ([" ", "\n\t"], (" ", "\n\t")),
        (dict.fromkeys(["x", "y"]), ("x", "y")),
    ],
    ids=["one string", "list with a duplicate", "generator", "whitespace", "keys"],
)
def test_stops_keep_their_order_without_duplicates(
    stop: str | Iterable[str], stops: tuple[str, ...]
) -> None:
    assert StopSequences(stop).stops == stops
    assert StopSequences(stops)


@pytest.mark.parametrize(
    ("call", "default", "stops"),
    [
        (None, ["a"], ("a",)),
        (["b"], ["a"], ("b",)),
        ([], ["a"], ()),
        ("b", None, ("b",)),
        (None, None, ()),
    ],
    ids=["the model's", "the call's", "[] switches off", "no default", "none at all"],
)
def test_the_stops_of_a_call_take_the_place_of_the_models(
    call: str | list[str] | None, default: list[str] | None, stops: tuple[str, ...]
) -> None:
    chosen = StopSequences.for_call(call, default, include=False)
    assert chosen == StopSequences(stops, include=False)
    assert StopSequences.for_call(call, default) == StopSequences(stops, include=True)


EMPTY = (
    "a stop must not be empty, got '' at position {}: it would end every text before its first "
    "character. Leave it out, or pass stop=[] for no stops."
)
NO_STRING = 'every stop must be a string, got {}: pass for example stop=["\\n"].'
NO_STOP = 'stop must be a string or an iterable of strings, got {}: pass for example stop=["\\n"].'


@pytest.mark.parametrize(
    ("stop", "error", "message"),
    [
        ([""], ValueError, EMPTY.format(0)),
        (["a", ""], ValueError, EMPTY.format(1)),
        ("", ValueError, EMPTY.format(0)),
        ([1], TypeError, NO_STRING.format("int at position 0")),
        (["a", None], TypeError, NO_STRING.format("NoneType at position 1")),
        ([b"x"], TypeError, NO_STRING.format("bytes at position 0")),
        (b"x", TypeError, NO_STOP.format("bytes")),
        (b"", TypeError, NO_STOP.format("bytes")),
        (bytearray(), TypeError, NO_STOP.format("bytearray")),
        (7, TypeError, NO_STOP.format("int")),
    ],
    ids=repr,
)
def test_what_is_no_stop_is_refused_by_type_and_place(
    stop: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        StopSequences(stop)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("stops", "canonical"),
    [
        (["abcd", "bc"], ("bc",)),
        (["ab", "abc"], ("ab",)),
        (["b", "ab"], ("b", "ab")),
        (["a", "aa"], ("a",)),
        (["x", "y"], ("x", "y")),
    ],
    ids=repr,
)
def test_the_canonical_set_drops_what_cannot_be_completed_first(
    stops: list[str], canonical: tuple[str, ...]
) -> None:
    assert StopSequences(stops).canonical == canonical


def test_hundreds_of_long_stops_are_accepted() -> None:
    many = [f"<|{number:03}|>" for number in range(500)]
    long = "ab" * 1_000
    stops = StopSequences([*many, long], include=False)
    assert stops.canonical == (*many, long)
    assert stops.cut("x" + long + "y") == "x"
    assert list(stops.cut_stream(["x" + long[:-1], "b y"])) == ["x"]
    assert list(stops.cut_stream(["x" + long[:-1], "c"])) == ["x", long[:-1] + "c"]
    assert list(stops.cut_stream(["x <|49", "9|> y"])) == ["x "]


class Searched(str):
    """A text that counts its searches for a whole stop, whose time is not linear."""

    __slots__ = ("searches",)
    searches: int

    def find(self, *place: Any) -> int:
        """Count, and search."""
        self.searches += 1
        return super().find(*place)


@pytest.mark.parametrize(
    ("stops", "searches"),
    [(["a" * 256, "b" * 256], 2), (["a" * 256, "b" * 257], 0)],
    ids=["512 characters", "513 characters"],
)
def test_a_text_is_searched_for_few_short_stops_one_by_one(stops: list[str], searches: int) -> None:
    text = Searched("x" + "a" * 256 + "y")
    text.searches = 0
    assert StopSequences(stops).find(text) == StopMatch("a" * 256, 1, 257)
    assert text.searches == searches


def test_stop_sequences_are_values() -> None:
    stops = StopSequences(["a", "b"], include=False)
    assert stops == StopSequences(iter(["a", "b"]), include=False)
    assert stops != StopSequences(["a", "b"])
    assert hash(stops) == hash(StopSequences(["a", "b"], include=False))
    assert repr(stops) == "StopSequences(stops=('a', 'b'), include=False)"
    with pytest.raises(FrozenInstanceError):
        stops.include = True  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(stops)) == stops  # noqa: S301 - our own bytes
    assert copy.deepcopy(stops) == stops


@pytest.mark.parametrize(
    ("stops", "kept"),
    [
        (["compiled", "once"], True),
        (["k" * 500], True),
        (["k" * 501], True),
        (["k" * 4_999, "l" * 5_001], True),
        (["k" * 5_000, "l" * 5_001], False),
    ],
    ids=["two words", "the largest small set", "a large set", "the largest kept", "too large"],
)
def test_a_stop_set_is_compiled_once_unless_it_is_huge(stops: list[str], *, kept: bool) -> None:
    first, second = (StopSequences(stops).scanner() for _ in range(2))
    assert (first._automaton is second._automaton) is kept
    assert (StopSequences(stops).canonical is StopSequences(stops).canonical) is kept


@pytest.mark.parametrize(("length", "most"), [(500, 64), (501, 4)], ids=["small", "large"])
def test_few_large_sets_stay_compiled(length: int, most: int) -> None:
    sets = [StopSequences(chr(first) * length) for first in range(300, 300 + most + 1)]
    compiled = [stops.scanner()._automaton for stops in sets]
    again = [stops.scanner()._automaton for stops in reversed(sets)]
    assert [a is b for a, b in zip(reversed(compiled), again, strict=True)] == [
        *[True] * most,
        False,
    ]


def test_a_scanner_takes_no_misspelt_attribute() -> None:
    with pytest.raises(AttributeError):
        StopSequences("END").scanner().matched = None  # type: ignore[attr-defined] # the point


def test_neither_stops_nor_what_is_compiled_of_them_holds_a_dictionary() -> None:
    stops = StopSequences("END")
    assert not hasattr(stops, "__dict__")
    assert not hasattr(stops.scanner()._automaton, "__dict__")


def test_a_match_reads_as_a_place_in_the_text() -> None:
    match = StopSequences(["END", "ND"]).find("one END two")
    assert match == StopMatch(stop="END", start=4, end=7)
    assert match is not None
    assert "one END two"[match.start : match.end] == match.stop


def test_ten_megabytes_without_a_stop_pass_exactly() -> None:
    text = "0123456789" * 1_000_000
    assert StopSequences(["END", "9a"]).cut(text) == text
    assert "".join(StopSequences(["END", "9a"], include=False).cut_stream([text])) == text
