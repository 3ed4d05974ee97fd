"""Print how the cast of a text into a JSON schema does, beside the code before `jsonschema-rs`.

    python benchmarks/schema_figures.py [--suite DIR] [--tools DIR] [--pairs NUMBER]

`--suite` is a checkout of json-schema-org/JSON-Schema-Test-Suite. `--tools` holds tools as JSON,
one or many in a file, such as `pkg/github/__toolsnaps__` of github/github-mcp-server and
`bfcl_eval/data` of ShishirPatil/gorilla. Needs `jsonschema[format-nongpl]`. Exits with 1 if a
value does not validate, or if a cast crashes or takes longer than `LIMIT` seconds.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import jsonschema_rs
from jsonschema import Draft7Validator, Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from langchain_chat_echo import UnsatisfiableSchemaError, echo_value

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "packages/chat-echo/tests/exhaustive"))
from random_schemas import make_schema, make_text  # noqa: E402 # beside the tests

if TYPE_CHECKING:
    from collections.abc import Iterator

    Case = tuple[str, Any, str, bool]
    """A text, a schema, its draft, and whether some value satisfies the schema."""

VALIDATORS: dict[str, Any] = {"2020-12": Draft202012Validator, "7": Draft7Validator}
RUST_VALIDATORS: dict[str, Any] = {
    "2020-12": jsonschema_rs.Draft202012Validator,
    "7": jsonschema_rs.Draft7Validator,
}
SUITES = {"2020-12": "draft2020-12", "7": "draft7"}
TEXTS = (
    "",
    "hello",
    "3",
    "foo bar 1.5 true",
    "Book 2 rooms, yes: https://example.org on 2024-05-01 at 2.5 each for bo@example.org in red",
)
LIMIT = 10.0
BAD = {"wrong", "crashed", "slow"}
BEFORE: dict[str, dict[str, int]] = {
    "random pairs": {"refused": 23_609, "valid": 76_391},
    "test suite": {"refused": 155, "refused although satisfiable": 928, "valid": 2_827},
    "tools": {"refused although satisfiable": 3, "valid": 9_590},
}
"""What this script printed of commit a52474c, the last one with a validator of its own."""

TYPE_NAMES = {"dict": "object", "float": "number", "double": "number", "tuple": "array"}
TYPE_NAMES |= {name: name for name in ("object", "number", "array", "string", "boolean", "integer")}
"""What the Berkeley function-calling set calls the types; it means any type by other names."""


def strict(checker: FormatChecker) -> FormatChecker:
    """Return a copy that takes no space in a `uri-template`, as RFC 6570, 2.1 wants it."""
    stricter = copy.deepcopy(checker)
    accepts, _ = checker.checkers["uri-template"]

    @stricter.checks("uri-template")
    def is_template(value: object) -> bool:
        return accepts(value) and not (isinstance(value, str) and " " in value)

    return stricter


FORMATS = {draft: strict(judge.FORMAT_CHECKER) for draft, judge in VALIDATORS.items()}


def outcome(text: str, schema: Any, draft: str, *, satisfiable: bool) -> str:
    """Return what became of one cast."""
    validator = VALIDATORS[draft]
    start = time.process_time()
    try:
        value = echo_value(text, schema)
    except UnsatisfiableSchemaError:
        refusal = "refused although satisfiable" if satisfiable else "refused"
        return refusal if time.process_time() - start < LIMIT else "slow"
    except Exception:  # noqa: BLE001 # whatever it is, it is counted
        return "crashed"
    if time.process_time() - start > LIMIT:
        return "slow"
    try:
        validator(schema, format_checker=FORMATS[draft]).validate(value)
    except ValidationError:
        return "wrong"
    except re.error:  # a pattern that Python does not read
        return "valid" if RUST_VALIDATORS[draft](schema).is_valid(value) else "wrong"
    return "valid"


def random_pairs(number: int) -> Iterator[Case]:
    """Yield generated texts with generated schemas."""
    for seed in range(number):
        random = Random(seed)  # noqa: S311 # reproducible on purpose
        draft = random.choice(list(VALIDATORS))
        yield make_text(random), make_schema(random, draft), draft, False


def suite(directory: Path) -> Iterator[Case]:
    """Yield every schema of the suite with each of `TEXTS`."""
    for draft, name in SUITES.items():
        for path in sorted((directory / "tests" / name).rglob("*.json")):
            for group in json.loads(path.read_text()):
                satisfiable = any(test["valid"] for test in group["tests"])
                yield from ((text, group["schema"], draft, satisfiable) for text in TEXTS)


def tools(directory: Path) -> Iterator[Case]:
    """Yield the schema of each tool in a directory, with the last of `TEXTS`."""
    for path in sorted(p for p in directory.rglob("*") if p.suffix in (".json", ".snap")):
        content = path.read_text()
        try:
            documents = [json.loads(content)]
        except json.JSONDecodeError:  # a document a line
            documents = [json.loads(line) for line in content.splitlines() if line.strip()]
        for schema in found_tools(documents):
            yield TEXTS[-1], schema, "2020-12", True


def found_tools(value: Any) -> Iterator[Any]:
    """Yield the schemas of the arguments of all tools in a JSON value."""
    if isinstance(value, dict):
        schema = value.get("parameters", value.get("inputSchema"))
        if isinstance(schema, dict) and "name" in value:
            yield standard(schema)
            return
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from found_tools(item)


def standard(schema: Any) -> Any:
    """Return `schema` with the type names of JSON Schema."""
    if isinstance(schema, list):
        return [standard(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    named = {key: standard(item) for key, item in schema.items()}
    if isinstance(named.get("type"), str):
        named["type"] = TYPE_NAMES.get(named["type"])
        if named["type"] is None:
            del named["type"]
    return named


def count(title: str, cases: Iterator[Case]) -> bool:
    """Print the outcomes of `cases`; return whether none is bad."""
    outcomes: Counter[str] = Counter()
    start = time.process_time()
    for text, schema, draft, satisfiable in cases:
        result = outcome(text, schema, draft, satisfiable=satisfiable)
        outcomes[result] += 1
        if result in BAD:
            print(f"  {result}, draft {draft}: {text!r} in {json.dumps(schema)[:500]}")
    duration = time.process_time() - start
    print(f"{title}: {outcomes.total()} casts in {duration:.0f} s of processor time")
    for name in sorted({*outcomes, *BEFORE.get(title, {})}):
        before = BEFORE.get(title, {}).get(name, 0)
        print(f"  {name:30} {outcomes[name]:8}   before: {before:8}")
    return not BAD & outcomes.keys()


def count_lines() -> None:
    """Print the lines of the casting code, and which source file is longer than 350 lines."""
    lengths = {
        path.relative_to(ROOT): len(path.read_text().splitlines())
        for path in sorted(ROOT.glob("packages/*/src/**/*.py"))
    }
    casting = {path: size for path, size in lengths.items() if path.parent.name == "schema"}
    print(f"casting code: {sum(casting.values())} lines in {len(casting)} files   before: 1397")
    long = {str(path): size for path, size in lengths.items() if size > 350}  # noqa: PLR2004 - the limit that is printed
    print(f"source files of more than 350 lines: {long or 'none'}")


def main() -> int:
    """Print all figures that were asked for; return the exit code."""
    arguments = argparse.ArgumentParser("nox -s schema --")
    arguments.add_argument("--suite", type=Path, help="a checkout of JSON-Schema-Test-Suite")
    arguments.add_argument("--tools", type=Path, help="a directory with tools as JSON")
    arguments.add_argument("--pairs", type=int, default=100_000, help="how many random pairs")
    options = arguments.parse_args()
    count_lines()
    is_good = count("random pairs", random_pairs(options.pairs))
    for title, make, directory in (
        ("test suite", suite, options.suite),
        ("tools", tools, options.tools),
    ):
        if directory:
            is_good &= count(title, make(directory))
        else:
            print(f"{title}: not measured, since --{title.split()[-1]} was not given")
    return not is_good


if __name__ == "__main__":
    sys.exit(main())
