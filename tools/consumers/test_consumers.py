"""Libraries that ask a model they did not make, each with written replies.

test_scenarios.py has langchain-classic, langgraph-supervisor, langgraph-swarm and deepagents.
"""

# The type checker runs where these libraries are not installed.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from nemoguardrails import LLMRails, RailsConfig
from nemoguardrails.integrations.langchain.llm_adapter import LangChainLLMAdapter
from openevals.llm import create_llm_as_judge
from pydantic import BaseModel, Field
from ragas import SingleTurnSample
from ragas.llms import LangchainLLMWrapper
from ragas.metrics import Faithfulness
from trustcall import create_extractor

from langchain_chat_echo import CallTool, ChatEcho

ADDER: Any = {
    "transport": "stdio",
    "command": sys.executable,
    "args": [str(Path(__file__).parent / "adder.py")],
}


async def test_an_agent_calls_the_tool_of_an_mcp_server_over_stdio() -> None:
    model = ChatEcho(replies=[CallTool("add", a=1, b=2), "It is 3."])
    tools = await MultiServerMCPClient({"adder": ADDER}).get_tools()
    answer = await create_agent(model, tools).ainvoke({"messages": [HumanMessage("1 + 2?")]})
    assert answer["messages"][-1].content == "It is 3."
    assert model.calls[1].messages[-1].text == "3"
    model.assert_complete()


async def test_ragas_asks_for_statements_and_then_for_verdicts() -> None:
    verdicts = [
        {"statement": "Ada drinks tea.", "reason": "said", "verdict": 1},
        {"statement": "Ada drinks rum.", "reason": "not said", "verdict": 0},
    ]
    model = ChatEcho(
        replies=[
            json.dumps({"statements": ["Ada drinks tea.", "Ada drinks rum."]}),
            json.dumps({"statements": verdicts}),
        ]
    )
    sample = SingleTurnSample(
        user_input="What does Ada drink?",
        response="Ada drinks tea and rum.",
        retrieved_contexts=["Ada drinks tea."],
    )
    metric = Faithfulness(llm=LangchainLLMWrapper(model))
    assert await metric.single_turn_ascore(sample) == 0.5
    assert "Ada drinks tea and rum." in model.calls[0].prompt
    assert "Ada drinks rum." in model.calls[1].prompt
    model.assert_complete()


def test_openevals_takes_a_verdict_and_then_another() -> None:
    model = ChatEcho(
        replies=[
            {"reasoning": "as asked", "score": True},
            {"reasoning": "too long", "score": False},
        ]
    )
    judge = create_llm_as_judge(judge=model, prompt="Is this short? {outputs}")
    verdicts = [judge(outputs=text) for text in ("Yes.", "Yes, it is.")]
    assert [verdict["score"] for verdict in verdicts] == [True, False]
    assert [verdict["comment"] for verdict in verdicts] == ["as asked", "too long"]
    assert model.calls[1].prompt == "Is this short? Yes, it is."
    model.assert_complete()


class Person(BaseModel):
    """Somebody."""

    name: str
    age: int = Field(ge=0)


def test_trustcall_asks_for_a_patch_of_what_does_not_validate() -> None:
    patches = [{"op": "replace", "path": "/age", "value": 36}]
    model = ChatEcho(
        replies=[
            CallTool("Person", name="Ada", age=-1),
            CallTool(
                "PatchFunctionErrors", json_doc_id="call_1", planned_edits="age", patches=patches
            ),
        ]
    )
    extractor = create_extractor(model, tools=[Person], tool_choice="Person")
    assert extractor.invoke("Ada is 36.")["responses"] == [Person(name="Ada", age=36)]
    assert "greater than or equal to 0" in model.calls[1].prompt
    model.assert_complete()


RAILS = """
rails:
  input:
    flows: [self check input]
  output:
    flows: [self check output]
prompts:
  - task: self_check_input
    content: "Should the input be blocked? {{ user_input }}"
  - task: self_check_output
    content: "Should the output be blocked? {{ bot_response }}"
"""


@pytest.mark.parametrize(
    ("replies", "answer"),
    [
        (["yes"], "I'm sorry, I can't respond to that."),
        (["no", "Tea.", "no"], "Tea."),
        (["no", "Rum!", "yes"], "I'm sorry, I can't respond to that."),
    ],
    ids=["input blocked", "let through", "output blocked"],
)
async def test_guardrails_check_the_question_and_the_answer(
    replies: list[str], answer: str
) -> None:
    model = ChatEcho(replies=replies)
    rails = LLMRails(RailsConfig.from_content(yaml_content=RAILS), LangChainLLMAdapter(model))
    reply = await rails.generate_async(messages=[{"role": "user", "content": "A drink?"}])
    assert reply == {"role": "assistant", "content": answer}
    assert model.calls[0].prompt == "Should the input be blocked? A drink?"
    model.assert_complete()
