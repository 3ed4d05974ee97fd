"""`ChatEcho` in the hands of real agents, graphs, caches and histories."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import BaseCache
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.load import dumps, loads
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables.history import RunnableWithMessageHistory
from langchain_core.tools import ToolException, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph
from pydantic import BaseModel

from langchain_chat_echo import CallTool, ChatEcho

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from langchain_core.outputs import Generation

try:
    from langchain.agents import create_agent
    from langchain.agents.middleware import SummarizationMiddleware
    from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
except ImportError:
    create_agent = None  # type: ignore[assignment] # langchain before 1.0
needs_create_agent = pytest.mark.skipif(
    create_agent is None, reason="langchain's create_agent came with langchain 1.0"
)


@tool
def weather(city: str) -> str:
    """Look up the weather."""
    return f"sunny in {city}"


@tool
def clock() -> str:
    """Tell the time."""
    return "noon"


@tool
def broken(city: str) -> str:
    """Fail."""
    raise ToolException(f"no data for {city}")


broken.handle_tool_error = True


class Report(BaseModel):
    """A weather report."""

    city: str
    degrees: int


def run(agent: Any, text: str = "Paris, 21 degrees") -> list[Any]:
    return list(agent.invoke({"messages": [HumanMessage(text)]})["messages"])


def kinds(messages: list[Any]) -> list[str]:
    return [message.type for message in messages]


@needs_create_agent
def test_an_agent_calls_its_tool_and_answers_with_the_result() -> None:
    messages = run(create_agent(ChatEcho(), [weather]), "Paris")
    assert kinds(messages) == ["human", "ai", "tool", "ai"]
    assert messages[-1].content == "sunny in Paris"
    assert len({message.id for message in messages}) == 4


@needs_create_agent
def test_an_agent_calls_two_tools_side_by_side() -> None:
    messages = run(create_agent(ChatEcho(), [weather, clock]), "Paris")
    assert kinds(messages) == ["human", "ai", "tool", "tool", "ai"]
    assert messages[-1].content == "sunny in Paris\nnoon"


@needs_create_agent
def test_an_agent_sees_a_tool_fail() -> None:
    messages = run(create_agent(ChatEcho(), [broken]), "Paris")
    assert [message.status for message in messages if message.type == "tool"] == ["error"]
    assert messages[-1].content == "no data for Paris"


@needs_create_agent
@pytest.mark.parametrize("tools", [[], [weather]], ids=["no tools", "a tool"])
@pytest.mark.parametrize("strategy", ["tool", "provider"])
def test_an_agent_gives_a_structured_response(strategy: str, tools: list[Any]) -> None:
    response_format: Any = ToolStrategy(Report) if strategy == "tool" else ProviderStrategy(Report)
    agent = create_agent(ChatEcho(), tools, response_format=response_format)
    answer = agent.invoke({"messages": [HumanMessage("Paris, 21 degrees")]})
    assert answer["structured_response"] == Report(city="Paris, 21 degrees", degrees=21)


@needs_create_agent
@pytest.mark.parametrize("tools", [[], [weather]], ids=["no tools", "a tool"])
@pytest.mark.parametrize("strategy", ["tool", "provider", "auto"])
@pytest.mark.parametrize("entry", [Report(city="Rome", degrees=1), {"city": "Rome", "degrees": 1}])
def test_an_agents_structured_response_can_be_written_down(
    strategy: str, tools: list[Any], entry: Any
) -> None:
    kinds: dict[str, Any] = {
        "tool": ToolStrategy,
        "provider": ProviderStrategy,
        "auto": lambda x: x,
    }
    model = ChatEcho(replies=[*(CallTool("weather", city="Rome") for _ in tools), entry])
    agent = create_agent(model, tools, response_format=kinds[strategy](Report))
    answer = agent.invoke({"messages": [HumanMessage("hi")]})
    assert answer["structured_response"] == Report(city="Rome", degrees=1)
    model.assert_complete()


@needs_create_agent
@pytest.mark.skipif("profile" not in ChatEcho.model_fields, reason="came with core 1.1")
def test_summarization_by_fraction_knows_the_models_window() -> None:
    model = ChatEcho(replies=["short", "done"], profile={"max_input_tokens": 100})
    middleware = SummarizationMiddleware(model, trigger=("fraction", 0.5), keep=("messages", 1))
    agent: Any = create_agent(model, [], middleware=[middleware])
    history = [HumanMessage("a" * 90), AIMessage("b" * 90), HumanMessage("and now?")]
    answer = agent.invoke({"messages": history})
    assert answer["messages"][-1].content == "done"
    assert "short" in model.calls[1].prompt
    assert "a" * 90 not in model.calls[1].prompt
    SummarizationMiddleware(ChatEcho(), trigger=("fraction", 0.5))  # raises without a profile


@needs_create_agent
def test_an_agent_follows_three_written_replies() -> None:
    model = ChatEcho(
        replies=[CallTool("weather", city="Oslo"), CallTool("clock"), "Sunny, at noon."]
    )
    messages = run(create_agent(model, [weather, clock]))
    assert [m.content for m in messages if m.type == "tool"] == ["sunny in Oslo", "noon"]
    assert messages[-1].content == "Sunny, at noon."
    assert [call.messages[-1].content for call in model.calls][1:] == ["sunny in Oslo", "noon"]
    model.assert_complete()


@needs_create_agent
def test_an_agent_streams() -> None:
    agent: Any = create_agent(ChatEcho(chunk_size=6), [weather])
    chunks = [
        chunk
        for chunk, _ in agent.stream({"messages": [HumanMessage("Rome")]}, stream_mode="messages")
        if chunk.type == "AIMessageChunk"
    ]
    assert "".join(c.content for c in chunks) == "sunny in Rome"
    args = [part["args"] for c in chunks for part in c.tool_call_chunks]
    assert "".join(filter(None, args)) == '{"city": "Rome"}'


def test_a_graph_with_a_checkpointer_keeps_every_message() -> None:
    model = ChatEcho()
    graph = StateGraph(MessagesState)
    graph.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    graph.add_edge(START, "model")
    app = graph.compile(checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    for text in ("one", "one", "two"):
        state = app.invoke({"messages": [HumanMessage(text)]}, config)
    contents = [message.content for message in state["messages"]]
    assert contents == ["one", "one", "one", "one", "two", "two"]
    assert len({message.id for message in state["messages"]}) == 6


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_retries_and_fallbacks_are_driven_by_written_errors(*, asynchronous: bool) -> None:
    def ask(model: Any) -> str:
        reply = asyncio.run(model.ainvoke("hi")) if asynchronous else model.invoke("hi")
        return str(reply.content)

    replies: list[Any] = [TimeoutError(), ConnectionError(), ...]
    patient = ChatEcho(replies=replies).with_retry(wait_exponential_jitter=False)
    assert ask(patient) == "hi"
    impatient = ChatEcho(replies=replies).with_retry(
        wait_exponential_jitter=False, stop_after_attempt=2
    )
    with pytest.raises(ConnectionError):
        ask(impatient)
    assert ask(ChatEcho(replies=replies).with_fallbacks([ChatEcho(max_tokens=1)])) == "h"


async def collected(stream: Any) -> list[Any]:
    return [event async for event in stream]


def test_events_v2_hold_each_chunk_and_the_whole() -> None:
    events = asyncio.run(collected(ChatEcho().astream_events("ab", version="v2")))
    assert [event["event"] for event in events] == [
        "on_chat_model_start",
        "on_chat_model_stream",
        "on_chat_model_stream",
        "on_chat_model_end",
    ]
    assert events[-1]["data"]["output"].content == "ab"


@pytest.mark.skipif(
    not hasattr(ChatEcho, "stream_events"), reason="event version 3 came with langchain-core 1.4"
)
@pytest.mark.filterwarnings("ignore:.* is in beta")
def test_events_v3_hold_the_text_and_the_tool_call() -> None:
    async def streamed(model: Any) -> Any:
        stream = await model.astream_events("Rome", version="v3")
        events = [event async for event in stream]
        return events, await stream.output

    _, message = asyncio.run(streamed(ChatEcho()))
    assert message.text == "Rome"
    events, message = asyncio.run(streamed(ChatEcho().bind_tools([weather])))
    assert message.tool_calls[0]["args"] == {"city": "Rome"}
    assert len(events) > 4


class SQLiteCache(BaseCache):
    """A cache in a file."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute("CREATE TABLE answers (key TEXT PRIMARY KEY, answer TEXT)")

    def lookup(self, prompt: str, llm_string: str) -> Sequence[Generation] | None:
        query = "SELECT answer FROM answers WHERE key = ?"
        row = self.connection.execute(query, (prompt + llm_string,)).fetchone()
        return None if row is None else [loads(row[0])]

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        row = (prompt + llm_string, dumps(return_val[0]))
        self.connection.execute("INSERT INTO answers VALUES (?, ?)", row)

    def clear(self, **_: Any) -> None:
        self.connection.execute("DELETE FROM answers")


