"""The eleven applications that ask one model several different things: each call gets its reply."""

# The type checker runs where these libraries are not installed.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from typing import Any

from deepagents import create_deep_agent
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_classic.agents import (
    AgentExecutor,
    create_react_agent,
    create_structured_chat_agent,
)
from langchain_classic.chains import (
    ConversationChain,
    create_history_aware_retriever,
    create_retrieval_chain,
)
from langchain_classic.chains.combine_documents import create_stuff_documents_chain
from langchain_classic.chains.summarize import load_summarize_chain
from langchain_classic.memory import ConversationSummaryMemory
from langchain_classic.output_parsers import OutputFixingParser
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.output_parsers import JsonOutputParser
from langchain_core.prompts import ChatPromptTemplate, PromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph_supervisor import create_supervisor
from langgraph_swarm import create_handoff_tool, create_swarm

from langchain_chat_echo import CallTool, ChatEcho
from langchain_llm_echo import CustomLLM

REACT = PromptTemplate.from_template("{tools} {tool_names}\nQuestion: {input}\n{agent_scratchpad}")
STRUCTURED = ChatPromptTemplate.from_messages(
    [("system", "{tools} {tool_names}"), ("human", "{input}\n{agent_scratchpad}")]
)


@tool
def weather(city: str) -> str:
    """Look up the weather."""
    return f"sunny in {city}"


def contents(answer: Any) -> list[str]:
    """Return the texts of an agent's messages, without those that only call tools."""
    return [message.content for message in answer["messages"] if message.content]


def test_conversational_retrieval_asks_for_the_question_and_then_for_the_answer() -> None:
    model = ChatEcho(replies=["What does Ada like?", "Ada likes tea."])
    searched: list[str] = []

    def search(query: str) -> list[Document]:
        searched.append(query)
        return [Document("Ada drinks tea.")]

    rephrase = ChatPromptTemplate.from_messages(
        [("system", "Rephrase."), ("placeholder", "{chat_history}"), ("human", "{input}")]
    )
    answer = ChatPromptTemplate.from_messages([("system", "{context}"), ("human", "{input}")])
    chain = create_retrieval_chain(
        create_history_aware_retriever(model, RunnableLambda(search), rephrase),
        create_stuff_documents_chain(model, answer),
    )
    history = [HumanMessage("Who is Ada?"), AIMessage("A programmer.")]
    result = chain.invoke({"input": "What does she like?", "chat_history": history})
    assert searched == ["What does Ada like?"]
    assert result["answer"] == "Ada likes tea."
    assert "Ada drinks tea." in model.calls[1].prompt
    model.assert_complete()


def test_map_reduce_asks_for_each_document_and_then_for_all() -> None:
    model = ChatEcho(replies=["tea", "coffee", "Drinks."])
    chain = load_summarize_chain(model, chain_type="map_reduce")
    documents = [Document("About tea."), Document("About coffee.")]
    assert chain.invoke({"input_documents": documents})["output_text"] == "Drinks."
    assert "About tea." in model.calls[0].prompt
    assert "About coffee." in model.calls[1].prompt
    assert "tea\n\ncoffee" in model.calls[2].prompt
    model.assert_complete()


def test_summary_memory_asks_for_a_summary_after_each_answer() -> None:
    model = ChatEcho(replies=["Hello Ada.", "Ada said hi.", "Ada.", "Ada asked her name."])
    memory = ConversationSummaryMemory(llm=model)
    chain = ConversationChain(llm=model, memory=memory)
    assert chain.invoke("Hi, I am Ada.")["response"] == "Hello Ada."
    assert memory.buffer == "Ada said hi."
    assert chain.invoke("What is my name?")["response"] == "Ada."
    assert memory.buffer == "Ada asked her name."
    assert "Ada said hi." in model.calls[2].prompt
    model.assert_complete()


def test_a_string_react_agent_calls_its_tool_and_answers() -> None:
    model = ChatEcho(
        replies=[
            "Thought: look it up\nAction: weather\nAction Input: Oslo",
            "Thought: I know\nFinal Answer: Sunny.",
        ]
    )
    agent = AgentExecutor(agent=create_react_agent(model, [weather], REACT), tools=[weather])
    assert agent.invoke({"input": "Oslo?"})["output"] == "Sunny."
    assert model.calls[0].stop == ["\nObservation"]
    assert "Observation: sunny in Oslo" in model.calls[1].prompt
    model.assert_complete()


def test_a_structured_chat_agent_calls_its_tool_and_answers() -> None:
    model = ChatEcho(
        replies=[
            '{"action": "weather", "action_input": {"city": "Oslo"}}',
            '{"action": "Final Answer", "action_input": "Sunny."}',
        ]
    )
    agent = create_structured_chat_agent(model, [weather], STRUCTURED)
    executor = AgentExecutor(agent=agent, tools=[weather])
    assert executor.invoke({"input": "Oslo?"})["output"] == "Sunny."
    assert "Observation: sunny in Oslo" in model.calls[1].prompt
    model.assert_complete()


