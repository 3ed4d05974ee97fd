"""Fuzz the scanner, the cast into JSON schemas, and what the conformance suites are declared.

Each target turns bytes into one case and raises where the case goes wrong. Atheris chooses the
bytes by the branches that they reach; a slice of the proof, which has no time for that, takes them
from a seeded generator. `python -m tools.prove.fuzzing TARGET SECONDS` fuzzes one target, and
libFuzzer prints the input that failed.
"""

from __future__ import annotations

import copy
import importlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.prove.rows import Row, at_least, none_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
SECONDS = 30
INPUT = 1_024
"""The most bytes that an input has."""


class Bytes(random.Random):
    """Makes the choices that some bytes prescribe; behind their end, always the first one."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = iter(data)

    def random(self) -> float:
        """Return a number from 0 to below 1."""
        return self.getrandbits(16) / 65_536

    def getrandbits(self, k: int, /) -> int:
        """Return a whole number of so many bits."""
        value = 0
        for _ in range(0, k, 8):
            value = value << 8 | next(self._data, 0)
        return value & (1 << k) - 1


def scanner() -> Callable[[Bytes], None]:
    """Return the comparison of everything that a scanner shows with the brute-force oracle."""
    parts: Any = importlib.import_module("langchain_model_parts")
    oracle: Any = importlib.import_module("stop_oracle")

    def words(choice: Bytes, most: int, longest: int) -> list[str]:
        return [
            "".join(choice.choices("abc", k=choice.randint(1, longest)))
            for _ in range(choice.randint(0, most))
        ]

    def check(choice: Bytes) -> None:
        include = choice.random() < 0.5
        stop_list, deltas = words(choice, 5, 6), words(choice, 10, 5)
        stops = parts.StopSequences(stop_list, include=include)
        scanner = stops.scanner()
        fed = shown = ""
        for delta in deltas:
            fed += delta
            shown += scanner.feed(delta)
            if shown != oracle.shown(fed, stop_list, include=include):
                raise AssertionError(f"{stop_list}, include={include}, fed {fed!r}: {shown!r}")
        match = oracle.first_completed(fed, stop_list)
        whole = shown + scanner.flush()
        if not scanner.match == stops.find(fed) == match or whole != stops.cut(fed):
            raise AssertionError(f"{stop_list}, include={include}, {deltas}: {match}")

    return check


def schemas() -> Callable[[Bytes], None]:
    """Return the check that a text is cast into a schema's value, or that the schema is refused."""
    schema: Any = importlib.import_module("langchain_chat_echo.schema")
    make: Any = importlib.import_module("random_schemas")
    judges: Any = importlib.import_module("jsonschema_rs")
    drafts = {"7": judges.Draft7Validator, "2020-12": judges.Draft202012Validator}

    def check(choice: Bytes) -> None:
        draft = choice.choice([*drafts])
        text, asked = make.make_text(choice), make.make_schema(choice, draft)
        before = copy.deepcopy(asked)
        try:
            value = schema.echo_value(text, asked)
        except schema.UnsatisfiableSchemaError:
            return
        finally:
            if asked != before:
                raise AssertionError(f"the schema was changed: {before}")
        errors = [*drafts[draft](asked, validate_formats=True).iter_errors(value)]
        again = schema.echo_value(text, asked)
        if errors or json.dumps(again) != json.dumps(value):
            raise AssertionError(f"{text!r} into {asked}: {value!r}, {again!r}, {errors}")

    return check


