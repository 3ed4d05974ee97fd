"""The example integrations, judged by the conformance suites and LangChain's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from httpx_sse import ServerSentEvent
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests
from langchain_model_conformance.server import (
    EMPTY_PROMPT,
    ERROR_PROMPT,
    NDJSON,
    LoopbackServer,
    OpenAIChat,
    OpenAICompletions,
    Request,
    Say,
    Stream,
    Whole,
    Wire,
    json_line,
)
from langchain_model_parts.text import Finish

EXAMPLES = Path(__file__).parents[1]
sys.path += [str(EXAMPLES), str(EXAMPLES / "completions")]
from completions_chat import CompletionsChat  # noqa: E402 - found through the line above
from completions_llm import CompletionsLLM  # noqa: E402 - likewise
from inhouse_llm import InhouseLLM  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from langchain_core.language_models import BaseChatModel

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


class InhouseWire(Wire):
    path = "/v2/generate"
    key_headers = ("x-key",)

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        body = request.body
        answer = say(body["inputs"], body.get("halt"), limit=body["limit"])
        why = {"stop": "halt"}.get(answer.finish, answer.finish)
        lines = [{"t": piece} for piece in answer.pieces]
        return Stream(map(json_line, [*lines, {"done": True, "why": why}]), NDJSON)

    def error(self, status: int, message: str) -> Any:
        del status
        return {"err": message}


# It writes single bytes, so that events and characters are split; stops straddle its pieces.
SERVER = LoopbackServer(
    OpenAIChat(), OpenAICompletions(), InhouseWire(), write_size=1, piece_size=8
)


@pytest.fixture(scope="module", autouse=True)
def running() -> Iterator[None]:
    with SERVER:
        yield


class Echoing:
    """What the suites are told of all three models: they echo what they are asked."""

    stop_policy: Any = "include"
    empty_prompt: str | None = EMPTY_PROMPT
    error_prompt: str | None = ERROR_PROMPT

    def expected_completion(self, prompt: str) -> str | None:
        return prompt


@pytest.mark.parametrize(
    ("model", "choices", "finish"),
    [
        (CompletionsLLM, ['{"text": "Hi"}', '{"finish_reason": "length"}'], Finish("length")),
        (
            CompletionsChat,
            ['{"delta": {"content": "Hi"}}', '{"delta": {}, "finish_reason": "length"}'],
            Finish("length", info={"model_name": "small"}),
        ),
    ],
    ids=["llm", "chat"],
)
def test_an_event_may_leave_out_what_is_null(
    model: type[CompletionsLLM | CompletionsChat], choices: list[str], finish: Finish
) -> None:
    """LiteLLM's proxy leaves it out, as docs/real-servers.md shows."""
    events = [ServerSentEvent(data=f'{{"model": "small", "choices": [{one}]}}') for one in choices]
    deltas = [delta for event in events for delta in model._read(event)]
    assert [*filter(None, deltas)] == ["Hi", finish]


class TestCompletionsLLM(Echoing, LLMConformanceTests):
    llm_class = CompletionsLLM
    distinguishing_params: ClassVar = {"model": "big", "temperature": 0.5, "max_tokens": 5}
    secret_params: ClassVar = {"api_key": "COMPLETIONS_API_KEY"}

    @property
    def llm_params(self) -> Mapping[str, Any]:  # type: ignore[override] # known when it runs
        return {"base_url": f"{SERVER.url}/v1", "model": "small"}


class TestInhouseLLM(Echoing, LLMConformanceTests):
    llm_class = InhouseLLM
    distinguishing_params: ClassVar = {"limit": 5}
    secret_params: ClassVar = {"api_key": "INHOUSE_KEY"}

    @property
    def llm_params(self) -> Mapping[str, Any]:  # type: ignore[override] # as above
        return {"base_url": SERVER.url}


class TestCompletionsChat(Echoing, ChatModelConformanceTests):
    chat_model_class = CompletionsChat
    distinguishing_params: ClassVar = {"model": "big", "temperature": 0.5, "max_tokens": 5}
    secret_params: ClassVar = {"api_key": "COMPLETIONS_API_KEY"}

    @property
    def chat_model_params(self) -> Mapping[str, Any]:  # type: ignore[override] # as above
        return {"base_url": f"{SERVER.url}/v1", "model": "small"}


class TestCompletionsChatStandard(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return CompletionsChat

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"base_url": f"{SERVER.url}/v1", "model": "small"}

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        settings = super().standard_chat_model_params
        return {name: value for name, value in settings.items() if name != "max_retries"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"COMPLETIONS_API_KEY": "a key"}, self.chat_model_params, {"api_key": "a key"}
