"""Witnesses: a callback handler and a cache that write down what they are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.caches import BaseCache
from langchain_core.callbacks import BaseCallbackHandler

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from langchain_core.outputs import Generation, LLMResult


@dataclass(frozen=True)
class Event:
    """One callback."""

    name: str
    """`start`, `token`, `end` or `error`."""
    run_id: UUID
    """The run it belongs to."""
    payload: Any
    """The prompts or messages, the token, the result or the error."""
    details: dict[str, Any]
    """The keyword arguments beside it."""


class Recorder(BaseCallbackHandler):
    """A handler that keeps every callback of a model, in order."""

    run_inline = True  # on async paths core would otherwise hand each callback to a thread

    def __init__(self) -> None:
        self.events: list[Event] = []
        """What happened so far."""

    def _add(self, name: str, payload: Any, details: dict[str, Any]) -> None:
        self.events.append(Event(name, details["run_id"], payload, details))

    def on_llm_start(self, serialized: dict[str, Any], prompts: list[str], **details: Any) -> None:
        """Record the start of a string model's run."""
        self._add("start", prompts, {**details, "serialized": serialized})

    def on_chat_model_start(
        self, serialized: dict[str, Any], messages: Any, **details: Any
    ) -> None:
        """Record the start of a chat model's run."""
        self._add("start", messages, {**details, "serialized": serialized})

    def on_llm_new_token(self, token: Any, **details: Any) -> None:
        """Record a token."""
        self._add("token", token, details)

    def on_llm_end(self, response: LLMResult, **details: Any) -> None:
        """Record the end of a run."""
        self._add("end", response, details)

    def on_llm_error(self, error: BaseException, **details: Any) -> None:
        """Record a failed run."""
        self._add("error", error, details)

    def named(self, name: str) -> list[Event]:
        """Return the events called `name`."""
        return [event for event in self.events if event.name == name]

    def names(self) -> str:
        """Return what happened as one line, for a diagnosis: `start, token x 3, end`."""
        told: list[tuple[str, int]] = []
        for event in self.events:
            if told and told[-1][0] == event.name:
                told[-1] = (event.name, told[-1][1] + 1)
            else:
                told.append((event.name, 1))
        parts = [name if times == 1 else f"{name} x {times}" for name, times in told]
        return ", ".join(parts) or "nothing"


class RecordingCache(BaseCache):
    """A cache in a dictionary that counts its hits and keeps its keys."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], Sequence[Generation]] = {}
        """Answers by prompt and model key."""
        self.keys: list[tuple[str, str]] = []
        """Every key that was asked for."""
        self.hits = 0
        """How many lookups found an answer."""

    def lookup(self, prompt: str, llm_string: str) -> Any:
        """Return the answer stored for this prompt of this model, or None."""
        self.keys.append((prompt, llm_string))
        answer = self.entries.get((prompt, llm_string))
        self.hits += answer is not None
        return answer

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        """Store an answer."""
        self.entries[prompt, llm_string] = return_val

    def clear(self, **_: Any) -> None:
        """Forget everything."""
        self.entries.clear()

    async def alookup(self, prompt: str, llm_string: str) -> Any:
        """Do what `lookup` does."""
        return self.lookup(prompt, llm_string)

    async def aupdate(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        """Do what `update` does."""
        self.update(prompt, llm_string, return_val)
