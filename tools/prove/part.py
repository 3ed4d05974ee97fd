"""Run one part of the proof in a process of its own, and print a JSON line for each row."""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    """Run the part that the first argument names; `--quick` runs a slice of it."""
    part = importlib.import_module(f"tools.prove.{sys.argv[1]}")
    for row in part.rows(quick="--quick" in sys.argv[2:]):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
