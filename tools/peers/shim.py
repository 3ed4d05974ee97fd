"""A pytest plugin that puts `ChatEcho` in the place of LangChain's and LangGraph's fake models.

`pytest -p shim` runs a suite of theirs on our model: each fake keeps its name and its arguments,
and says in `replies` what it would have answered.
"""

from __future__ import annotations

import importlib
import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

from langchain_core import language_models
from langchain_core.language_models import fake_chat_models
from langchain_core.messages import AIMessage
from pydantic import BaseModel

from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from langchain_model_parts.calls import Call

FAKES_OF_THE_SUITES = ("tests.unit_tests.agents.model", "tests.model")


class GenericFakeChatModel(ChatEcho):
    """Answers with the messages of an iterator, one a call."""

    messages: Any

    def __init__(self, **data: Any) -> None:
        given = data["messages"]
        first = list(itertools.islice(given, 100)) if isinstance(given, Iterator) else list(given)
        endless = len(first) == 100  # noqa: PLR2004 - no test writes as many by hand
        rest = itertools.chain(first, given)
        # Their fake takes calls to any tool, whatever is bound.
        super().__init__(
            replies=(lambda _: next(rest)) if endless else first or None,
            chunk_size="word",
            allow_unbound_tools=True,
            **data,
        )


class FakeToolCallingModel(ChatEcho):
    """Says all that it was told, joined by dashes, and makes the tool calls that are written."""

    tool_calls: Any = None
    structured_response: Any = None
    index: int = 0
    tool_style: str = "openai"

    def __init__(self, **data: Any) -> None:
        # Their fake does not stream and has no profile, and tests count on both.
        super().__init__(allow_unbound_tools=True, disable_streaming=True, profile={}, **data)
        self.replies = self.answer

    def answer(self, call: Call) -> Any:
        """Return what the fake of the suites answers to a call."""
        if isinstance(call.tool_choice, dict):  # `with_structured_output` forces its own tool
            return self.structured_response
        turn, native, written = self.index, call.response_format, self.tool_calls or [[]]
        self.index += 1
        made = [] if native and turn >= len(written) else written[turn % len(written)]
        if native and not made:
            response = self.structured_response
            if isinstance(response, BaseModel):
                response = response.model_dump()
            elif is_dataclass(response) and not isinstance(response, type):
                response = asdict(response)
            return AIMessage(json.dumps(response), id=str(turn))
        told = "-".join(message.text for message in call.messages)
        return AIMessage(told, id=str(turn), tool_calls=[*made])

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        """Bind tools in the form that a test asks for: the suites look at what is bound."""
        if not tools:
            raise ValueError("Must provide at least one tool")
        if self.tool_style == "anthropic":
            tools = [one if isinstance(one, dict) else {"name": one.name} for one in tools]
            return self.bind(tools=tools)
        return super().bind_tools(tools, **kwargs)


def pytest_configure() -> None:
    """Swap the fakes before any test module takes their names."""
    for module in (fake_chat_models, language_models):
        module.GenericFakeChatModel = GenericFakeChatModel  # type: ignore[attr-defined]
    for name in FAKES_OF_THE_SUITES:
        try:
            suite = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        suite.FakeToolCallingModel = FakeToolCallingModel  # type: ignore[attr-defined]
