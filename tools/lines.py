"""Print how long the code is to read, and fail where it is longer than it may be.

Run: `uv run python tools/lines.py`
"""

from __future__ import annotations

import sys
from pathlib import Path

LONGEST_FILE = 350
CASTING = 800
"""What turns a text into a value of a JSON schema, all files together."""


def lines(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def report(root: Path) -> tuple[list[str], list[str]]:
    """Return the figures of a checkout, and what is wrong with them."""
    wrong = []
    files = {path: lines(path) for path in sorted(root.glob("packages/*/src/**/*.py"))}
    longest = max(files, key=lambda path: files[path])
    for path, count in files.items():
        if count > LONGEST_FILE:
            wrong.append(f"{path.relative_to(root)} has {count} lines: split it")
    casting = sum(count for path, count in files.items() if path.parent.name == "schema")
    if not 0 < casting <= CASTING:
        wrong.append(f"packages/chat-echo/src/*/schema has {casting} lines: shorten or find it")
    return [
        f"all of src: {sum(files.values())} lines in {len(files)} files",
        f"longest file of src: {longest.name}, {files[longest]} lines of at most {LONGEST_FILE}",
        f"casting a text into a JSON schema: {casting} lines of at most {CASTING}",
    ], wrong


if __name__ == "__main__":
    figures, wrong = report(Path(__file__).parents[1])
    print(*figures, sep="\n")
    if wrong:
        sys.exit("\n".join(wrong))
