"""Stop sequences: where a completion ends, the same for a whole text and for a stream.

The rule, in three sentences. Stops are literal code points. The stop that is completed first wins,
and of two that are completed together the longer one; the order of the list does not matter. The
winning stop is included in the text (`include=True`, what LangChain's contributing checklist asks
for) or cut off.

`StopSequences.cut` answers for a whole text, `StopScanner` for a text that arrives in deltas.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from langchain_model_parts._automaton import compiled

ONE_BY_ONE = 512
"""Up to how many characters of all stops together a whole text is searched for each in turn.

It is the quickest way for a few short stops, and shares nothing with the scanner. For more stops,
or longer ones, its time would not be linear: `str.find` may try a stop at every place.
"""


class StopMatch(NamedTuple):
    """The stop that ended a completion, and where it stands in the text."""

    stop: str
    """The stop that was completed first."""
    start: int
    """Where it starts, in code points from the beginning of the text."""
    end: int
    """Where it ends, in code points; `text[start:end] == stop`."""


@dataclass(frozen=True, slots=True, init=False)
class StopSequences:
    r"""A set of stops, checked once, that cuts texts and streams of text.

    Immutable and hashable; true if it holds any stop. Whatever the stops and the text, time is
    linear in both. The first scanner of a set compiles it, at some 1 microsecond a character of
    its stops; the last 64 small sets are kept, and 4 larger ones of up to 10 000.

    Args:
        stop: One stop, any iterable of stops, or `None` for none. Duplicates are dropped.
        include: Whether the stop that ends a text stays in it.

    Raises:
        TypeError: If `stop` is not iterable, is bytes, or has an element that is not a string.
        ValueError: If a stop is empty: it would end every text before its first character.

    Examples:
        >>> StopSequences(["\n", "END"]).cut("one END two")
        'one END'
        >>> list(StopSequences("END", include=False).cut_stream(["one E", "ND two"]))
        ['one ']
    """

    stops: tuple[str, ...]
    """The stops as given, without duplicates."""
    include: bool
    """Whether the stop that ends a text stays in it."""

    def __init__(self, stop: str | Iterable[str] | None = None, *, include: bool = True) -> None:
        object.__setattr__(self, "stops", _checked(stop))
        object.__setattr__(self, "include", include)

    @classmethod
    def for_call(
        cls,
        call: str | Iterable[str] | None,
        default: str | Iterable[str] | None = None,
        *,
        include: bool = True,
    ) -> StopSequences:
        """Return the stops of one call: its own, or else the model's.

        Nothing is merged: a call that passes `stop=[]` switches the model's stops off.

        Args:
            call: The `stop` of the call; `None` where it names none.
            default: The model's stops.
            include: Whether the stop that ends a text stays in it.

        Raises:
            TypeError: As for `StopSequences`.
            ValueError: As for `StopSequences`.
        """
        return cls(default if call is None else call, include=include)

    def __bool__(self) -> bool:
        return bool(self.stops)

    @property
    def canonical(self) -> tuple[str, ...]:
        """The stops that can be completed first, in the order given: what to send to a provider.

        A stop that holds another one anywhere but at its own end never wins. Leave a provider's
        field out when this is empty; some refuse an empty list.
        """
        return compiled(self.stops).canonical

    def find(self, text: str) -> StopMatch | None:
        """Return where the winning stop stands in a whole text, or `None` if there is no stop."""
        if sum(map(len, self.stops)) > ONE_BY_ONE:
            scanner = self.scanner()
            scanner.feed(text)
            return scanner.match
        match = None
        limit = len(text)
        for stop in self.stops:
            # A first occurrence has the earliest end, and one that ends behind `limit` has lost.
            start = text.find(stop, 0, limit)
            if start < 0:
                continue
            end = start + len(stop)
            if match is None or end < limit or len(stop) > len(match.stop):
                match = StopMatch(stop, start, end)
                limit = end
        return match

    def cut(self, text: str) -> str:
        """Return a whole text up to its first completed stop, or all of it if there is none."""
        match = self.find(text)
        if match is None:
            return text
        return text[: match.end if self.include else match.start]

    def scanner(self) -> StopScanner:
        """Return a fresh scanner for one completion."""
        return StopScanner(self)

    def cut_stream(self, deltas: Iterable[str]) -> Generator[str, None, None]:
        """Yield the deltas of a stream, each as early as is safe, up to its first completed stop.

        The pieces are never empty, and joined they equal `cut` of the joined deltas. The upstream
        iterator is closed as soon as a stop is completed, so that a provider stops generating,
        and also when this generator, once started, is closed. Where you may leave it early, put it
        in `contextlib.closing`. If the upstream fails, or closing it, what is left of the text is
        yielded before the error is raised. An error that you throw into this generator is raised
        at once: whoever throws reads no further.
        """
        scanner = self.scanner()
        upstream = iter(deltas)
        last = ""
        thrown = False
        try:
            try:
                for delta in upstream:
                    text = scanner.feed(delta)
                    if scanner.match is not None:
                        last = text
                        break
                    if text:
                        thrown = True  # unless the reader comes back for more
                        yield text
                        thrown = False
                else:
                    last = scanner.flush()
            finally:
                close = getattr(upstream, "close", None)  # a plain iterator has none
                if close is not None:
                    close()
        except Exception:
            left = last or scanner.flush()
            if left and not thrown:
                yield left
            raise
        if last:
            yield last

    async def acut_stream(self, deltas: AsyncIterable[str]) -> AsyncGenerator[str, None]:
        """Yield what `cut_stream` yields, from an asynchronous stream, which it closes likewise.

        Where you may leave early, put it in `contextlib.aclosing` (`break` alone closes nothing).
        """
        scanner = self.scanner()
        upstream = aiter(deltas)
        last = ""
        thrown = False
        try:
            try:
                async for delta in upstream:
                    text = scanner.feed(delta)
                    if scanner.match is not None:
                        last = text
                        break
                    if text:
                        thrown = True  # unless the reader comes back for more
                        yield text
                        thrown = False
                else:
                    last = scanner.flush()
            finally:
                aclose = getattr(upstream, "aclose", None)  # a plain asynchronous iterator has none
                if aclose is not None:
                    await aclose()
        except Exception:
            left = last or scanner.flush()
            if left and not thrown:
                yield left
            raise
        if last:
            yield last


class StopScanner:
    """Finds the first completed stop in a text that arrives in deltas.

    With `include=True` nothing is ever held back. With `include=False` exactly the longest end of
    the text that could still become a stop is held: less could leak, more is never needed. What is
    held is the start of a stop, so no text is copied or kept to hold it.

    Args:
        stops: The stops to look for, and whether the winning one is shown.
    """

    __slots__ = ("_automaton", "_fed", "_find_head", "_include", "_state", "match")

    def __init__(self, stops: StopSequences) -> None:
        self._automaton = compiled(stops.stops)
        self._find_head = self._automaton.find_head
        self._include = stops.include
        self._state = 0  # the end of the text fed so far that could become a stop
        self._fed = 0  # how many characters of the text were looked at
        self.match: StopMatch | None = None
        """The stop that ended the completion, or `None` so far; positions count all text fed."""

    def feed(self, delta: str) -> str:
        """Take the next piece of the completion and return what may be shown now.

        Args:
            delta: The next piece; an empty one changes nothing.

        Returns:
            Text to show, perhaps empty; always empty after a match.

        Raises:
            TypeError: If the piece is no string.
        """
        before = self._state
        start = 0
        if not before:
            found = self._find_head(delta)
            if found is None:
                self._fed += len(delta)
                return delta
            start = found.start()
        elif self.match is not None:
            return ""
        elif not isinstance(delta, str):
            raise TypeError(
                f"a delta must be a string, got {type(delta).__name__}: pass the text of the chunk."
            )
        automaton = self._automaton
        state, end = automaton.advance(before, delta, start)
        self._state = state
        self._fed += end
        if automaton.ends[state]:
            stop = automaton.begun[state][: automaton.depth[state]]
            self.match = StopMatch(stop, self._fed - len(stop), self._fed)
        if self._include:
            return delta[:end]
        shown = end - automaton.depth[state]  # less than nothing: what was held is, in part, still
        if not before:
            return delta[:shown]
        held = automaton.depth[before]
        begun = automaton.begun[before]
        return begun[:held] + delta[:shown] if shown > 0 else begun[: held + shown]

    def flush(self) -> str:
        """Return the text still held when the completion is over; a second call returns ''.

        A stop never spans a flush: what is fed afterwards starts afresh.
        """
        if not self._state or self.match is not None:
            return ""
        state, self._state = self._state, 0
        if self._include:
            return ""
        return self._automaton.begun[state][: self._automaton.depth[state]]


def _checked(stop: object) -> tuple[str, ...]:
    """Return the stops as a tuple without duplicates, or say what is no stop."""
    if stop is None:
        return ()
    if isinstance(stop, str):
        stop = (stop,)
    if isinstance(stop, (bytes, bytearray)) or not isinstance(stop, Iterable):
        raise TypeError(
            f"stop must be a string or an iterable of strings, got {type(stop).__name__}: "
            r'pass for example stop=["\n"].'
        )
    stops = tuple(stop)
    for index, item in enumerate(stops):
        if not isinstance(item, str):
            raise TypeError(
                f"every stop must be a string, got {type(item).__name__} at position {index}: "
                r'pass for example stop=["\n"].'
            )
        if not item:
            raise ValueError(
                f"a stop must not be empty, got '' at position {index}: it would end every text "
                "before its first character. Leave it out, or pass stop=[] for no stops."
            )
    return tuple(dict.fromkeys(stops))
