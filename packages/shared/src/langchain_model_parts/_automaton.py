"""The search that a scanner runs: linear in the text and in the stops, whatever they are.

It is the automaton of Aho and Corasick. A state is a prefix of a stop, and the state after a text
is the longest end of that text that is such a prefix: exactly what may still become a stop. A step
takes Python a fraction of a microsecond, but most text starts no stop: from the empty prefix, one
regular expression looks in C for the next place where a stop may start.

States are numbered stop by stop, each stop adding the prefixes that no earlier one has. So the
next longer prefix of a stop nearly always has the next number, and flat arrays of some 20 bytes a
character hold all there is.
"""

from __future__ import annotations

import re
from array import array
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SMALL, SMALL_KEPT = 500, 64
"""Of sets with up to so many characters, so many stay compiled: an application uses a handful."""
LARGE, LARGE_KEPT = 10_000, 4
"""The same for larger sets; still larger ones never stay. So all take less than 20 MB."""

HEAD = 8
"""How many characters of a stop the regular expression looks at."""
ALTERNATIVES = 16
"""How many alternatives it has at most: it tries one after the other."""
LISTED = 64
"""How many characters it lists for one place; beyond that, a range spans them."""


def compiled(stops: tuple[str, ...]) -> Automaton:
    """Return the automaton of some distinct stops, a kept one if there is one."""
    size = sum(map(len, stops))
    if size <= SMALL:
        return _small(stops)
    return _large(stops) if size <= LARGE else Automaton(stops)


