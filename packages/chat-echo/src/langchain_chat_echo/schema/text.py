"""What a text offers for a value: words, yes or no, what it names, and numbers near its own."""

from __future__ import annotations

import contextlib
import json
import math
import operator
import re
import string
from fractions import Fraction
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

MAX_DIGITS = 300  # of a number: a float ends at 309, and Python does not print an integer of 4 301
STEPS = 1_000  # that are taken to both sides of 0 and of each bound

_BOUNDS = {"minimum": operator.ge, "exclusiveMinimum": operator.gt}
_BOUNDS |= {"maximum": operator.le, "exclusiveMaximum": operator.lt}
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
    """A text to echo. A lone surrogate, which is no character, is replaced by U+FFFD."""

    def __init__(self, text: str) -> None:
        self.whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        self.numbers_used = 0  # each is used once

    @property
    def says_yes(self) -> bool:
        """Whether the first of true, false, yes and no is true or yes."""
        match = _BOOLEAN.search(self.whole)
        return bool(match and match[1])

    @cached_property
    def words(self) -> list[str]:
        """The words, as they stand and without punctuation, then the runs of letters or digits."""
        words = ((word, word.strip(string.punctuation)) for word in self.whole.split())
        runs = _RUN.findall(self.whole)
        return [*filter(None, dict.fromkeys([*chain.from_iterable(words), *runs]))]

    def next_numbers(self) -> Iterator[Fraction]:
        """Yield the numbers that are not taken yet, and take them."""
        while self.numbers_used < len(self._numbers):
            token = self._numbers[self.numbers_used]
            self.numbers_used += 1
            # an integer of any size, else what Python reads: 1e-300000 is a huge fraction otherwise
            yield Fraction(token if token.lstrip("+-").isdigit() else repr(float(token)))

    @cached_property
    def _numbers(self) -> list[str]:
        tokens = (match[1] or "" for match in _NUMBER.finditer(self.whole))
        return [t for t in tokens if 0 < len(t) <= MAX_DIGITS and math.isfinite(float(t))]

    def by_mention(self, things: Sequence[Any], values: Sequence[Sequence[Any]]) -> list[Any]:
        """Return `things`, of which each stands for some values, as the text names these."""
        lowered = self.whole.lower()  # to tell at once what is not in a long text

        def place(group: Sequence[Any]) -> tuple[int, int]:
            names = (v if isinstance(v, str) else json.dumps(v) for v in group)
            known = (re.escape(name) for name in names if name and name.lower() in lowered)
            found = (re.search(rf"(?<!\w){n}(?!\w)", self.whole, re.IGNORECASE) for n in known)
            return min(((m.start(), -m.end()) for m in found if m), default=(len(self.whole), 0))

        places = [*map(place, values)]
        return [things[i] for i in sorted(range(len(things)), key=places.__getitem__)]


def numbers_near(
    wanted: Iterable[Fraction], parts: Sequence[Any], refused: Callable[[Any], Any], *, whole: bool
) -> Iterator[float]:
    """Yield for each wanted number the nearest that `parts` allow, or itself; then other ones."""
    rules = [(holds, s[k]) for s in parts for k, holds in _BOUNDS.items() if k in s]
    bounds = sorted({Fraction(str(bound)) for _, bound in rules})
    middles = [(low + high) / 2 for low, high in pairwise(bounds)]
    divisors = [s["multipleOf"] for s in parts if "multipleOf" in s] + [1] * whole
    fractions = [Fraction(str(divisor)) for divisor in divisors]
    common = math.lcm(*(each.denominator for each in fractions))
    step = Fraction(math.lcm(*(int(each * common) for each in fractions)), common)

    def around(start: Fraction) -> list[Fraction]:
        first = math.trunc(start / step) * step if divisors else start
        return [first + offset * step for offset in (0, -1, 1, -2, 2)]

    def allowed(numbers: Iterable[Fraction]) -> Iterator[float]:
        for exact in numbers:
            with contextlib.suppress(OverflowError):  # no float is that large
                n = int(exact) if exact.denominator == 1 else float(exact)
                # Other validators read bounds as floats, and divide: they deny 19.99 / 0.01.
                ratios = (n / d if isinstance(d, float) else Fraction(n) / d for d in divisors)
                fits = all(ratio == int(ratio) for ratio in ratios)
                fits &= all(holds(n, bound) for holds, bound in rules)  # exactly, unlike the judge
                if fits and refused(n) is None:
                    yield n

    for number in wanted:
        starts = sorted(bounds, key=lambda bound: abs(bound - number)) + middles
        first = around(number) if divisors else [number]
        yield next(allowed(chain(first, *map(around, starts))), math.trunc(number))
    gap = step if divisors else Fraction(1, 2)
    starts = [around(start)[0] for start in (Fraction(0), *bounds)]
    for index in range(STEPS):
        yield from allowed(start + side * index * gap for start in starts for side in (1, -1))
