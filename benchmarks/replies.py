"""What recording calls and written replies cost an echo, as shares of one that does neither.

Both sides are subclasses of the echo, so that LangChain looks up their attributes alike. The list
of replies is `[...]`, which chooses an entry and echoes; the rule is a function that returns `...`.

Run it with `uv run benchmarks/replies.py`.
"""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from interleaved import fastest, table

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM
from langchain_model_parts.replies import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_model_parts.calls import Call

ROUNDS = 60
REPEATS = {"invoke": 50, "stream": 5}
PROMPT = "This is a foobar thing! " * 4


class BareChat(ChatEcho):
    """Neither records nor chooses."""

    def _outcome(self, call: Call) -> Outcome:
        return Outcome(self._reply(call, ...))


class WholeChat(ChatEcho):
    """As it is."""


class BareLLM(CustomLLM):
    """Neither records nor chooses."""

    def _outcome(self, call: Call) -> Outcome:
        return Outcome(self._reply(call, ...))


class WholeLLM(CustomLLM):
    """As it is."""


PAIRS: dict[str, tuple[type[Any], type[Any]]] = {
    "ChatEcho": (BareChat, WholeChat),
    "CustomLLM": (BareLLM, WholeLLM),
}
PATHS: dict[str, Callable[[Any], object]] = {
    "invoke": lambda model: model.invoke(PROMPT),
    "stream": lambda model: list(model.stream(PROMPT)),
}


def main() -> None:
    """Print the table."""
    rows: list[list[object]] = []
    for name, (bare, whole) in PAIRS.items():
        models = {
            "without": bare(),
            "recorded": whole(),
            "a list": whole(replies=[...]),
            "a rule": whole(replies=lambda _: ...),
        }
        for path, run in PATHS.items():

            def repeated(
                model: Any, run: Callable[[Any], object] = run, times: int = REPEATS[path]
            ) -> Callable[[], None]:
                def once() -> None:
                    for _ in range(times):
                        run(model)

                return once

            best = fastest({key: repeated(model) for key, model in models.items()}, ROUNDS)
            ratios = [best[key] / best["without"] for key in [*models][1:]]
            rows.append([f"{name}.{path}", round(best["without"] / REPEATS[path] * 1e6), *ratios])
    print(
        f"CPython {platform.python_version()}, langchain-core {version('langchain-core')}, CPU "
        f"time of all threads, the fastest of {ROUNDS} interleaved runs; {len(PROMPT)} characters, "
        "one to a chunk.\n"
    )
    print(table(["call", "without (µs)", "recorded", "and a list", "and a rule"], rows))


if __name__ == "__main__":
    main()
