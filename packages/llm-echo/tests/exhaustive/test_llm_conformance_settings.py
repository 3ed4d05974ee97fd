"""LangChain's contributing checklist on `CustomLLM` set up otherwise, and on one that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import test_llm_conformance
from langchain_llm_echo import CustomLLM

if TYPE_CHECKING:
    from langchain_model_parts.calls import Call


class TestCustomLLMExcludingStops(test_llm_conformance.TestCustomLLM):
    llm_params: ClassVar = {"n": 1000, "include_stop": False}
    stop_policy = "exclude"
    distinguishing_params: ClassVar = {"n": 3, "stop": ["e"], "include_stop": True}


class FailingLLM(CustomLLM):
    """`CustomLLM` with a prompt that fails, see https://docs.langchain.com/oss/python/langchain/models.

    The settings of a conformance suite are written to JSON and read again, which a rule of
    `replies` that raises would not survive.

    >>> FailingLLM(n=2).invoke("abc")
    'ab'
    """

    def _reply(self, call: Call, entry: Any) -> str:
        if call.prompt == "fail":
            raise ConnectionError("there is no service to reach")
        return super()._reply(call, entry)


class TestCustomLLMThatFails(test_llm_conformance.TestCustomLLM):
    llm_class = FailingLLM
    error_prompt = "fail"
