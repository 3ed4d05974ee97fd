"""Cast many generated texts into generated schemas, count the outcomes, and time the growth.

    python benchmarks/arguments.py [pairs] [first seed]

Needs `jsonschema[format-nongpl]`. Exits with 1 unless all validated or raised the named error.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator
from jsonschema.exceptions import ValidationError
from schema_figures import FORMATS

from langchain_chat_echo import UnsatisfiableSchemaError, echo_value

sys.path.insert(0, str(Path(__file__).parents[1] / "packages/chat-echo/tests/exhaustive"))
from random_schemas import make_schema, make_text  # beside the tests

VALIDATORS: dict[str, Any] = {"2020-12": Draft202012Validator, "7": Draft7Validator}


def outcome(text: str, schema: Any, draft: str) -> str:
    """Return what became of one pair."""
    validator = VALIDATORS[draft]
    try:
        value = echo_value(text, schema)
        validator(schema, format_checker=FORMATS[draft]).validate(value)
    except UnsatisfiableSchemaError:
        return "named error"
    except ValidationError:
        return "invalid"
    except Exception as error:  # noqa: BLE001 # whatever it is, it is counted
        return type(error).__name__
    return "validated"


def count(pairs: int, first_seed: int) -> bool:
    """Print the outcomes of `pairs` pairs; return whether all are as promised."""
    outcomes: Counter[str] = Counter()
    for seed in range(first_seed, first_seed + pairs):
        random = Random(seed)  # noqa: S311 # reproducible on purpose
        draft = random.choice(list(VALIDATORS))
        text, schema = make_text(random), make_schema(random, draft)
        result = outcome(text, schema, draft)
        outcomes[result] += 1
        if result not in ("validated", "named error"):
            print(f"seed {seed}, draft {draft}: {result}\n  {text!r}\n  {schema!r}")
    print(
        f"{pairs} pairs:", ", ".join(f"{number} {name}" for name, number in outcomes.most_common())
    )
    return not outcomes - Counter({"validated": pairs, "named error": pairs})


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
    numbers = [int(argument) for argument in sys.argv[1:]] + [100_000, 0][len(sys.argv) - 1 :]
    time_growth()
    sys.exit(not count(*numbers))
