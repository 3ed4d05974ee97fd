"""Fuzz the scanner against the brute-force oracle, led by the code that each input reaches.

Run it with `uv run --with "atheris>=2.3" prove/fuzz_stops.py [seconds]`. It prints one line
`name | figure | goal | pass`; libFuzzer prints the input that failed, and exits with its own error.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "packages" / "shared" / "tests"))
atheris: Any = importlib.import_module("atheris")  # not among what we need

with atheris.instrument_imports(include=["langchain_model_parts"]):
    from langchain_model_parts import StopSequences
    from stop_oracle import first_completed, shown

SECONDS = 60.0
GOAL = 10_000


def words(provider: Any, most: int, longest: int) -> list[str]:
    """Return up to so many words over `abc`, up to so long."""
    return [
        "".join("abc"[provider.ConsumeIntInRange(0, 2)] for _ in range(length))
        for length in (
            provider.ConsumeIntInRange(1, longest)
            for _ in range(provider.ConsumeIntInRange(0, most))
        )
    ]


def check(data: bytes) -> None:
    """Feed what the bytes describe and compare everything shown with the oracle."""
    provider = atheris.FuzzedDataProvider(data)
    include = provider.ConsumeBool()
    stop_list, deltas = words(provider, 5, 6), words(provider, 10, 5)
    stops = StopSequences(stop_list, include=include)
    scanner = stops.scanner()
    fed = emitted = ""
    for delta in deltas:
        fed += delta
        emitted += scanner.feed(delta)
        if emitted != shown(fed, stop_list, include=include):
            raise AssertionError(f"stops {stop_list}, include={include}, fed {fed!r}: {emitted!r}")
    match = first_completed(fed, stop_list)
    if not scanner.match == stops.find(fed) == match or emitted + scanner.flush() != stops.cut(fed):
        raise AssertionError(f"stops {stop_list}, include={include}, deltas {deltas}: {match}")


def main() -> None:
    """Fuzz for some seconds and print how many inputs agreed with the oracle."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    end = time.monotonic() + seconds
    inputs = 0

    def once(data: bytes) -> None:
        nonlocal inputs
        check(data)
        inputs += 1
        if time.monotonic() > end:
            passed = inputs >= GOAL
            print(
                f"scanner, inputs that agree | {inputs:,} | {GOAL:,} | "
                f"{'pass' if passed else 'fail'}",
                flush=True,
            )
            os._exit(not passed)  # libFuzzer takes `sys.exit` for a crash

    atheris.Setup([sys.argv[0], "-verbosity=0"], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
