"""Answers that are written down: the entries, rules that choose one, a list that is used up."""

from __future__ import annotations

import hashlib
import heapq
import inspect
import threading
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from types import EllipsisType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from re import Pattern

    from typing_extensions import Self

    from langchain_model_parts.calls import Call

Chunk = TypeVar("Chunk")


@dataclass(frozen=True)
class Failure:
    """An entry that raises; in a stream, after some chunks of a text.

    Examples:
        >>> Failure(TimeoutError("too slow"), after=2)
        Failure(error=TimeoutError('too slow'), after=2, text=Ellipsis)
    """

    error: BaseException
    """What to raise."""
    after: int = 0
    """How many chunks a stream yields first. A whole answer raises at once."""
    text: str | EllipsisType = ...
    """The text that the chunks are taken from; `...` for the echo."""

    def __post_init__(self) -> None:
        error: object = self.error
        if not isinstance(error, BaseException):
            raise TypeError(
                f"error must be an exception, got {error!r}: pass for example TimeoutError()."
            )
        after: object = self.after
        if not isinstance(after, int) or after < 0:
            raise ValueError(f"after must be a whole number from 0 on, got {after!r}.")
        text: object = self.text
        if not isinstance(text, (str, EllipsisType)):
            raise TypeError(f"text must be a string, or `...` for the echo, got {text!r}.")


ENTRIES: tuple[type, ...] = (str, BaseException, Failure, EllipsisType)
"""The entries that every echo gives, beside functions."""


@dataclass(frozen=True)
class ByPrompt:
    """Replies by what the model is told: the entry of the first rule that the prompt matches.

    A text matches where the prompt contains it; the text "" matches always. A compiled pattern
    matches where its `search` does. The prompt of a chat model is the whole conversation.

    Raises:
        ValueError: In a call whose prompt no rule matches.

    Examples:
        >>> from langchain_model_parts.calls import Call
        >>> ByPrompt({"capital": "Paris", "": ...})(Call("What is the capital of France?"))
        'Paris'
    """

    rules: Mapping[str | Pattern[str], Any]

    @property
    def entries(self) -> Sequence[Any]:
        """All entries that this may give."""
        return [*self.rules.values()]

    def __call__(self, call: Call) -> Any:
        """Return the entry for a call."""
        prompt = call.prompt
        for rule, entry in self.rules.items():
            if rule in prompt if isinstance(rule, str) else rule.search(prompt):
                return entry
        raise ValueError(
            f"no rule of ByPrompt matches the prompt {prompt!r}: add one; "
            'the text "" matches every prompt, and the entry `...` echoes.'
        )


@dataclass(frozen=True)
class ByTurn:
    """Replies by conversation: the entry whose number is how many AI messages there are.

    It keeps no count of its own, so that an agent may be resumed from a checkpoint or run twice.

    Raises:
        ValueError: In a call whose conversation has more AI messages than there are entries.

    Examples:
        >>> from langchain_model_parts.calls import Call
        >>> ByTurn(["Who's there?", "Lettuce who?"])(Call([]))
        "Who's there?"
    """

    entries: Sequence[Any]

    def __call__(self, call: Call) -> Any:
        """Return the entry for a call."""
        turn = sum(message.type in ("ai", "AIMessageChunk") for message in call.messages)
        if turn < len(self.entries):
            return self.entries[turn]
        if self.entries and self.entries[-1] is ...:
            return ...
        raise ValueError(
            f"ByTurn holds {len(self.entries)} entries, and this conversation asks for entry "
            f"{turn + 1}: it has {turn} AI messages already. Write more entries, "
            "or `...` as the last one to echo from there on."
        )