def declarations() -> Callable[[Bytes], None]:
    """Return the check that a suite judges, or says what is wrong, whatever is declared."""
    pytest: Any = importlib.import_module("pytest")
    suites: Any = importlib.import_module("langchain_model_conformance")
    healthy: Any = importlib.import_module("healthy_llm")
    driver: Any = importlib.import_module("conformance_driver")
    verdicts = (
        suites.ConformanceFailure,
        suites.DeclarationFailure,
        pytest.skip.Exception,
        pytest.xfail.Exception,
    )
    secret = "REAL-SECRET-KEY-123456"  # noqa: S105 - to see whether it is shown

    values: list[Any] = [
        *(None, "", " ", "include", "exclude", "unsupported", "stop", "\0", "\ud800"),
        *(0, 1, True, 3.5, math.nan, b"n", object(), healthy.HealthyLLM, dict),
        *([], ["n"], ("n",), {"n"}, {}, {"n": 3}, {"n": 1_000}, {"n": "many"}, {"n": None}),
        *({1: 2}, {"": ""}, {"no_such": 1}, {"api_key": "HEALTHY_API_KEY"}),
        *({"stop_respected": "late"}, {"save": ""}, {"no_such_check": "late"}, {"n": math.nan}),
        *(lambda *_: None, lambda *_: 3, lambda _, prompt: prompt, iter([]), Ellipsis),
    ]
    names = [
        *("llm_class", "llm_params", "stop_policy", "distinguishing_params", "secret_params"),
        *("empty_prompt", "error_prompt", "slow_prompt", "default_stop_param"),
        *("expected_failures", "expected_completion", "open_requests", "misspelt"),
    ]
    good = {
        "llm_class": healthy.HealthyLLM,
        "llm_params": {"n": 1_000, "api_key": secret},
        "stop_policy": "include",
        "distinguishing_params": {"n": 3},
        "secret_params": {"api_key": "HEALTHY_API_KEY"},
    }

    def check(choice: Bytes) -> None:
        changed = {choice.choice(names): choice.choice(values) for _ in range(choice.randint(1, 3))}
        suite = type("TestFuzzed", (suites.LLMConformanceTests,), {**good, **changed})
        cases = [*driver.cases_of(suite)]
        quick = [case for case in cases if "threads" not in case[0]]
        chosen = [case for case in cases if case[0] == "declarations"] + choice.choices(quick, k=3)
        for name, test, arguments in chosen:
            try:
                getattr(suite(), test)(**arguments)
            except verdicts as verdict:  # noqa: PERF203 - each its own
                if secret in str(verdict):
                    raise AssertionError(f"{changed}: {name} shows the key") from verdict
            except Exception as error:
                raise AssertionError(f"{[*changed]}: {name} breaks: {error!r}") from error

    return check


TARGETS = {
    # What is fuzzed, the package whose branches lead, the target, the least cases in that time.
    "scanner": ("langchain_model_parts", scanner, 10_000),
    "schemas": ("langchain_chat_echo.schema", schemas, 1_000),
    "declarations": ("langchain_model_conformance", declarations, 1_000),
}
TESTS = ("shared/tests", "chat-echo/tests/exhaustive", "conformance/tests")


def guided(name: str, seconds: float) -> None:
    """Fuzz a target with Atheris, print how many inputs were right, and exit."""
    atheris: Any = importlib.import_module("atheris")  # `nox -s prove` installs it
    package, make, _ = TARGETS[name]
    with atheris.instrument_imports(include=[package]):
        check = make()
    end = time.monotonic() + seconds
    inputs = 0

    def once(data: bytes) -> None:
        nonlocal inputs
        check(Bytes(data))
        inputs += 1
        if time.monotonic() > end:
            print(f"right: {inputs}", flush=True)
            os._exit(0)  # libFuzzer takes `sys.exit` for a crash

    options = ["-verbosity=0", "-timeout=20", f"-max_len={INPUT}"]
    with tempfile.TemporaryDirectory() as folder:  # for the inputs that fail
        atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/"], once)
        atheris.Fuzz()


def random_inputs(name: str, inputs: int) -> list[str]:
    """Return what goes wrong with inputs from a seeded generator."""
    check = TARGETS[name][1]()
    chance = random.Random(name)  # noqa: S311 - no secret
    for _ in range(inputs):
        try:
            check(Bytes(chance.randbytes(INPUT)))
        except AssertionError as error:  # noqa: PERF203 - the first ends it
            return [str(error)]
    return []


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each target, or two."""
    sys.path += [str(ROOT / "packages" / tests) for tests in TESTS]
    for name, (_, _, least) in TARGETS.items():
        if quick:
            inputs = least // 20
            yield none_wrong(f"{name}, random inputs", random_inputs(name, inputs), inputs)
            continue
        command = [sys.executable, "-m", "tools.prove.fuzzing", name, str(SECONDS)]
        done = subprocess.run(  # noqa: S603 - this very module
            command, check=False, text=True, capture_output=True, timeout=SECONDS + 120
        )
        wrong = [] if done.returncode == 0 else [_first_error(done.stdout + done.stderr)]
        right = done.stdout.rpartition("right: ")[2]
        tried = int(right) if not wrong else 1
        yield none_wrong(f"{name}, guided by coverage for {SECONDS} s", wrong, tried)
        if not wrong:
            yield at_least(f"{name}, inputs in {SECONDS} s", tried, least, "inputs")


def _first_error(output: str) -> str:
    """Return the line of a traceback that says what went wrong."""
    lines = [line for line in output.splitlines() if "Error" in line or "ERROR" in line]
    return lines[0][:200] if lines else output[-200:]


if __name__ == "__main__":
    sys.path += [str(ROOT / "packages" / tests) for tests in TESTS]
    guided(sys.argv[1], float(sys.argv[2]))
