"""What the two echo models have in common: their settings, written replies and recorded calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence  # noqa: TC003 - pydantic reads them
from typing import TYPE_CHECKING, Any, Literal, cast

from pydantic import ConfigDict, Field, SecretStr, field_validator

from langchain_model_parts.calls import Call, Calls, CallsMixin
from langchain_model_parts.constructor import StrictArgumentsMixin
from langchain_model_parts.replies import (
    ENTRIES,
    ByPrompt,
    ByTurn,
    Failure,
    Outcome,
    WrittenReplies,
    acalled,
    called,
    identity_of,
    is_function,
)
from langchain_model_parts.secret import SecretsMixin, secret_field
from langchain_model_parts.settings import StopSettings

if TYPE_CHECKING:
    from typing_extensions import Self


class _CheckedAssignment:
    """Checks what is assigned to `replies`.

    It stands behind `SecretsMixin`, which seals a key first: no frame of this method may hold one.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "replies":
            value = cast("EchoSettings", self)._check_replies(value)  # noqa: SLF001 - its one user
        super().__setattr__(name, value)


class EchoSettings(
    CallsMixin, SecretsMixin, _CheckedAssignment, StrictArgumentsMixin, StopSettings
):
    """The settings of an echo model, checked; put it before the model class.

    A subclass writes `_reply`. Its `_call` or `_generate` returns `self._outcome(call).whole()`.
    Its `_stream` yields `outcome.cut(chunks)`, where the chunks are those of `outcome.reply`. The
    asynchronous methods do the same with `await self._aoutcome(call)`. `_stops` gives the stops of
    a call, `_traced_stops` those to tell tracing. A subclass that answers with more than texts
    returns their types from `_entry_types`.

    Examples:
        >>> class Shout(EchoSettings):
        ...     def _reply(self, call, entry):
        ...         text = call.prompt if entry is ... else entry
        ...         return self._stops(call.stop).cut(text.upper())
        ...
        ...     def shout(self, prompt, stop=None):
        ...         return self._outcome(Call(prompt, stop)).whole()
        >>> model = Shout(stop=["O"], replies=["Yes?", ...])
        >>> model.shout("Knock, knock."), model.shout("hello world")
        ('YES?', 'HELLO')
        >>> [call.prompt for call in model.calls]
        ['Knock, knock.', 'hello world']
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,  # `Calls`
        protected_namespaces=(),  # pydantic before 2.10 warns of `model_name`, LangChain's word
    )

    chunk_size: int | Literal["word"] = 1
    """How many characters a streamed chunk holds; the last one may hold fewer.

    With "word", each word is a chunk and so is each white space, as LangChain's own fakes stream.
    """

    sleep: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Seconds to wait before each streamed chunk, and once for a whole reply.

    On the async paths other tasks run meanwhile; `0` only lets them run.
    """

    replies: Sequence[Any] | Callable[[Call], Any] | None = None
    """What to answer instead of echoes: a list, of which each call uses the next entry.

    Or a function of the call that returns an entry, `ByPrompt` for example.

    An entry is a text, an exception, a `Failure`, `...` to echo, or a function; `ChatEcho` takes
    more. `...` as the last entry echoes from there on.

    Which entry is next is shared by all that LangChain makes of the model: `bind`, `with_config`,
    configurable and shallow copies, threads.
    """

    calls: Calls = Field(default_factory=Calls, exclude=True, repr=False)
    """What the model was asked, and what it answered or raised; shared as `replies` is.

    Pass the `calls` of another model to record both in one.
    """

    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    """A key as a real model has one, read from `ECHO_API_KEY`; never used, shown or echoed."""

    model_name: str = "echo"
    """The name to report to callbacks and tracing."""

    @field_validator("chunk_size", mode="before")
    @classmethod
    def _check_chunk_size(cls, size: Any) -> Any:
        if size == "word" or (isinstance(size, int) and not isinstance(size, bool) and size >= 1):
            return size
        raise ValueError(f"chunk_size must be a whole number from 1 on, or 'word', got {size!r}.")

    @field_validator("replies", mode="plain")
    @classmethod
    def _check_replies(cls, replies: Any) -> Any:
        # A configurable model is made anew from its fields at each call, and must go on.
        if replies is None or isinstance(replies, WrittenReplies):
            return replies
        if isinstance(replies, (ByPrompt, ByTurn)):
            cls._check_entries(replies.entries)
        if is_function(replies):
            return replies
        if not isinstance(replies, (list, tuple)):
            raise ValueError(  # noqa: TRY004 - pydantic lets a TypeError through as it is
                f"replies must be a list or a function of the call, got {type(replies).__name__}: "
                "pass for example ['hello']."
            )
        cls._check_entries(replies)
        return WrittenReplies(replies)

    @classmethod
    def _check_entries(cls, entries: Sequence[Any]) -> None:
        if not entries:
            raise ValueError("replies is empty: write what to answer, or leave it out to echo.")
        for number, entry in enumerate(entries):
            if not is_function(entry):
                cls._check_entry(entry, f"entry {number} of replies")

    @classmethod
    def _check_entry(cls, entry: Any, name: str) -> None:
        if not isinstance(entry, cls._entry_types()):
            what = f"the class {entry.__name__}" if isinstance(entry, type) else repr(entry)
            known = ", ".join(kind.__name__ for kind in cls._entry_types())
            raise ValueError(  # noqa: TRY004 - pydantic lets a TypeError through as it is
                f"{name} is {what}, which {cls.__name__} cannot answer with: "
                f"write an instance of {known}, or a function of the call."
            )

    @classmethod
    def _entry_types(cls) -> tuple[type, ...]:
        """Return the types of the entries that this echo answers with, beside functions."""
        return ENTRIES

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting that changes an answer: LangChain's cache key and what `print` shows.

        LangChain writes a call's stops over the key `stop`, so the default ones need another name:
        models with different defaults would share cache entries.
        """
        params: dict[str, Any] = {"model_name": self.model_name}
        if self.stop:
            params["default_stop"] = self.stop
        if not self.include_stop:
            params["include_stop"] = False
        if isinstance(self.replies, WrittenReplies):
            params["replies"] = self.replies.identity
        elif self.replies is not None:
            params["replies"] = identity_of(self.replies)
        return params

    def assert_complete(self) -> None:
        """Raise unless every entry of `replies` was used.

        Raises:
            AssertionError: If entries of a list are left; it names them.
        """
        if not isinstance(self.replies, WrittenReplies):
            return
        if unused := self.replies.unused:
            left = ", ".join(f"{index} ({self.replies[index]!r})" for index in unused)
            raise AssertionError(
                f"replies holds {len(self.replies)} entries, and the calls so far "
                f"({self.call_count}) did not use entry {left}: ask the model more often, or write "
                "fewer entries."
            )

    def _reply(self, call: Call, entry: Any) -> Any:
        """Return the whole answer to a call: the echo where `entry` is `...`, else the entry.

        The same call and entry give the same answer. What it raises refuses the call.
        """
        raise NotImplementedError

    def _outcome(self, call: Call) -> Outcome:
        """Record a call, and return the answer or the failure that is written for it."""
        with _Turn(self, call) as turn:
            entry = turn.entry()
            if is_function(entry):
                entry = called(entry, call)
                self._check_entry(entry, "what a function in replies returned")
            return self._written(call, entry)

    async def _aoutcome(self, call: Call) -> Outcome:
        """Do what `_outcome` does; a function in `replies` may be asynchronous."""
        with _Turn(self, call) as turn:
            entry = turn.entry()
            if is_function(entry):
                entry = await acalled(entry, call)
                self._check_entry(entry, "what a function in replies returned")
            return self._written(call, entry)

    def _written(self, call: Call, entry: Any) -> Outcome:
        failure = None
        if isinstance(entry, (BaseException, Failure)):
            failure = entry if isinstance(entry, Failure) else Failure(entry, text="")
            call.error, entry = failure.error, failure.text
        reply = self._reply(call, entry)
        if failure is None:
            call.answer = reply
        return Outcome(reply, failure)


class _Turn:
    """Records a call, and has the entry for it; a call that is refused gives its entry back."""

    __slots__ = ("_call", "_replies", "_taken")  # and no generator: every call comes through here

    def __init__(self, settings: EchoSettings, call: Call) -> None:
        settings.calls.add(call)
        if isinstance(settings.replies, list):  # by `model_copy(update=...)`, which checks nothing
            settings.replies = settings.replies
        self._replies = settings.replies
        self._call = call
        self._taken: tuple[WrittenReplies, int] | None = None

    def entry(self) -> Any:
        replies = self._replies
        if isinstance(replies, WrittenReplies):
            index = replies.take()
            self._taken = replies, index
            return replies[index]
        return ... if replies is None else replies

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            self._call.error = error
            if self._taken:
                replies, index = self._taken
                replies.give_back(index)


def heed_overriding(model: type, method: str, others: Sequence[str], base: type) -> None:
    """Take LangChain's own `others`, which call `method`, where a subclass has overridden `method`.

    An echo has each path natively. Where a subclass writes one of them only, the inherited others
    would go on echoing.

    Args:
        model: The class of the model.
        method: The name of the method that the subclass may have overridden.
        others: The names of the methods that must not come from further up than `method`.
        base: LangChain's class, whose own `others` call `method`.
    """

    def owner(name: str) -> int:
        return next(place for place, cls in enumerate(model.__mro__) if name in vars(cls))

    for other in others:
        if owner(method) < owner(other):
            setattr(model, other, getattr(base, other))


def pieces(text: str, size: int | str) -> list[str]:
    """Return a text in pieces, at least one: LangChain raises on a stream without any.

    Args:
        text: The whole text.
        size: The characters of a piece, or "word" for each word and each white space.
    """
    if isinstance(size, str):
        return [piece for piece in re.split(r"(\s)", text) if piece] or [""]
    return [text[start : start + size] for start in range(0, len(text) or 1, size)]
