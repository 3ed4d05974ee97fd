"""LangChain's contributing checklist, executed on `ChatEcho` with everything declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from langchain_chat_echo import ChatEcho
from langchain_model_conformance import ChatModelConformanceTests

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from langchain_model_parts.calls import Call


class TestChatEcho(ChatModelConformanceTests):
    chat_model_class = ChatEcho
    chat_model_params: ClassVar = {"n": 1000}
    stop_policy = "include"
    distinguishing_params: ClassVar = {
        "n": 3,
        "stop": ["e"],
        "include_stop": False,
        "model": "another",
    }
    secret_params: ClassVar = {"api_key": "ECHO_API_KEY"}
    empty_prompt = ""

    def expected_completion(self, prompt: str) -> str:
        return prompt[:1000]


class TestChatEchoExcludingStops(TestChatEcho):
    chat_model_params: ClassVar = {"n": 1000, "include_stop": False}
    stop_policy = "exclude"
    distinguishing_params: ClassVar = {"n": 3, "include_stop": True}


class FailingChat(ChatEcho):
    """`ChatEcho` with a prompt that fails, see https://python.langchain.com/docs/concepts/chat_models/.

    The settings of a conformance suite are written to JSON and read again, which a rule of
    `replies` that raises would not survive.

    >>> FailingChat(n=2).invoke("abc").content
    'ab'
    """

    def _reply(self, call: Call, entry: Any) -> AIMessage:
        if call.messages[-1].content == "fail":
            raise ConnectionError("there is no service to reach")
        return super()._reply(call, entry)


class TestChatEchoThatFails(TestChatEcho):
    chat_model_class = FailingChat
    error_prompt = "fail"
