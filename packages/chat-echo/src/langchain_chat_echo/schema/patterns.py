r"""Short strings that a regular expression should match, derived from how it is written.

Each part of a pattern has matches of some lengths. The reader keeps one match for each length and
puts those of neighbouring parts together: `^[A-Z]{2,3}-\d$` has `AA-0` and `AAA-0`. What no part
can tell by itself, such as `\b` or a negative look-ahead, it skips: the judge refuses the wrong.
"""

from __future__ import annotations

import re
import string
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPARE_LENGTHS = 16
"""Lengths that are kept beyond the wanted one: enough to find one that the judge accepts."""

MAX_PATTERN = 1_000
"""Characters of a pattern that is read, and of a wanted match."""

MAX_WORK = 1_000_000
"""Characters put together for one pattern: about a tenth of a second."""

_Matches = dict[int, str]
"""A match for each length, the shortest first."""

_SYMBOL = re.compile(
    r"\((?:\?(?:[:=!]|P?<[A-Za-z_]\w*>))?"  # a group; any other `(?` is not read
    r"|[*+?][?+]?|\{\d{1,4}(?:,\d{0,4})?\}[?+]?"
    r"|\[\^?(?:\\.|[^\]\\])*\]|\\(?:x\w\w|u\w{4}|[pPu]\{\w+\}|.)|.",
    re.DOTALL,
)
_ZERO_WIDTH = ("^", "$", r"\A", r"\z", r"\b", r"\B")
_CANDIDATES = "0aA-_ " + string.printable
"""The characters that may stand for a class, the first that it holds."""


class _UnreadableError(ValueError):
    """The pattern holds what is not read, such as a look-behind, or is too large."""


def short_matches(
    pattern: str, least: int, most: int, tester: Callable[[str], Callable[[str], bool]]
) -> Iterator[str]:
    """Yield strings that `pattern` should match, the shortest of the wanted lengths first.

    Args:
        pattern: A regular expression as the judge reads it.
        least: The fewest characters that are wanted.
        most: The most characters that are wanted.
        tester: Returns for a pattern what tells whether a string matches it.
    """
    if max(len(pattern), least) <= MAX_PATTERN:
        try:
            matches = _Reader(pattern, least, tester).matches
        except (_UnreadableError, RecursionError):
            return
        yield from sorted(matches.values(), key=lambda text: not least <= len(text) <= most)


class _Reader:
    """Reads one pattern; `matches` is what it found."""

    def __init__(
        self, pattern: str, least: int, tester: Callable[[str], Callable[[str], bool]]
    ) -> None:
        self._tester = tester
        self._lengths = least + SPARE_LENGTHS
        self._work = 0
        self._symbols = _SYMBOL.findall(pattern)[::-1]  # the next one is the last
        self.matches = self._alternatives()
        if self._symbols:
            raise _UnreadableError

    def _alternatives(self) -> _Matches:
        """Read up to a closing bracket."""
        found: _Matches = {}
        branch, part, ahead = {0: ""}, {0: ""}, ""
        while self._symbols and self._symbols[-1] != ")":
            symbol = self._symbols.pop()
            if re.match(r"[*+?]|\{\d", symbol):
                part = self._repeated(part, symbol)
                continue
            branch, part = self._joined(branch, part), {0: ""}
            if symbol == "|":
                found, branch, ahead = {**_led(branch, ahead), **found}, {0: ""}, ""
            elif symbol[0] != "(":
                part = {0: ""} if symbol in _ZERO_WIDTH else {1: self._character(symbol)}
            else:
                if self._symbols and self._symbols[-1][0] in "*+?":
                    raise _UnreadableError
                inner = self._alternatives()
                self._symbols.pop()  # the judge has seen that each bracket is closed
                if symbol == "(?=":
                    ahead += next(iter(inner.values()))
                elif symbol != "(?!":
                    part = inner
        return dict(sorted({**_led(self._joined(branch, part), ahead), **found}.items()))

    def _repeated(self, part: _Matches, symbol: str) -> _Matches:
        counts = {"*": "0,", "+": "1,", "?": "0,1"}.get(symbol[0], symbol.strip("{}?+"))
        least, comma, most = counts.partition(",")
        found = {0: ""}
        for _ in range(int(least)):
            found = self._joined(found, part)
        longer = found
        for _ in range((int(most) if most else self._lengths) - int(least) if comma else 0):
            longer = self._joined(longer, part)
            more = dict(islice(sorted({**longer, **found}.items()), self._lengths))
            if more.keys() == found.keys():
                break
            found = more
        return found

    def _joined(self, left: _Matches, right: _Matches) -> _Matches:
        found: _Matches = {}
        for first in left.values():
            for second in right.values():
                found.setdefault(len(first) + len(second), first + second)
                self._work += 1 + len(first) + len(second)
                if self._work > MAX_WORK:
                    raise _UnreadableError
        return dict(islice(sorted(found.items()), self._lengths))

    def _character(self, symbol: str) -> str:
        """Return the first character that a class, an escape or a character stands for."""
        if symbol[0] not in "\\[.":
            return symbol
        codes = re.findall(r"\\[xu]\{?([0-9A-Fa-f]{2,6})", symbol)
        try:
            matches = self._tester(f"^{symbol}$")
        except ValueError:  # a back-reference, or half of something
            raise _UnreadableError from None
        candidates = (*_CANDIDATES, *symbol, *(chr(int(code, 16)) for code in codes))
        found = next(filter(matches, candidates), None)
        if found is None:
            raise _UnreadableError
        return str(found)


def _led(matches: _Matches, ahead: str) -> _Matches:
    """Return `matches` that begin with what a look-ahead asks for."""
    return {
        n: ahead + text[len(ahead) :] if n >= len(ahead) else text for n, text in matches.items()
    }
