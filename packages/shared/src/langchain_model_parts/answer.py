"""An answer on its way from a provider to a caller: what to send, what to show, where it ends.

Pure: nothing here reads, closes or knows LangChain. `langchain_model_parts.text` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from langchain_model_parts.errors import BrokenStreamError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.messages.ai import UsageMetadata

    from langchain_model_parts.stop import StopSequences

ProviderStop = Literal["ignores", "keeps", "names", "strips", "hides"]
"""What a provider does with the stops that it is sent; see `TextLLM.provider_stop`."""


@dataclass(frozen=True)
class Finish:
    """The end of an answer: what `_deltas` yields last. An answer without one has broken off.

    Examples:
        >>> Finish("stop", stop="END")
        Finish(reason='stop', stop='END', usage=None, info={})
    """

    reason: str | None = None
    """Why the answer ended, in the provider's word: reported as `finish_reason`."""
    stop: str | bool = False
    """Whether a stop ended it; the stop itself where the provider names it."""
    usage: UsageMetadata | None = None
    """How many tokens were used."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """What else to report beside the reason, such as the name of the model that answered."""

    def as_info(self) -> dict[str, Any]:
        """Return what to report, without what the provider has not said."""
        reason = {} if self.reason is None else {"finish_reason": self.reason}
        return {**reason, **self.info}


class Answer:
    """One answer on its way from the provider: checks its deltas, and ends it at a stop.

    Pure: it neither reads nor closes anything.
    """

    __slots__ = ("_finish", "_model", "_passes", "_rest", "_scanner", "_stops", "cut", "sent")

    def __init__(
        self, model: str, stops: StopSequences, kind: ProviderStop, passes: type[Any] | tuple[()]
    ) -> None:
        self._model = model
        self._stops = stops
        self._passes = passes
        self._scanner = stops.scanner() if stops else None
        self._finish: Finish | None = None
        self.sent = stops_to_send(stops, kind)
        """The stops to tell the provider."""
        self._rest: str  # what is left to show, set with `cut`
        self.cut = False
        """Whether a stop is complete, so that no more deltas are wanted."""

    def feed(self, delta: Any) -> tuple[Any, ...]:
        """Take what the provider sent and return what may be shown now.

        Raises:
            TypeError: If it is neither text, nor a `Finish`, nor what passes.
            ValueError: If it is text after a `Finish`.
        """
        if not isinstance(delta, str) or self._finish is not None:
            return self._feed_rarer(delta)
        if self._scanner is None:
            return (delta,) if delta else ()
        shown = self._scanner.feed(delta)
        if self._scanner.match is not None:
            self.cut, self._rest = True, shown
            return ()
        return (shown,) if shown else ()

    def _feed_rarer(self, delta: Any) -> tuple[Any, ...]:
        if isinstance(delta, Finish):
            self._finish = delta
            return ()
        passes = isinstance(delta, self._passes)
        if not passes and not isinstance(delta, str):
            raise TypeError(
                f"{self._model}'s deltas must be text or Finish, got {type(delta).__name__}: "
                "decode bytes, and leave out what holds no text."
            )
        text = delta.content if passes else delta
        if text and self._finish is not None:
            raise ValueError(
                f"{self._model}'s deltas must end with Finish, got more text after it: yield "
                "Finish when the provider has sent all of it."
            )
        # Held text belongs before other text, but a stop may go on after a report of usage.
        shown = (self._flush() if text else "", delta)
        return tuple(filter(None, shown))

    def end(self) -> tuple[str, Finish]:
        """Return the text that was held back, and how the answer ended.

        The reason is `"stop"` wherever one of the call's stops ended it, whoever noticed.

        Raises:
            BrokenStreamError: If the deltas ended without a stop and without a `Finish`.
        """
        if self.cut:
            return self._rest, Finish("stop")
        if self._finish is None:
            raise BrokenStreamError(
                f"{self._model}'s answer broke off: its deltas ended without a Finish. Ask again; "
                "if that was all of it, let _deltas yield Finish() at the end."
            )
        stop, text = self._finish.stop, ""
        if stop is True and self._stops.include and len(self.sent) == 1:
            stop = self.sent[0]
        if self._scanner is not None and stop in self._stops.stops:  # not one of the provider's own
            text, stop = self._scanner.feed(str(stop)), True
        finish = replace(self._finish, reason="stop") if stop is True else self._finish
        return text + self._flush(), finish

    def _flush(self) -> str:
        return self._scanner.flush() if self._scanner is not None else ""


@lru_cache(maxsize=64)  # an application uses a handful of stop sets, over and over
def stops_to_send(stops: StopSequences, kind: ProviderStop) -> tuple[str, ...]:
    """Return the stops to tell a provider, so that the answer can still be made exact.

    Leave the provider's field out when there are none: some refuse an empty list.

    Args:
        stops: The stops of the call.
        kind: What the provider does with them.

    Examples:
        >>> from langchain_model_parts import StopSequences
        >>> stops_to_send(StopSequences(["END", "###"]), "strips")
        ()
        >>> stops_to_send(StopSequences(["END", "###"], include=False), "strips")
        ('END', '###')
    """
    canonical = stops.canonical
    if kind == "ignores":
        return ()
    if kind in {"keeps", "names"}:
        return canonical
    if stops.include:  # only a single stop can be put back, if it is known to have been there
        return canonical if kind == "strips" and len(canonical) == 1 else ()
    # Where one ends with another, the provider may strip either; side by side if read backwards.
    backwards = sorted(stop[::-1] for stop in canonical)
    nested = any(longer.startswith(stop) for stop, longer in pairwise(backwards))
    return () if nested else canonical
