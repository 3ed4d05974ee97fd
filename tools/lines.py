"""What `nox -s length` prints: how long the code is to read, and what is longer than it may be."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tools.new import KINDS, TEMPLATES, fill, names

if TYPE_CHECKING:
    from pathlib import Path

LONGEST_FILE = 350
CASTING = 800
"""What turns a text into a value of a JSON schema, all files together."""
INTEGRATION = 100
"""A whole integration, in lines that are neither blank nor doc-string."""


def lines(path: Path) -> int:
    """Return the number of lines of a file."""
    return len(path.read_text(encoding="utf-8").splitlines())


def code_lines(source: str) -> int:
    """Return the number of lines of a module that are neither blank nor doc-string."""
    texts = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    ]
    told = {line for node in texts for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    numbered = enumerate(source.splitlines(), start=1)
    return sum(bool(line.strip()) and number not in told for number, line in numbered)


def integrations(root: Path) -> dict[str, int]:
    """Return the lines of each example over HTTP, and of what `nox -s new` writes."""
    paths = sorted(root.glob("examples/completions/*.py"))
    sources = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    for kind, values in KINDS.items():
        (template,) = (TEMPLATES / kind).rglob("*.tmpl")
        known = names("langchain-foo")
        filled = {name: fill(value, known) for name, value in values.items()}
        sources[f"a new {kind}"] = fill(template.read_text(encoding="utf-8"), known | filled)
    return {name: code_lines(source) for name, source in sources.items()}


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
    whole = integrations(root)
    for name, count in whole.items():
        if count > INTEGRATION:
            wrong.append(f"{name} has {count} lines of code: let the parts do more")
    return [
        f"all of src: {sum(files.values())} lines in {len(files)} files",
        f"longest file of src: {longest.name}, {files[longest]} lines of at most {LONGEST_FILE}",
        f"casting a text into a JSON schema: {casting} lines of at most {CASTING}",
        *(f"{name}: {n} lines of code of at most {INTEGRATION}" for name, n in whole.items()),
    ], wrong
