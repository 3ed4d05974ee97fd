"""The numbers that bounds and `multipleOf` leave, near a wanted one."""

from __future__ import annotations

import contextlib
import math
import operator
from fractions import Fraction
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MAX_IDLE = 20
"""Steps away from all bounds without an allowed number, after which there are no more."""

_HOLDS = {
    "minimum": operator.ge,
    "maximum": operator.le,
    "exclusiveMinimum": operator.gt,
    "exclusiveMaximum": operator.lt,
}


class Numbers:
    """The numbers that several schemas allow together.

    Args:
        schemas: Where the keywords stand.
        whole: Whether only integers count.
    """

    def __init__(self, schemas: Sequence[Mapping[str, Any]], *, whole: bool) -> None:
        self._divisors = [s["multipleOf"] for s in schemas if "multipleOf" in s]
        self._rules = [(holds, s[k]) for s in schemas for k, holds in _HOLDS.items() if k in s]
        self._bounds = sorted({Fraction(str(bound)) for _, bound in self._rules})
        steps = [Fraction(str(divisor)) for divisor in self._divisors] + [Fraction(1)] * whole
        self._step = _common_multiple(steps) if steps else None

    def nearest(self, wanted: Fraction) -> Iterator[float]:
        """Yield one number: the nearest that is allowed, towards 0 between two; else `wanted`."""
        bounds = sorted(self._bounds, key=lambda bound: abs(bound - wanted))
        middles = ((low + high) / 2 for low, high in pairwise(self._bounds))
        near = (self._around(start) for start in (*bounds, *middles))
        first = self._around(wanted) if self._step else iter([wanted])
        found = self._written(chain(first, *near))
        yield next(found, math.trunc(wanted))

    def others(self, count: int) -> Iterator[float]:
        """Yield allowed numbers on both sides of 0 and of each bound, `count` times."""
        gap = self._step or Fraction(1, 2)
        if not self._step and len(self._bounds) > 1:
            gap = min(gap, (self._bounds[-1] - self._bounds[0]) / (count + 1))
        starts = [next(self._around(start)) for start in (Fraction(0), *self._bounds)]
        idle = 0
        for index in range(1, count + 1):
            found = list(self._written(s + side * index * gap for s in starts for side in (1, -1)))
            yield from found
            idle = 0 if found else idle + 1
            if idle > MAX_IDLE:
                return

    def _around(self, start: Fraction) -> Iterator[Fraction]:
        step = self._step or Fraction(1)
        first = math.trunc(start / step) * step if self._step else start
        yield from (first + offset * step for offset in (0, -1, 1, -2, 2))

    def _written(self, numbers: Iterator[Fraction]) -> Iterator[float]:
        """Yield the allowed ones of `numbers` as JSON has them."""
        for exact in numbers:
            with contextlib.suppress(OverflowError):  # no float is that large
                number = int(exact) if exact.denominator == 1 else float(exact)
                fits = all(holds(number, bound) for holds, bound in self._rules)
                if fits and all(_is_multiple(number, divisor) for divisor in self._divisors):
                    yield number


def _is_multiple(number: float, divisor: Any) -> bool:
    """Return whether all validators call it one: those that divide floats deny 19.99 / 0.01."""
    quotient = number / divisor if isinstance(divisor, float) else Fraction(number) / divisor
    return quotient == int(quotient)


def _common_multiple(steps: Sequence[Fraction]) -> Fraction:
    """Return the smallest number that all `steps` divide."""
    denominator = math.lcm(*(step.denominator for step in steps))
    return Fraction(math.lcm(*(int(step * denominator) for step in steps)), denominator)