@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
@pytest.mark.filterwarnings("ignore:.*allowed_objects")
def test_a_sqlite_cache_gives_back_text_tool_calls_and_usage(tmp_path: Path) -> None:
    cache = SQLiteCache(tmp_path / "cache.db")
    model = ChatEcho(cache=cache).bind_tools([weather])
    first, second = (model.invoke("Rome") for _ in range(2))
    assert second.tool_calls == first.tool_calls
    assert second.usage_metadata is not None
    assert first.usage_metadata is not None
    assert second.usage_metadata["input_tokens"] == first.usage_metadata["input_tokens"]
    assert len(cache.connection.execute("SELECT * FROM answers").fetchall()) == 1
    assert model.invoke("Rome", stop=["x"]).tool_calls == first.tool_calls
    assert len(cache.connection.execute("SELECT * FROM answers").fetchall()) == 2
    cache.connection.close()


@pytest.mark.filterwarnings("ignore:.*deprecated")
def test_a_history_grows_by_question_and_answer() -> None:
    history = InMemoryChatMessageHistory()
    chat = RunnableWithMessageHistory(ChatEcho(), lambda: history, history_factory_config=[])
    assert chat.invoke([HumanMessage("one")]).content == "one"
    assert chat.invoke([HumanMessage("two")]).content == "two"
    assert [message.content for message in history.messages] == ["one", "one", "two", "two"]


def test_an_agent_loop_of_ones_own_always_ends() -> None:
    model = ChatEcho().bind_tools([weather, clock])
    messages: list[Any] = [HumanMessage("go")]
    for _ in range(3):
        reply = model.invoke(messages)
        messages.append(reply)
        messages += [ToolMessage("ok", tool_call_id=call["id"] or "") for call in reply.tool_calls]
        if not reply.tool_calls:
            break
    assert kinds(messages) == ["human", "ai", "tool", "tool", "ai"]
