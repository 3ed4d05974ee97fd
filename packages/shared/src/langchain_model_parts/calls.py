"""What a model was asked, and what came of it: one record for each call, the last ones kept."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = 1_000
"""How many calls a record keeps; a test asserts on a handful, a load test must not fill memory."""

TEXTS = ("text", "input_text", "output_text")
"""OpenAI's, Anthropic's and LangChain's types of a content block that holds text."""

MARKERS = {
    "image_url": "image",
    "input_image": "image",
    "input_audio": "audio",
    "document": "file",
    "input_file": "file",
}
"""The providers' older names of the other blocks, and LangChain's name of each."""


def text_of(message: Any) -> str:
    """Return a message's text; a block that holds no text becomes a marker such as `[image]`."""
    content = message.content
    return content if isinstance(content, str) else "".join(map(_block_text, content))


def _block_text(block: str | dict[str, Any]) -> str:
    if isinstance(block, str):
        return block
    kind = block.get("type", "block")
    return str(block.get("text") or "") if kind in TEXTS else f"[{MARKERS.get(kind, kind)}]"


@dataclass(slots=True, eq=False)
class Call:
    """One call of a model: what the model was asked, and what it answered or raised.

    The messages and options are the caller's own objects, not copies.

    Examples:
        >>> Call("Knock, knock.", stop=["!"]).prompt
        'Knock, knock.'
    """

    input: str | list[Any]
    """The prompt of a string LLM, or the messages of a chat model."""
    stop: Any = None
    """The stops that the call names, as they were given; `None` where it names none."""
    options: dict[str, Any] = field(default_factory=dict)
    """The other keyword arguments of the call, also those bound by `bind` and `bind_tools`."""
    answer: Any = None
    """What the model answers, a `str` or an `AIMessage`; a stream's answer is here as a whole."""
    error: BaseException | None = None
    """What the call raises."""
    number: int = 0
    """Which call of the record this is, counted from 1."""

    @property
    def messages(self) -> list[Any]:
        """The conversation that a chat model was given; empty for a string LLM."""
        return [] if isinstance(self.input, str) else self.input

    @property
    def prompt(self) -> str:
        """All that the model was told, as one text: one line, or more, for each message."""
        return self.input if isinstance(self.input, str) else "\n".join(map(text_of, self.input))

    @property
    def tools(self) -> list[Any]:
        """The tools that the model may call, as it got them; empty without any."""
        return list(self.options.get("tools") or ())

    @property
    def tool_choice(self) -> Any:
        """Which tool the model has to call, in the caller's words; `None` where it is free."""
        return self.options.get("tool_choice")

    @property
    def response_format(self) -> Any:
        """The format that the answer must have; `None` where it is free."""
        return self.options.get("response_format")


class Calls(Sequence[Call]):
    """A record of calls, oldest first: the last 1,000 are kept, all are counted. Thread-safe.

    Models that differ only in what they were asked are equal, so all records are equal. A deep copy
    of a record is empty, and so is a pickled one: it belongs to another model.

    Examples:
        >>> calls = Calls()
        >>> calls.add(Call("one"))
        >>> calls[-1].prompt, calls[-1].number, calls.total
        ('one', 1, 1)
    """

    def __init__(self) -> None:
        self.total = 0
        """How many calls there were, also those that are no longer kept."""
        self._kept: deque[Call] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Record a call and give it its number."""
        with self._lock:
            self.total += 1
            call.number = self.total
            self._kept.append(call)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Call]:
        with self._lock:  # a deque must not grow while it is read
            return iter(tuple(self._kept))

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return list(self)[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Calls) or NotImplemented

    __hash__ = None  # type: ignore[assignment] # it changes

    def __repr__(self) -> str:
        return f"Calls({list(self)})"

    def __reduce__(self) -> tuple[type[Calls], tuple[()]]:
        return type(self), ()


class CallsMixin:
    """A last call and a count, for what has `calls`."""

    calls: Calls

    @property
    def last_call(self) -> Call | None:
        """The last call; `None` before the first."""
        return self.calls[-1] if self.calls else None

    @property
    def call_count(self) -> int:
        """How many calls there were, also those that `calls` no longer keeps."""
        return self.calls.total
