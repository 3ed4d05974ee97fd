"""The numbers that `minimum`, `maximum`, their exclusive forms and `multipleOf` leave."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


class NumberRange:
    """The numbers that several schemas allow together.

    Args:
        schemas: Where the keywords stand.
        whole: Whether only integers count.
    """

    empty: str = ""
    """The keyword that leaves no number at all; empty where there are some."""

    def __init__(self, schemas: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
        steps = [
            Fraction(str(schema["multipleOf"])) for schema in schemas if "multipleOf" in schema
        ]
        lows = list(_bounds(schemas, "minimum", "exclusiveMinimum"))
        highs = list(_bounds(schemas, "maximum", "exclusiveMaximum"))
        self._step = _common_multiple([Fraction(1), *steps] if whole else steps)
        self._low: Fraction | None
        self._high: Fraction | None
        self._low, self._low_open = max(lows, default=(None, False))
        self._high, closed = min(
            ((high, not is_open) for high, is_open in highs), default=(None, True)
        )
        self._high_open = not closed
        if self._step:  # from here on in multiples of the step, with both ends included
            if self._low is not None:
                low = self._low / self._step
                self._low = Fraction(math.floor(low) + 1 if self._low_open else math.ceil(low))
            if self._high is not None:
                high = self._high / self._step
                self._high = Fraction(math.ceil(high) - 1 if self._high_open else math.floor(high))
            self._low_open = self._high_open = False
        if self._low is not None and self._high is not None and self._high < self._low:
            kept = steps and "multipleOf"
            self.empty = kept or next(k for k in _BOUNDS if any(k in s for s in schemas))

    def nearest(self, number: Fraction) -> Iterator[float]:
        """Yield the nearest allowed number to `number`, towards zero between two steps.

        Where steps are no integers its neighbours follow: to a validator, which divides floats,
        19.99 is no multiple of 0.01.
        """
        if self._step:
            place = self._clamped(Fraction(math.trunc(number / self._step)))
            around = range(-2, 3) if self._step.denominator > 1 else range(1)
            for offset in sorted(around, key=abs):
                if self._clamped(place + offset) == place + offset:
                    yield from self._numbers(place + offset)
        else:
            yield from self._numbers(self._clamped(number))

    def others(self, count: int) -> Iterator[float]:
        """Yield up to `count` more on both sides of the one nearest to 0, spread between bounds."""
        start = self._clamped(Fraction(0))
        gap = Fraction(1) if self._step else Fraction(1, 2)
        if not self._step and self._low is not None and self._high is not None:
            gap = min(gap, (self._high - self._low) / (count + 1))
        for index in range(1, count + 1):
            for place in (start + index * gap, start - index * gap):
                if self._clamped(place) == place:
                    yield from self._numbers(place)

    def _clamped(self, place: Fraction) -> Fraction:
        low, high = self._low, self._high
        if low is not None and (place < low or (self._low_open and place == low)):
            place = low
            if self._low_open:
                place = low + 1 if high is None or low + 1 < high else (low + high) / 2
        if high is not None and (place > high or (self._high_open and place == high)):
            place = high
            if self._high_open:
                place = high - 1 if low is None or low < high - 1 else (low + high) / 2
        return place

    def _numbers(self, place: Fraction) -> Iterator[float]:
        """Yield how a validator may want the number written, which divides floats as floats."""
        exact = place * self._step if self._step else place
        if exact.denominator == 1:
            yield int(exact)
            return
        try:
            yield float(exact)
            if self._step:
                yield int(place) * float(self._step)
        except OverflowError:  # no float is that large
            return


_BOUNDS = ("exclusiveMinimum", "minimum", "exclusiveMaximum", "maximum")


def _bounds(
    schemas: Iterable[Mapping[str, Any]], included: str, excluded: str
) -> Iterator[tuple[Fraction, bool]]:
    """Yield each bound and whether it is excluded itself."""
    for schema in schemas:
        for keyword in (included, excluded):
            if keyword in schema:
                yield Fraction(schema[keyword]), keyword == excluded


def _common_multiple(steps: Iterable[Fraction]) -> Fraction | None:
    """Return the smallest number that all `steps` divide; `None` without any."""
    common = None
    for step in steps:
        if common is None:
            common = step
        else:
            numerator = math.lcm(
                common.numerator * step.denominator, step.numerator * common.denominator
            )
            common = Fraction(numerator, common.denominator * step.denominator)
    return common
