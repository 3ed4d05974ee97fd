"""Witnesses: a callback handler and a cache that write down what they are told."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.caches import InMemoryCache
from langchain_core.callbacks import BaseCallbackHandler

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.outputs import LLMResult


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

    def on_llm_start(self, serialized: dict[str, Any], prompts: Any, **details: Any) -> None:
        """Record the start of a run, with its prompts or messages."""
        self._add("start", prompts, {**details, "serialized": serialized})

    on_chat_model_start = on_llm_start  # type: ignore[assignment]  # what it takes is not named

    def on_llm_new_token(self, token: Any, **details: Any) -> None:
        """Record a token."""
        self._add("token", token, details)

    def on_llm_end(self, response: LLMResult, **details: Any) -> None:
        """Record the end of a run."""
        self._add("end", response, details)

    def on_llm_error(self, error: BaseException, **details: Any) -> None:
        """Record a failed run."""
        self._add("error", error, details)

    def _add(self, name: str, payload: Any, details: dict[str, Any]) -> None:
        self.events.append(Event(name, details["run_id"], payload, details))

    def named(self, name: str) -> list[Event]:
        """Return the events called `name`."""
        return [event for event in self.events if event.name == name]

    def names(self) -> str:
        """Return what happened as one line, for a diagnosis: `start, token x 3, end`."""
        groups = itertools.groupby(event.name for event in self.events)
        counted = [(name, len(list(group))) for name, group in groups]
        parts = [name if times == 1 else f"{name} x {times}" for name, times in counted]
        return ", ".join(parts) or "nothing"


class RecordingCache(InMemoryCache):
    """A cache that counts its hits and keeps its keys."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[tuple[str, str]] = []
        """Every key that was asked for."""
        self.hits = 0
        """How many lookups found an answer."""

    def lookup(self, prompt: str, llm_string: str) -> Any:
        """Return the answer stored for this prompt of this model, or None."""
        self.keys.append((prompt, llm_string))
        answer = super().lookup(prompt, llm_string)
        self.hits += answer is not None
        return answer
