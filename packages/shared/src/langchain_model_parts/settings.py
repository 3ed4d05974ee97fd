"""Settings that models have in common, and the mark of a setting that changes no answer.

Examples:
    >>> from pydantic import BaseModel
    >>> class Wire(BaseModel):
    ...     timeout: Operational[float] = 60
    >>> is_operational(Wire.model_fields["timeout"])
    True
"""

# No `from __future__ import annotations`: constructor.py says why.
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, field_validator
from pydantic.fields import FieldInfo

from langchain_model_parts.stop import StopSequences

Value = TypeVar("Value")


class _ChangesNoAnswer:
    """What `Operational` marks a field with."""


Operational = Annotated[Value, _ChangesNoAnswer()]
"""A setting of how a call is made, such as `timeout: Operational[float] = 60`.

Models that differ in nothing else are one model to a cache.
"""


class StopSettings(BaseModel):
    """The two settings of a model that heeds stops, checked.

    Examples:
        >>> class Shout(StopSettings):
        ...     def shout(self, text: str, stop: list[str] | None = None) -> str:
        ...         return self._stops(stop).cut(text).upper()
        >>> Shout(stop="o").shout("hello world")
        'HELLO'
    """

    stop: list[str] | None = None
    """The stops of calls that name none; a call's own `stop`, also `[]`, takes their place."""

    include_stop: bool = True
    """Whether the stop that ends an answer stays in it, as LangChain's checklist asks."""

    @field_validator("stop", mode="before")
    @classmethod
    def _check_stop(cls, stop: Any) -> list[str] | None:
        if stop is None:
            return None
        try:
            return list(StopSequences(stop).stops)
        except TypeError as error:  # which pydantic would let through as it is
            raise ValueError(str(error)) from None

    def _stops(self, stop: Any) -> StopSequences:
        """Return the stops of a call, or the model's where the call names none."""
        return StopSequences.for_call(stop, self.stop, include=self.include_stop)

    def _traced_stops(self, stop: Any) -> Any:
        """Return the stops of a call for tracing, which comes first and must not fail."""
        if stop is None and self.stop is None:  # each call comes by, and most name none
            return None
        if hasattr(stop, "__next__"):  # an iterator, which could not be read again
            return None
        try:
            return [*self._stops(stop).stops]
        except (TypeError, ValueError):  # the call itself refuses it, and tells callbacks
            return None


def is_operational(field: FieldInfo) -> bool:
    """Return whether a field is marked as one that changes no answer."""
    return any(isinstance(mark, _ChangesNoAnswer) for mark in field.metadata)
