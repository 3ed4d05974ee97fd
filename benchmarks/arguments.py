"""How the time of a cast grows with the text and with the schema.

Run it with `uv run benchmarks/arguments.py`. What the casts come to, `nox -s schema` counts.
"""

from __future__ import annotations

import time
from typing import Any

from langchain_chat_echo import echo_value


def time_growth() -> None:
    """Print microseconds per unit for growing texts and schemas: it stays about the same."""
    kinds: list[dict[str, Any]] = [
        {"type": "string", "pattern": "^z$|e"},
        {"type": "integer"},
        {"enum": ["red", "green"]},
        {"type": "string", "format": "email"},
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        {"type": "array", "items": {"$ref": "#/$defs/N"}, "minItems": 1},
    ]
    defs = {"N": {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}}
    print("words in the text, microseconds per word (6 properties):")
    for words in (1_000, 10_000, 100_000):
        properties = {str(index): kind for index, kind in enumerate(kinds)}
        duration = seconds("hello 2 red " * (words // 3), properties, defs)
        print(f"  {words:7} {duration / words * 1e6:8.2f}")
    print("properties in the schema, microseconds per property (8 words):")
    for size in (6, 60, 600, 6_000):
        properties = {str(index): kinds[index % len(kinds)] for index in range(size)}
        print(f"  {size:7} {seconds('hello 2 red ' * 3, properties, defs) / size * 1e6:8.2f}")


def seconds(text: str, properties: dict[str, Any], defs: dict[str, Any]) -> float:
    """Return the best of five times for one cast."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "$defs": defs,
    }
    times = []
    for _ in range(5):
        start = time.perf_counter()
        echo_value(text, schema)
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    time_growth()
