"""What `stop` does to a text, said naively; it shares no code with what the suite may judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def cut(text: str, stop: Sequence[str], *, include: bool) -> str:
    """Return `text` up to the stop that is completed first; of two at once, the longest.

    Stops are taken literally; `include` says whether the stop itself stays at the end.
    """
    for end in range(1, len(text) + 1):
        for candidate in sorted(stop, key=len, reverse=True):
            if text[:end].endswith(candidate):
                return text[:end] if include else text[: end - len(candidate)]
    return text
