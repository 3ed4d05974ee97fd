"""What a text offers for a value: words, numbers, yes or no, and what it names."""

from __future__ import annotations

import json
import math
import re
import string
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DIGITS = 300
"""Characters of a number: longer ones are skipped, since a float ends at 309 digits and Python does
not print an integer of 4 301."""

_NUMBER = re.compile(
    r"(?<!\w)(?:"
    r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-\S*"  # an id,
    r"|\d+(?::\d+|(?:[-/.:]\d+){2,})\S*"  # a date, a time, an address: no numbers
    r"|([-+]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?))",
    re.ASCII,
)
_BOOLEAN = re.compile(r"\b(?:(true|yes)|false|no)\b", re.IGNORECASE)
_RUN = re.compile(r"\d+|[^\W\d_]+")


class Text:
    """A text to echo.

    Args:
        text: The text.
    """

    whole: str
    """The text. A lone surrogate, which is no character, is replaced by U+FFFD."""

    numbers_used: int
    """How many numbers are taken: each is used once."""

    def __init__(self, text: str) -> None:
        self.whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self.numbers_used = 0

    @property
    def says_yes(self) -> bool:
        """Whether the first of true, false, yes and no is true or yes."""
        match = _BOOLEAN.search(self.whole)
        return bool(match and match[1])

    @cached_property
    def words(self) -> list[str]:
        """The words, each as it stands and without the punctuation around it."""
        words = self.whole.split()
        bare = (word.strip(string.punctuation) for word in words)
        return list(dict.fromkeys(filter(None, chain.from_iterable(zip(words, bare, strict=True)))))

    @cached_property
    def runs(self) -> list[str]:
        """The runs of letters and of digits."""
        return list(dict.fromkeys(_RUN.findall(self.whole)))

    def next_numbers(self) -> Iterator[Fraction]:
        """Yield the numbers that are not taken yet, and take them."""
        while self.numbers_used < len(self._numbers):
            self.numbers_used += 1
            yield self._numbers[self.numbers_used - 1]

    @cached_property
    def _numbers(self) -> list[Fraction]:
        tokens = (match[1] or "" for match in _NUMBER.finditer(self.whole))
        return [_exact(token) for token in tokens if _is_number(token)]

    def first_mentions(self, values: Sequence[Any]) -> list[int]:
        """Return where the text names each of `values`; its length for those that it does not."""
        names = [value if isinstance(value, str) else json.dumps(value) for value in values]
        longest_first = sorted(map(re.escape, filter(None, names)), key=len, reverse=True)
        pattern = rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)"
        places: dict[str, int] = {}
        for match in re.finditer(pattern, self.whole, re.IGNORECASE):
            places.setdefault(match[0].lower(), match.start())
        return [places.get(name.lower(), len(self.whole)) for name in names]


def _is_number(token: str) -> bool:
    return 0 < len(token) <= MAX_DIGITS and math.isfinite(float(token))


def _exact(token: str) -> Fraction:
    """Return the number that Python reads: an integer of any size, else the nearest float."""
    return Fraction(int(token)) if token.lstrip("+-").isdigit() else Fraction(repr(float(token)))
