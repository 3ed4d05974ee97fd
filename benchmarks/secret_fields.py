"""What sealing costs: construction against the same model with a plain `SecretStr` field.

The rounds of all models are interleaved, so that a busy machine slows all of them alike; the best
round of each counts. The plain field of "environment" and "unset" reads the variable too, through
LangChain's own `secret_from_env`.

Run: `uv run python benchmarks/secret_fields.py`
"""

from __future__ import annotations

import os
import timeit
from typing import Any

from langchain_core.language_models import FakeListChatModel, FakeListLLM
from langchain_core.utils import secret_from_env
from pydantic import BaseModel, Field, SecretStr

from langchain_model_parts import SecretsMixin, secret_field

ROUNDS, CALLS = 30, 1000
VARIABLE = "ECHO_BENCHMARK_KEY"


def family(base: type[BaseModel]) -> tuple[type[BaseModel], type[BaseModel], type[BaseModel]]:
    """Return a model with a plain field, one that reads the environment, and a sealed one."""

    class Plain(base):  # type: ignore[misc, valid-type]  # a class of any kind
        api_key: SecretStr | None = None

    class PlainFromEnv(base):  # type: ignore[misc, valid-type]  # a class of any kind
        api_key: SecretStr | None = Field(default_factory=secret_from_env(VARIABLE, default=None))

    class Sealed(SecretsMixin, base):  # type: ignore[misc, valid-type]  # a class of any kind
        api_key: SecretStr | None = secret_field(VARIABLE)

    return Plain, PlainFromEnv, Sealed


def microseconds(models: list[type[BaseModel]], arguments: dict[str, Any]) -> list[float]:
    """Return the best time of one construction for each model."""
    timers = [
        timeit.Timer("model(**arguments)", globals={"model": model, "arguments": arguments})
        for model in models
    ]
    rounds = [[timer.timeit(CALLS) for timer in timers] for _ in range(ROUNDS)]
    return [min(times) / CALLS * 1e6 for times in zip(*rounds, strict=True)]


def main() -> None:
    """Print one line per kind of model and source of the key."""
    bases: dict[str, tuple[type[BaseModel], dict[str, Any]]] = {
        "LLM": (FakeListLLM, {"responses": ["x"]}),
        "chat model": (FakeListChatModel, {"responses": ["x"]}),
        "pydantic model": (BaseModel, {}),
    }
    print(f"{'model':<16}{'key from':<14}{'plain':>10}{'sealed':>10}{'ratio':>8}")
    for name, (base, arguments) in bases.items():
        plain, plain_from_env, sealed = family(base)
        for source in ("argument", "environment", "unset"):
            os.environ.pop(VARIABLE, None)
            given = arguments | {"api_key": "sk-benchmark"} if source == "argument" else arguments
            if source == "environment":
                os.environ[VARIABLE] = "sk-benchmark"
            baseline = plain if source == "argument" else plain_from_env
            before, after = microseconds([baseline, sealed], given)
            print(f"{name:<16}{source:<14}{before:>7.2f} us{after:>7.2f} us{after / before:>7.2f}x")


if __name__ == "__main__":
    main()
