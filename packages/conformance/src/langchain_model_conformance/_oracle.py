"""What `stop` does to a text, said as naively as possible.

The suite judges other people's stop handling, so its own is written to be read, not to be fast,
and shares no code with anything it may judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def cut(text: str, stop: Sequence[str], *, include: bool) -> str:
    """Return `text` up to the stop that is completed first; of two completed at once, the longest.

    Args:
        text: The whole answer.
        stop: Stop sequences, taken literally; none leaves the text as it is.
        include: Whether the stop itself stays at the end.
    """
    for end in range(1, len(text) + 1):
        for candidate in sorted(stop, key=len, reverse=True):
            if text[:end].endswith(candidate):
                return text[:end] if include else text[: end - len(candidate)]
    return text
