"""Times contenders side by side in one process, so that a noisy machine slows all of them alike."""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence


def fastest(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return each contender's fastest run, in seconds of CPU time of this process.

    Every round runs each contender once, in turn. The fastest run is the one least disturbed.
    """
    best = dict.fromkeys(contenders, float("inf"))
    for run in contenders.values():
        run()  # warm caches and the interpreter's specialised instructions
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in contenders.items():
                start = time.process_time()
                run()
                best[name] = min(best[name], time.process_time() - start)
            gc.collect()
    finally:
        gc.enable()
    return best


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; a float is shown with two digits."""
    cells = [[f"{x:.2f}" if isinstance(x, float) else str(x) for x in row] for row in rows]
    lines = [header, ["---"] * len(header), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
