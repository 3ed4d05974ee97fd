"""The stop rule written down as naively as possible, to judge the real code by."""

from __future__ import annotations


def first_completed(text: str, stops: list[str]) -> tuple[str, int, int] | None:
    """Find the winning stop by trying every end from the left, and there the longest stop."""
    for end in range(len(text) + 1):
        ending = [stop for stop in stops if text[:end].endswith(stop)]
        if ending:
            stop = max(ending, key=len)
            return stop, end - len(stop), end
    return None


def held(text: str, stops: list[str]) -> int:
    """Count the characters that must be held behind a text in which no stop is completed.

    They are the longest end of the text that some continuation turns into the winning stop.
    """
    for length in range(len(text), 0, -1):
        end = text[-length:]
        for stop in stops:
            if stop.startswith(end) and stop != end:
                completed = first_completed(text + stop[length:], stops)
                if completed is not None and completed[0] == stop:
                    return length
    return 0


def shown(text: str, stops: list[str], *, include: bool) -> str:
    """Say what must have been shown after `text` was fed, however it was cut into deltas."""
    match = first_completed(text, stops)
    if match is not None:
        return text[: match[2] if include else match[1]]
    return text if include else text[: len(text) - held(text, stops)]
