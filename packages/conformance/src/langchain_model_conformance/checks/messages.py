"""Messages: the conversation belongs to the caller, each answer is new."""

from __future__ import annotations

import copy
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from langchain_model_conformance._check import check
from langchain_model_conformance._diagnosis import found, shown
from langchain_model_conformance._suite import ConformanceSuite


class Messages(ConformanceSuite):
    """What goes in stays as it is; what comes out is nobody else's."""

    @check(
        says="A conversation is used again: the caller's messages and their list stay as they are.",
        mend="Copy a message (model_copy) before changing it, and never append to the list.",
    )
    def test_messages_unchanged(self, path: str) -> None:
        conversation: list[BaseMessage] = [
            SystemMessage("Be brief."),
            HumanMessage("A first question."),
            AIMessage("A first answer."),
            HumanMessage("A second question."),
        ]
        before = copy.deepcopy(conversation)
        self._ask(self._new(), path, conversation)
        if len(conversation) != len(before):
            found(f"{path} made a list of {len(before)} messages {len(conversation)}", "left alone")
        if conversation != before:
            changed = [
                at
                for at, pair in enumerate(zip(before, conversation, strict=True))
                if pair[0] != pair[1]
            ]
            found(f"{path} changed messages {changed} of {len(conversation)}", "none changed")

    @check(
        says="Message objects are mutable: an answer is shared with no other call, nor with the "
        "conversation.",
        mend="Build a new AIMessage, with dictionaries of its own, for each answer.",
    )
    def test_answers_are_new(self, path: str) -> None:
        asked = [HumanMessage("A question.")]
        model = self._new()
        first, second = (self._pieces(model, path, asked) for _ in range(2))
        if any(piece is message for piece in [*first, *second] for message in asked):
            found(f"{path} handed out the caller's own message", "a new one")
        shared = {
            name
            for one in first
            for other in second
            for name, value in _parts(one).items()
            if value is _parts(other)[name]
        }
        if shared:
            found(f"two answers of {path} share {shown(sorted(shared))}", "nothing shared")


def _parts(message: Any) -> dict[str, Any]:
    """Return the message and what of it can be changed in place."""
    parts = {"the message": message}
    for name in (
        "content",
        "tool_calls",
        "additional_kwargs",
        "response_metadata",
        "usage_metadata",
    ):
        value = getattr(message, name, None)
        parts[name] = value if isinstance(value, (dict, list)) else object()
    return parts
