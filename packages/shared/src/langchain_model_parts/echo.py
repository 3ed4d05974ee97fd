"""What the two echo models have in common: their settings, and the failures that can be planned."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ConfigDict, Field, SecretStr, field_validator, model_validator

from langchain_model_parts.constructor import StrictArgumentsMixin
from langchain_model_parts.secret import SecretsMixin, secret_field
from langchain_model_parts.stop import StopSequences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import ValidatorFunctionWrapHandler
    from typing_extensions import Self

Chunk = TypeVar("Chunk")


class _Plan(list[BaseException]):
    """The errors as given, and those that no call has raised yet."""

    def __init__(self, errors: Iterable[BaseException]) -> None:
        super().__init__(errors)
        self.pending = deque(self)


class EchoSettings(SecretsMixin, StrictArgumentsMixin):
    """The settings of an echo model, checked; put it before the model class.

    Example:
        >>> class Shout(EchoSettings):
        ...     def shout(self, prompt: str) -> str:
        ...         return self._stops(None).cut(prompt[: self.n]).upper()
        >>> Shout(n=7, stop=["o"]).shout("hello world")
        'HELLO'
    """

    model_config = ConfigDict(
        arbitrary_types_allowed=True,  # exceptions, in `errors`
        protected_namespaces=(),  # pydantic before 2.10 warns of `model_name`, LangChain's word
    )

    n: int | None = Field(default=None, ge=0)
    """How many characters (code points) to echo; `None` for all of them."""

    stop: list[str] | None = None
    """The stops of calls that name none; a call's own `stop`, also `[]`, takes their place."""

    include_stop: bool = True
    """Whether the stop that ends a reply stays in it, as LangChain's checklist asks."""

    chunk_size: int = Field(default=1, ge=1)
    """How many characters a streamed chunk holds; the last one may hold fewer."""

    sleep: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Seconds to wait before each streamed chunk, and once for a whole reply.

    On the async paths other tasks run meanwhile; `0` only lets them run.
    """

    errors: list[BaseException] = Field(default=[], exclude=True)
    """What the first calls raise, one each and in this order; later calls answer.

    The only state of an echo: calls in several threads share it, and so do shallow copies and what
    LangChain makes of a configurable model.
    """

    error_on_chunk_number: int | None = Field(default=None, ge=0, exclude=True)
    """How many chunks a stream yields before it raises; `None` and whole replies raise at once."""

    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    """A key as a real model has one, read from `ECHO_API_KEY`; never used, shown or echoed."""

    model_name: str = "echo"
    """The name to report to callbacks and tracing."""

    @field_validator("stop", mode="before")
    @classmethod
    def _check_stop(cls, stop: Any) -> list[str] | None:
        if stop is None:
            return None
        try:
            return list(StopSequences(stop).stops)
        except TypeError as error:  # which pydantic would let through as it is
            raise ValueError(str(error)) from None

    @field_validator("errors", mode="wrap")
    @classmethod
    def _keep_plan(cls, errors: Any, check: ValidatorFunctionWrapHandler) -> list[BaseException]:
        # A configurable model is made anew from its fields at each call, and must go on.
        return errors if isinstance(errors, _Plan) else _Plan(check(errors))

    @model_validator(mode="after")
    def _check_errors(self) -> Self:
        if self.error_on_chunk_number is not None and not self.errors:
            raise ValueError(
                "error_on_chunk_number says where a stream raises, but errors is empty: "
                "pass for example errors=[TimeoutError()] too."
            )
        return self

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting that changes an answer: LangChain's cache key and what `print` shows.

        LangChain writes a call's stops over the key `stop`, so the default ones need another name:
        models with different defaults would share cache entries.
        """
        params: dict[str, Any] = {"model_name": self.model_name, "n": self.n}
        if self.stop:
            params["default_stop"] = self.stop
        if not self.include_stop:
            params["include_stop"] = False
        return params

    def _stops(self, stop: Any) -> StopSequences:
        """Return the stops of a call, or the model's where the call names none."""
        return StopSequences.for_call(stop, self.stop, include=self.include_stop)

    def _next_error(self) -> BaseException | None:
        if not self.errors:
            return None
        if not isinstance(self.errors, _Plan):  # assigned, or by `model_copy(update=...)`
            self.errors = _Plan(self.errors)
        with suppress(IndexError):  # they are used up
            return self.errors.pending.popleft()
        return None

    def _raise_planned_error(self) -> None:
        """Raise the error planned for this call, if there is one."""
        error = self._next_error()
        if error is not None:
            raise error

    def _until_planned_error(self, chunks: Iterable[Chunk]) -> Iterable[Chunk]:
        """Return a stream's chunks; where an error is planned, those before it, then raise it."""
        error = self._next_error()
        if error is None:
            return chunks
        return _then_raise(islice(chunks, self.error_on_chunk_number or 0), error)


def pieces(text: str, size: int) -> list[str]:
    """Return a text in pieces of a size, at least one: LangChain raises on a stream without any."""
    return [text[start : start + size] for start in range(0, len(text) or 1, size)]


def _then_raise(chunks: Iterable[Chunk], error: BaseException) -> Iterator[Chunk]:
    yield from chunks
    raise error
