"""The laws of stop handling: every small case there is, then random ones.

The alphabet is small on purpose: over ten letters, random texts hardly ever hold overlapping stops.
Every law is tried with tiny limits too, so that what only large sets of stops meet is met by these:
the widest pattern for where a stop may start, and a whole text searched by the automaton.
"""

from __future__ import annotations

from itertools import chain, combinations, product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_model_parts import StopSequences, _automaton, stop
from stop_oracle import first_completed, held, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

TINY = {
    (stop, "ONE_BY_ONE"): 0,
    (_automaton, "HEAD"): 2,
    (_automaton, "ALTERNATIVES"): 1,
    (_automaton, "LISTED"): 1,
}


@pytest.fixture(scope="module", params=[{}, TINY], ids=["usual", "tiny"], autouse=True)
def limits(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for (module, name), limit in request.param.items():
            patch.setattr(module, name, limit)
        _automaton._small.cache_clear()
        yield
    _automaton._small.cache_clear()


def words(alphabet: str, longest: int) -> list[str]:
    """Return all words over an alphabet from one letter to the longest."""
    return ["".join(w) for n in range(1, longest + 1) for w in product(alphabet, repeat=n)]


def cuttings(length: int) -> Iterator[list[tuple[int, int]]]:
    """Yield every way to cut a text of a given length into deltas, as (start, end) pairs."""
    inner = range(1, length)
    for cuts in chain.from_iterable(combinations(inner, n) for n in range(length)):
        yield list(zip((0, *cuts), (*cuts, length), strict=True))


@pytest.mark.untraced
@pytest.mark.parametrize("include", [True, False], ids=["include", "exclude"])
def test_every_small_text_and_stop_set_and_cutting_shows_exactly_what_it_must(
    include: bool,  # noqa: FBT001 - a parametrised mode, not a flag somebody calls with
) -> None:
    texts = words("ab", 7)
    candidates = words("ab", 3)
    stop_sets = [[stop] for stop in candidates] + [list(p) for p in combinations(candidates, 2)]
    all_cuttings = {length: list(cuttings(length)) for length in range(1, 8)}
    runs = 0
    for stop_set in stop_sets:
        stops = StopSequences(stop_set, include=include)
        after: dict[str, str] = {"": ""}  # text fed -> text shown
        for text in texts:  # shorter texts come first, so every prefix is there already
            after[text] = shown(text, stop_set, include=include)
            match = first_completed(text, stop_set)
            final = text if match is None else after[text]
            assert stops.cut(text) == final
            so_far = [len(after[text[:end]]) for end in range(len(text) + 1)]
            for cutting in all_cuttings[len(text)]:
                scanner = stops.scanner()
                feed = scanner.feed
                for start, end in cutting:
                    assert feed(text[start:end]) == final[so_far[start] : so_far[end]]
                assert scanner.flush() == final[so_far[-1] :]
                assert scanner.match == match
                runs += 1
    assert runs == 105 * sum(2 ** (2 * length - 1) for length in range(1, 8))


texts = st.text("abc", max_size=12)
stop_lists = st.lists(st.text("abc", min_size=1, max_size=4), max_size=4)
delta_lists = st.lists(st.text("abc", max_size=4), max_size=8)
modes = st.booleans()


@given(delta_lists, stop_lists, modes)
@settings(max_examples=500, deadline=None)
def test_a_stream_shows_exactly_what_it_must(
    deltas: list[str],
    stop_list: list[str],
    include: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    stops = StopSequences(stop_list, include=include)
    text = "".join(deltas)
    scanner = stops.scanner()
    fed = emitted = ""
    for delta in deltas:
        fed += delta
        emitted += scanner.feed(delta)
        assert emitted == shown(fed, stop_list, include=include)
        assert stops.cut(text).startswith(emitted)
    assert emitted + scanner.flush() == stops.cut(text)
    assert "".join(stops.cut_stream(iter(deltas))) == stops.cut(text)
    assert scanner.match == stops.find(text) == first_completed(text, stop_list)


@given(texts, stop_lists, modes)
@settings(max_examples=300, deadline=None)
def test_cutting_twice_changes_nothing_more(
    text: str,
    stop_list: list[str],
    include: bool,  # noqa: FBT001 - drawn by Hypothesis
) -> None:
    stops = StopSequences(stop_list, include=include)
    assert stops.cut(stops.cut(text)) == stops.cut(text)


@given(texts, stop_lists)
@settings(max_examples=300, deadline=None)
def test_excluded_text_holds_no_stop_and_included_text_only_at_its_very_end(
    text: str, stop_list: list[str]
) -> None:
    excluded = StopSequences(stop_list, include=False).cut(text)
    included = StopSequences(stop_list).cut(text)
    assert not any(stop in excluded for stop in stop_list)
    assert not any(stop in included[:-1] for stop in stop_list)


@given(texts, stop_lists, st.data())
@settings(max_examples=300, deadline=None)
def test_order_duplicates_and_unreachable_stops_do_not_matter(
    text: str, stop_list: list[str], data: st.DataObject
) -> None:
    stops = StopSequences(stop_list)
    shuffled = data.draw(st.permutations(stop_list * 2))
    assert StopSequences(shuffled).find(text) == stops.find(text)
    assert StopSequences(stops.canonical).find(text) == stops.find(text)


@given(stop_lists)
@settings(max_examples=300, deadline=None)
def test_a_stop_is_canonical_if_no_other_lies_before_its_end(stop_list: list[str]) -> None:
    assert StopSequences(stop_list).canonical == tuple(
        stop
        for stop in dict.fromkeys(stop_list)
        if not any(other in stop[:-1] for other in stop_list)
    )


def test_the_oracle_itself_holds_what_the_design_says() -> None:
    assert held("xa", ["abcd", "bc"]) == 0  # 'abcd' is unreachable
    assert held("xa", ["b", "ab"]) == 1
    assert held("one \n\n", ["\n\nHuman:"]) == 2


def test_another_stop_can_lengthen_excluded_text() -> None:
    assert StopSequences(["abcd"], include=False).cut("abcd") == ""
    assert StopSequences(["abcd", "bc"], include=False).cut("abcd") == "a"
