"""LangChain's contributing checklist, executed on `CustomLLM` with everything declared."""

from __future__ import annotations

from typing import ClassVar

from langchain_llm_echo import CustomLLM
from langchain_model_conformance import LLMConformanceTests


class TestCustomLLM(LLMConformanceTests):
    llm_class = CustomLLM
    llm_params: ClassVar = {"n": 1000}
    stop_policy = "include"
    distinguishing_params: ClassVar = {"n": 3, "stop": ["e"], "include_stop": False}
    secret_params: ClassVar = {"api_key": "ECHO_API_KEY"}
    empty_prompt = ""
    default_stop_param = "stop"

    def expected_completion(self, prompt: str) -> str:
        return prompt[:1000]
