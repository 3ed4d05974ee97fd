"""What a model says to a prompt, and where a stop or a limit ends it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

StopRule = Literal["strip", "name", "keep", "ignore"]
"""What a provider does with a stop.

* `strip`: the text ends before the stop.
* `name`: the same, and the answer says which stop it was.
* `keep`: the text ends after the stop.
* `ignore`: the text goes on.
"""
Finish = Literal["end", "stop", "limit", "tools"]
"""Why an answer ends: it is complete, a stop, its limit, or the tools it calls."""

PIECE_SIZE = 3
"""Characters in a streamed piece, so few that a stop of two characters straddles two pieces."""


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    name: str
    """The tool."""
    arguments: dict[str, Any]
    """What it is called with."""


@dataclass(frozen=True)
class Tool:
    """A tool that a request tells the model to call."""

    name: str
    """Its name."""
    schema: dict[str, Any]
    """The JSON schema of its arguments."""

    def call(self, prompt: str) -> ToolCall:
        """Return a call whose arguments echo the prompt.

        A prompt that is a JSON object is the arguments. Of any other, each required string is the
        prompt, and each other required argument is the empty value of its type.
        """
        try:
            arguments = json.loads(prompt)
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            known = self.schema.get("properties", {})
            needed = self.schema.get("required", ())
            arguments = {name: _value(known.get(name, {}), prompt) for name in needed}
        return ToolCall(self.name, arguments)


@dataclass(frozen=True)
class Answer:
    """What the model says: a text, calls of tools, or both."""

    text: str = ""
    """The text."""
    tool_calls: tuple[ToolCall, ...] = ()
    """The tools that it calls, in order."""
    finish: Finish = "end"
    """Why it ends."""
    stop: str | None = None
    """The stop that ended it, where the provider names it."""
    prompt_tokens: int = 0
    """The length of the prompt. A token is one character here."""
    piece_size: int = PIECE_SIZE
    """Characters in each of `pieces`."""

    @property
    def pieces(self) -> list[str]:
        """The text as it is streamed; an empty text has no piece."""
        return in_pieces(self.text, self.piece_size)

    @property
    def completion_tokens(self) -> int:
        """The length of the text."""
        return len(self.text)

    @property
    def total_tokens(self) -> int:
        """The length of the prompt and of the text."""
        return self.prompt_tokens + self.completion_tokens

    def ended(self, stops: Iterable[str], rule: StopRule, limit: int | None = None) -> Answer:
        """Return the answer up to its limit or to the stop that is completed first.

        Of stops that are completed by the same character, the longest is taken.

        Args:
            stops: The stops of the request; an empty one is never found.
            rule: What the provider does with a stop.
            limit: How many characters the text may have, or None.
        """
        text = self.text[:limit]
        ends = [(text.find(one) + len(one), -len(one), one) for one in stops if one and one in text]
        if ends and rule != "ignore":
            end, back, stop = min(ends)
            kept = text[:end] if rule == "keep" else text[: end + back]
            return replace(self, text=kept, finish="stop", stop=stop if rule == "name" else None)
        if text != self.text:
            return replace(self, text=text, finish="limit")
        return replace(self, finish="tools") if self.tool_calls else self


def in_pieces(text: str, size: int) -> list[str]:
    """Return `text` in pieces of `size` characters."""
    return [text[at : at + size] for at in range(0, len(text), size)]


def _value(schema: dict[str, Any], prompt: str) -> Any:
    """Return a value for a schema: the prompt if it admits a string."""
    if "enum" in schema:
        return schema["enum"][0]
    empty: dict[str, Any] = {"integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}
    return empty.get(schema.get("type", "string"), prompt)
