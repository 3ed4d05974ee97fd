"""The README's table of what each fake can do: every cell is tried."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    FakeMessagesListChatModel,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)
from langchain_core.messages import AIMessage
from pydantic import BaseModel

from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).parents[1] / "README.md"
TEXT = "one END two"
CALL = AIMessage("", tool_calls=[{"name": "look", "args": {"x": 1}, "id": "1"}])


class Answer(BaseModel):
    """An answer."""

    number: int


def look(x: int) -> int:
    """Look at something."""
    return x


OTHER = "something else"  # the second answer of a model that is given a list
MODELS: dict[str, Callable[..., Any]] = {
    "ChatEcho": lambda reply=None: ChatEcho(
        replies=reply and [reply, OTHER], allow_unbound_tools=True
    ),
    "FakeListChatModel": lambda reply=TEXT: FakeListChatModel(responses=[reply, OTHER]),
    "FakeMessagesListChatModel": lambda reply=None: FakeMessagesListChatModel(
        responses=[reply or AIMessage(TEXT), AIMessage(OTHER)]
    ),
    "GenericFakeChatModel": lambda reply=TEXT: GenericFakeChatModel(messages=iter([reply, OTHER])),
    "ParrotFakeChatModel": lambda reply=None: ParrotFakeChatModel(),  # noqa: ARG005 - takes none
}


def answers_with_what_it_was_told(make: Callable[..., Any]) -> bool:
    return bool(make().invoke("hello").content == "hello")


def answers_the_same_again(make: Callable[..., Any]) -> bool:
    model = make()
    return [model.invoke(TEXT).content for _ in range(3)] == [TEXT] * 3


def honours_stop(make: Callable[..., Any]) -> bool:
    return bool(make().invoke(TEXT, stop=["END"]).content in ("one END", "one "))


def streams_in_pieces(make: Callable[..., Any]) -> bool:
    return len([chunk for chunk in make().stream(TEXT) if chunk.content]) > 1


def streams_a_given_tool_call(make: Callable[..., Any]) -> bool:
    first, *rest = make(CALL).stream("x")
    for chunk in rest:
        first += chunk
    return [call["args"] for call in first.tool_calls] == [{"x": 1}]


def binds_tools_and_calls_them(make: Callable[..., Any]) -> bool:
    return bool(make().bind_tools([look]).invoke("3").tool_calls)


def gives_structured_output(make: Callable[..., Any]) -> bool:
    return bool(make().with_structured_output(Answer).invoke("3") == Answer(number=3))


def counts_tokens(make: Callable[..., Any]) -> bool:
    return make().invoke(TEXT).usage_metadata is not None


CAPABILITIES = [
    answers_with_what_it_was_told,
    answers_the_same_again,
    honours_stop,
    streams_in_pieces,
    streams_a_given_tool_call,
    binds_tools_and_calls_them,
    gives_structured_output,
    counts_tokens,
]


def tried(capability: Callable[..., bool], make: Callable[..., Any]) -> bool:
    try:
        return capability(make)
    except Exception:  # noqa: BLE001 - however it fails, it cannot do it
        return False


def table() -> dict[str, dict[str, bool]]:
    """Read the README's table: capability, model, whether it can."""
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]]
        for line in README.read_text(encoding="utf-8").splitlines()
        if re.match(r"\| +\| `ChatEcho`|\| .* \| (yes|no) \|", line)
    ]
    header = rows[0][1:]
    return {
        row[0]: dict(zip(header, [cell == "yes" for cell in row[1:]], strict=True))
        for row in rows[1:]
    }


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda c: c.__name__)
def test_a_cell_of_the_readmes_table_is_true(capability: Callable[..., bool], model: str) -> None:
    can = tried(capability, MODELS[model])
    assert table()[capability.__name__.replace("_", " ")][model] is can


def test_the_table_has_a_row_for_each_capability() -> None:
    assert list(table()) == [c.__name__.replace("_", " ") for c in CAPABILITIES]
    assert all(list(row) == list(MODELS) for row in table().values())
