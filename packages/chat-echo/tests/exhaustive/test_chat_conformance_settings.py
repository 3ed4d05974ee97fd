"""LangChain's contributing checklist on `ChatEcho` set up otherwise, and on one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import test_chat_conformance
from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from langchain_model_parts.calls import Call


class TestChatEchoExcludingStops(test_chat_conformance.TestChatEcho):
    chat_model_params: ClassVar = {"n": 1000, "include_stop": False}
    stop_policy = "exclude"
    distinguishing_params: ClassVar = {"n": 3, "include_stop": True}


class FailingChat(ChatEcho):
    """`ChatEcho` with a prompt that fails, see https://docs.langchain.com/oss/python/langchain/models.

    The settings of a conformance suite are written to JSON and read again, which a rule of
    `replies` that raises would not survive.

    >>> FailingChat(n=2).invoke("abc").content
    'ab'
    """

    def _reply(self, call: Call, entry: Any) -> AIMessage:
        if call.messages[-1].content == "fail":
            raise ConnectionError("there is no service to reach")
        return super()._reply(call, entry)


class TestChatEchoThatFails(test_chat_conformance.TestChatEcho):
    chat_model_class = FailingChat
    error_prompt = "fail"
