"""A text that looks like LangChain's serialization format stays a text, whatever carries it.

`load` turns a dictionary with an `lc` key into an object, or into a secret from the environment;
before langchain-core 0.3.81 and 1.2.5 an answer could smuggle one in. A model that echoes text only
leaves nothing to find, on any core.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.load import dumps, load, loads
from langchain_core.messages import AIMessage, HumanMessage, messages_from_dict, messages_to_dict
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables.history import RunnableWithMessageHistory

from leak_surfaces import CANARY, SQLiteCache, leaks
from secret_models import SealedChat, SealedLLM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.filterwarnings(
    "ignore:The function `load:langchain_core._api.beta_decorator.LangChainBetaWarning",
    "ignore::langchain_core._api.deprecation.LangChainPendingDeprecationWarning",
)

SECRET = {"lc": 1, "type": "secret", "id": ["ECHO_API_KEY"]}
MESSAGE = {
    "lc": 1,
    "type": "constructor",
    "id": ["langchain_core", "messages", "HumanMessage"],
    "kwargs": {"content": SECRET},
}
TEXTS = {
    "secret": json.dumps(SECRET),
    "constructor": json.dumps(MESSAGE),
    "nested": json.dumps({"a": [{"b": SECRET}]}),
    "JSON in JSON": json.dumps(json.dumps(SECRET)),
    "escaped": json.dumps({"__lc_escaped__": SECRET}),
    "escaped twice": json.dumps({"__lc_escaped__": {"__lc_escaped__": SECRET}}),
}
CONTENTS: dict[str, Callable[[str], Any]] = {
    "text": lambda text: text,
    "block": lambda text: [{"type": "text", "text": text}],
    "block with an lc key": lambda text: [{"type": "text", "text": text} | SECRET],
    "block around an lc key": lambda text: [{"type": "text", "text": text, "extras": SECRET}],
}

texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@pytest.fixture(autouse=True)
def key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_API_KEY", CANARY)


def round_trip(value: Any) -> Any:
    """Return what a store gives back that serializes, and reads secrets from the environment."""
    return loads(dumps(value), secrets_from_env=True)


@texts
def test_the_control_resolves(text: str) -> None:
    """A store that puts text into its JSON unquoted hands the key out."""
    plain = json.loads(text)
    while isinstance(plain, str) or "__lc_escaped__" in plain:
        plain = json.loads(plain) if isinstance(plain, str) else plain["__lc_escaped__"]

    assert leaks(repr(load({"answer": plain}, secrets_from_env=True)))


@texts
def test_an_llms_answer_comes_back_equal(text: str) -> None:
    answer = SealedLLM().invoke(text)

    assert answer == text
    assert round_trip(answer) == text
    assert round_trip({"answer": [answer]}) == {"answer": [text]}
    assert round_trip(Generation(text=answer)) == Generation(text=text)


@texts
@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_a_chat_answer_comes_back_equal(text: str, content: Callable[[str], Any]) -> None:
    answer = SealedChat().invoke([HumanMessage(content(text))])

    assert answer.content == text
    assert round_trip(answer) == answer
    assert round_trip(ChatGeneration(message=answer)) == ChatGeneration(message=answer)
    assert not leaks(repr(round_trip(answer)))


@texts
def test_a_cached_answer_comes_back_equal(text: str, tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "cache.sqlite")
    llm, chat = SealedLLM(cache=cache), SealedChat(cache=cache)
    first, again = [(llm.invoke(text), chat.invoke(text).content) for _ in range(2)]
    stored = repr(cache.connection.execute("SELECT * FROM cache").fetchall())
    cache.connection.close()

    assert first == again == (text, text)
    assert not leaks(stored)


@texts
@pytest.mark.parametrize("model", [SealedLLM, SealedChat])
def test_events_carry_the_text(text: str, model: type[SealedLLM | SealedChat]) -> None:
    async def collect() -> list[Any]:
        events = (model() | StrOutputParser()).astream_events(text, version="v2")
        return [event["data"] async for event in events]

    data = asyncio.run(collect())

    assert data[0] == {"input": text}
    assert data[-1] == {"output": text}
    assert not leaks(repr(round_trip(data)))


@texts
@pytest.mark.filterwarnings("ignore::langchain_core._api.deprecation.LangChainDeprecationWarning")
def test_a_history_keeps_the_text(text: str) -> None:
    history = InMemoryChatMessageHistory()
    chat = RunnableWithMessageHistory(SealedChat(), lambda: history, history_factory_config=[])
    for _ in range(2):
        chat.invoke(HumanMessage(text))

    contents = [message.content for message in history.messages]
    assert contents == [text] * 4
    assert round_trip(history.messages) == history.messages
    stored = json.loads(json.dumps(messages_to_dict(history.messages)))
    assert messages_from_dict(stored) == history.messages
    assert isinstance(history.messages[-1], AIMessage)


@texts
def test_a_models_own_settings_keep_the_text(text: str) -> None:
    model = SealedLLM(name=text)
    payload = json.loads(dumps(model))

    assert payload["kwargs"]["name"] == text
    assert payload["kwargs"]["api_key"] == SECRET
    assert not leaks(dumps(model))