def test_a_react_agent_runs_on_the_string_llm() -> None:
    llm = CustomLLM(
        replies=[
            "Thought: look it up\nAction: weather\nAction Input: Oslo",
            "Thought: I know\nFinal Answer: Sunny.",
        ]
    )
    agent = AgentExecutor(agent=create_react_agent(llm, [weather], REACT), tools=[weather])
    assert agent.invoke({"input": "Oslo?"})["output"] == "Sunny."
    assert "Observation: sunny in Oslo" in llm.calls[1].prompt
    llm.assert_complete()


def test_output_fixing_asks_again_with_the_output_that_does_not_parse() -> None:
    model = ChatEcho(replies=["city: Oslo", '{"city": "Oslo"}'])
    fixing = OutputFixingParser.from_llm(model, JsonOutputParser())
    assert (model | fixing).invoke("Where?") == {"city": "Oslo"}
    assert model.calls[0].prompt == "Where?"
    assert "city: Oslo" in model.calls[1].prompt
    model.assert_complete()


def test_a_supervisor_and_its_agent_share_one_model() -> None:
    model = ChatEcho(
        replies=[
            CallTool("transfer_to_reporter"),
            CallTool("weather", city="Oslo"),
            CallTool("weather", city="Rome"),
            "It is sunny in Oslo and Rome.",
            "Sunny.",
        ]
    )
    reporter = create_agent(model, [weather], name="reporter")
    app = create_supervisor([reporter], model=model).compile()
    answer = app.invoke({"messages": [HumanMessage("Oslo and Rome?")]})
    assert "It is sunny in Oslo and Rome." in contents(answer)
    assert contents(answer)[-1] == "Sunny."
    assert model.calls[2].messages[-1].content == "sunny in Oslo"
    assert model.calls[3].messages[-1].content == "sunny in Rome"
    model.assert_complete()


def test_the_agents_of_a_swarm_share_one_model() -> None:
    model = ChatEcho(
        replies=[CallTool("transfer_to_bob"), "I am Bob.", "Still Bob.", "I am Alice."]
    )
    to = {name: create_handoff_tool(agent_name=name) for name in ("alice", "bob")}
    alice = create_agent(model, [to["bob"]], name="alice")
    bob = create_agent(model, [to["alice"], weather], name="bob")
    swarm = create_swarm([alice, bob], default_active_agent="alice")
    app = swarm.compile(checkpointer=InMemorySaver())

    def ask(text: str, thread: str) -> str:
        config: Any = {"configurable": {"thread_id": thread}}
        return contents(app.invoke({"messages": [HumanMessage(text)]}, config))[-1]

    assert ask("Get me Bob.", "1") == "I am Bob."
    assert ask("Who is it?", "1") == "Still Bob."
    assert ask("Who is it?", "2") == "I am Alice."
    assert [len(call.tools) for call in model.calls] == [1, 2, 2, 1]
    model.assert_complete()


def test_a_deep_agent_and_its_subagent_share_one_model() -> None:
    model = ChatEcho(
        replies=[
            CallTool("task", description="Weather in Oslo", subagent_type="reporter"),
            CallTool("weather", city="Oslo"),
            "It is sunny in Oslo.",
            "Sunny.",
        ]
    )
    reporter: Any = {
        "name": "reporter",
        "description": "Reports the weather.",
        "system_prompt": "You report the weather.",
        "tools": [weather],
    }
    agent = create_deep_agent(model, subagents=[reporter])
    answer = agent.invoke({"messages": [HumanMessage("Oslo?")]})
    assert contents(answer) == ["Oslo?", "It is sunny in Oslo.", "Sunny."]
    assert "You report the weather." in model.calls[1].prompt
    assert model.calls[2].messages[-1].content == "sunny in Oslo"
    model.assert_complete()


def test_summarization_middleware_asks_for_a_summary_and_then_for_the_answer() -> None:
    model = ChatEcho(replies=["Tea was discussed.", "Coffee."])
    middleware = SummarizationMiddleware(model, trigger=("messages", 3), keep=("messages", 1))
    agent: Any = create_agent(model, [], middleware=[middleware])
    history = [HumanMessage("Tea?"), AIMessage("Yes."), HumanMessage("And now?")]
    answer = agent.invoke({"messages": history})
    assert contents(answer)[-1] == "Coffee."
    assert "Tea?" in model.calls[0].prompt
    assert "Tea was discussed." in model.calls[1].prompt
    assert "Tea?" not in model.calls[1].prompt
    model.assert_complete()
