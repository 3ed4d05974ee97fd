"""LangChain's contributing checklist, executed on `ChatEcho` with everything declared."""

from __future__ import annotations

from typing import ClassVar

from langchain_chat_echo import ChatEcho
from langchain_model_conformance import ChatModelConformanceTests


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
    default_stop_param = "stop"

    def expected_completion(self, prompt: str) -> str:
        return prompt[:1000]