class WrittenReplies(tuple[Any, ...]):  # noqa: SLOT001 - it has state
    """The entries of a list, and which of them are still to be used. Thread-safe.

    An entry is used by the call that it answers. A call that is refused gives its entry back, for
    the next call. A copy made by `copy.deepcopy` or `pickle` goes on at the same entry, on its own.

    Examples:
        >>> replies = WrittenReplies(["one", "two"])
        >>> replies[replies.take()]
        'one'
        >>> replies.unused
        [1]
    """

    def __new__(
        cls, entries: Iterable[Any], first_unused: int = 0, given_back: Iterable[int] = ()
    ) -> Self:
        """Return the entries, by default with none of them used."""
        self = super().__new__(cls, entries)
        self._first_unused = first_unused
        self._given_back = list(given_back)  # a heap
        self._lock = threading.Lock()
        # An `...` in the last place answers every call from there on, so it is never used up.
        self._last = len(self) - (self[-1:] == (...,))
        return self

    _first_unused: int
    _given_back: list[int]
    _lock: threading.Lock
    _last: int

    def take(self) -> int:
        """Use the next entry, and return its index.

        Raises:
            ValueError: If all entries are used.
        """
        with self._lock:
            if self._given_back:
                return heapq.heappop(self._given_back)
            index = self._first_unused
            if index == len(self):
                raise ValueError(
                    f"replies holds {len(self)} entries, and this call asks for entry "
                    f"{index + 1}: write more entries, or `...` as the last one to echo from "
                    "there on."
                )
            self._first_unused = min(index + 1, self._last)
            return index

    def give_back(self, index: int) -> None:
        """Leave an entry that was taken to the next call."""
        if index < self._last:
            with self._lock:
                heapq.heappush(self._given_back, index)

    @property
    def unused(self) -> list[int]:
        """The indexes of the entries that no call has used; an `...` at the end never counts."""
        with self._lock:
            return [*sorted(self._given_back), *range(self._first_unused, self._last)]

    @cached_property
    def identity(self) -> str:
        """A short text that tells these entries from others, for the key of a cache."""
        entries = repr([identity_of(entry) for entry in self])
        digest = hashlib.sha256(entries.encode()).hexdigest()
        return f"{len(self)} entries, SHA-256 {digest[:16]}"

    def __reduce__(self) -> tuple[Any, ...]:
        with self._lock:
            return type(self), (tuple(self), self._first_unused, [*self._given_back])


class Outcome(NamedTuple):
    """What a call comes to: a reply, and the failure that stands in its place."""

    reply: Any
    """The whole reply; of a failure, the one that its chunks are taken from."""
    failure: Failure | None = None

    def whole(self) -> Any:
        """Return the reply, or raise the failure."""
        if self.failure is not None:
            raise self.failure.error
        return self.reply

    def cut(self, chunks: Iterable[Chunk]) -> Iterable[Chunk]:
        """Return the chunks of the reply; of a failure those before it, and then raise it."""
        return chunks if self.failure is None else _then_raise(chunks, self.failure)


def _then_raise(chunks: Iterable[Chunk], failure: Failure) -> Iterator[Chunk]:
    yield from islice(chunks, failure.after)
    raise failure.error


def is_function(entry: object) -> bool:
    """Tell whether an entry is to be called: a pydantic object or a class never is."""
    return callable(entry) and not isinstance(entry, (type, BaseModel))


def called(entry: Any, call: Call) -> Any:
    """Return an entry as it is, or what the function gives that it is.

    Raises:
        TypeError: If the function is asynchronous.
    """
    for _ in _STEPS:
        if not is_function(entry):
            break
        function, entry = entry, entry(call)
        if inspect.isawaitable(entry):
            if inspect.iscoroutine(entry):
                entry.close()  # else Python warns that it was never awaited
            raise TypeError(
                f"{identity_of(function)} in replies is asynchronous, and this call is not: call "
                "ainvoke, abatch or astream, or write a function that is not."
            )
    return entry


async def acalled(entry: Any, call: Call) -> Any:
    """Return what `called` does; the function may be asynchronous."""
    for _ in _STEPS:
        if not is_function(entry):
            break
        entry = entry(call)
        if inspect.isawaitable(entry):
            entry = await entry
    return entry


_STEPS = range(2)  # `replies` may be a function, `ByPrompt` say, whose entries are functions


def identity_of(entry: Any) -> str:
    """Return an entry as a text that tells it from others; a function is its qualified name."""
    name = getattr(entry, "__qualname__", None)
    module = getattr(entry, "__module__", "builtins")  # which methods of built-in types lack
    return repr(entry) if name is None else f"{module}.{name}"