class Automaton:
    """The states of some distinct stops; state 0 is the empty prefix.

    Args:
        stops: The stops.

    Examples:
        >>> automaton = Automaton(("END", "ENTER"))
        >>> state, _ = automaton.advance(0, "one EN", 0)
        >>> automaton.begun[state][: automaton.depth[state]]
        'EN'
    """

    __slots__ = (
        "_branches",
        "_characters",
        "_fallback",
        "_nearest",
        "begun",
        "canonical",
        "depth",
        "ends",
        "find_head",
    )

    def __init__(self, stops: tuple[str, ...]) -> None:
        self.begun = [""]
        """A stop that starts with each prefix; slice it, since it may be long."""
        self._branches: dict[int, dict[str, int]] = {0: {}}  # see `_longer`
        self.depth = array("i", [0])
        """The length of each prefix."""
        self.ends = bytearray(1)
        """For each state, 1 if a stop is completed in it: no text gets further."""
        self._characters = "\0" + "".join(map(self._add, stops))
        self._fallback = array("i", bytes(self.depth.itemsize * len(self.depth)))
        won = self._link()
        self.canonical = tuple(stop for stop in stops if stop in won)
        """The stops that can be completed first, in the order given."""
        self._nearest = self._nearest_live() if len(won) < len(stops) else None
        self.find_head = re.compile(_heads(self.canonical)).search
        """Finds the next place where a stop may start that can win, and misses none."""

    def advance(self, state: int, text: str, start: int) -> tuple[int, int]:
        """Step through a text until a stop is completed or the text is over.

        Args:
            state: The state before; not a whole stop.
            text: The text.
            start: The index of the first character to look at.

        Returns:
            The state after the last character looked at, and the index behind that one. The state
            is the longest end of the text that starts a stop which can win.
        """
        characters, fallback = self._characters, self._fallback
        branches, ends = self._branches, self.ends
        root = branches[0]
        length = len(text)
        while start < length:
            character = text[start]
            start += 1
            while state:  # `_step` in place: a call for each character takes 1.4 times as long
                if characters[state + 1] == character:
                    state += 1
                    break
                if state in branches:
                    several = branches[state]
                    if character in several:
                        state = several[character]
                        break
                state = fallback[state]
            else:
                state = root.get(character, 0)
                if not state and start < length:
                    found = self.find_head(text, start)
                    start = length if found is None else found.start()
            if ends[state]:
                break
        return state if self._nearest is None else self._nearest[state], start

    def _longer(self, state: int) -> dict[str, int]:
        """Return the prefixes that are one character longer, by that character."""
        several = self._branches.get(state)
        if several is not None:
            return several
        return {self.begun[state][self.depth[state]]: state + 1}

    def _add(self, stop: str) -> str:
        """Number the prefixes of a stop that no earlier one has; return their last characters."""
        state = 0
        for known, character in enumerate(stop):
            if self.ends[state]:
                return ""  # a shorter stop is always completed before this one
            longer = self._longer(state)
            if character not in longer:
                self._branches.setdefault(state, longer)[character] = len(self.depth)
                self.depth.extend(range(known + 1, len(stop) + 1))
                self.begun.extend(repeat(stop, len(stop) - known))
                self.ends.extend(bytes(len(stop) - known))
                self.ends[-1] = 1
                return stop[known:]
            state = longer[character]
        self.ends[state] = 1  # an earlier stop starts with it
        return ""

    def _link(self) -> set[str]:
        """Set what each state falls back to, shorter ones first; return the stops that can win."""
        fallback, branches, ends = self._fallback, self._branches, self.ends
        won: set[str] = set()
        level = [*branches[0].values()]
        while level:
            longer: list[int] = []
            for state in level:
                # So far, a state has what its prefix without the last character falls back to.
                shorter = self._step(fallback[state], self._characters[state])
                if shorter == state:
                    shorter = 0  # a single character finds itself
                fallback[state] = shorter
                if ends[state]:
                    won.add(self.begun[state][: self.depth[state]])
                elif ends[shorter]:
                    ends[state] = 1
                else:
                    for child in branches[state].values() if state in branches else (state + 1,):
                        fallback[child] = shorter
                        longer.append(child)
            level = longer
        return won

    def _nearest_live(self) -> array[int]:
        """Return for each state its longest end that starts a stop which can win.

        The start of any other stop must not be held back.
        """
        live = bytearray(len(self.depth))
        for stop in self.canonical:
            state = 0
            for character in stop:
                branches = self._branches.get(state)
                state = state + 1 if branches is None else branches[character]
                live[state] = 1
        nearest = array("i", range(len(live)))
        dead = (state for state in nearest if not live[state])
        for state in sorted(dead, key=self.depth.__getitem__):
            nearest[state] = nearest[self._fallback[state]]
        return nearest

    def _step(self, state: int, character: str) -> int:
        """Return the state after one more character."""
        characters, branches = self._characters, self._branches
        while state:
            if characters[state + 1] == character:
                return state + 1
            if state in branches:
                several = branches[state]
                if character in several:
                    return several[character]
            state = self._fallback[state]
        return branches[0].get(character, 0)


_small = lru_cache(maxsize=SMALL_KEPT)(Automaton)
_large = lru_cache(maxsize=LARGE_KEPT)(Automaton)


def _heads(stops: tuple[str, ...]) -> str:
    r"""Return a pattern that matches wherever a stop starts, and at few other places.

    Every character but the first reads "this one, or the text is over": the head of `abc` is
    `[a](?:[b]|\Z)(?:[c]|\Z)`. Stops with the same first character share an alternative, which lists
    for each place what their characters there are. So it stays small, and its cost bounded.
    """
    starts = {stop[:HEAD] for stop in stops}
    first = {start[0] for start in starts}
    if len(first) > ALTERNATIVES:
        return _head(starts)
    groups = ([start for start in starts if start[0] == one] for one in sorted(first))
    return "|".join(map(_head, groups)) or "(?!)"


def _head(starts: Iterable[str]) -> str:
    """Return a pattern that matches each of some starts, as far as the shortest one."""
    first, *rest = map(_one_of, zip(*starts, strict=False))
    return first + "".join(rf"(?:{one}|\Z)" for one in rest)


def _one_of(characters: Iterable[str]) -> str:
    """Return a pattern that matches each of some characters, and others if they are many."""
    distinct = set(characters)
    if len(distinct) > LISTED:
        return f"[{re.escape(min(distinct))}-{re.escape(max(distinct))}]"
    return f"[{''.join(map(re.escape, sorted(distinct)))}]"
