"""An echo with nothing of LangChain in it, and the two ways to ask it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from langchain_model_parts.calls import Call
from langchain_model_parts.echo import EchoSettings, pieces

if TYPE_CHECKING:
    from collections.abc import Callable


class Shout(EchoSettings):
    """Answers in capitals."""

    def _reply(self, call: Call, entry: Any) -> str:
        text: str = call.prompt if entry is ... else entry
        return self._stops(call.stop).cut(text.upper())


def ask(model: Shout, prompt: str, stop: Any = None) -> str:
    answer: str = model._outcome(Call(prompt, stop)).whole()
    return answer


def aask(model: Shout, prompt: str, stop: Any = None) -> str:
    async def asked() -> str:
        answer: str = (await model._aoutcome(Call(prompt, stop))).whole()
        return answer

    return asyncio.run(asked())


def streamed(model: Shout, prompt: str, seen: list[str] | None = None) -> list[str]:
    """Return the chunks of a stream; they are in `seen` also when it fails."""
    seen = [] if seen is None else seen
    outcome = model._outcome(Call(prompt))
    seen.extend(outcome.cut(pieces(outcome.reply, 1)))
    return seen


PATHS: dict[str, Callable[..., str]] = {"sync": ask, "async": aask}
