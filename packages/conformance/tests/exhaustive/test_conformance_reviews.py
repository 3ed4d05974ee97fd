"""Reviews: the how-to page's class and langchain-core's own fakes, with their known defects.

Each entry of `expected_failures` is a strict expected failure: it fails when the defect is gone.
"""

from __future__ import annotations

import itertools
from typing import Any

from langchain_core.language_models import (
    FakeListChatModel,
    FakeListLLM,
    GenericFakeChatModel,
    ParrotFakeChatModel,
)
from langchain_core.language_models.fake import FakeStreamingListLLM
from langchain_core.messages import AIMessage

from howto_llm import CustomLLM
from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests

SIX = ("invoke", "ainvoke", "batch", "abatch", "stream", "astream")
ANSWER = "Always the same (short) answer, with 14 words or so in it: bye."


def on(check: str, paths: tuple[str, ...], reason: str) -> dict[str, str]:
    """Return the expected failures of one check on some paths."""
    return {f"{check}[{path}]": reason for path in paths}


class TestHowToPage(LLMConformanceTests):
    """The page ends in a checklist; its own class does not pass it."""

    llm_class = CustomLLM
    llm_params = {"n": 1000}  # noqa: RUF012  # as users write it
    stop_policy = "unsupported"  # `_call` raises on a stop
    distinguishing_params = {"n": 3}  # noqa: RUF012  # as users write it
    empty_prompt = ""
    expected_failures = {  # noqa: RUF012  # as users write it
        "docstring_example": "the example builds CustomChatModel, the class of another page",
        "docstring_example_runs": "there is no CustomChatModel",
        "identifying_params_distinguish": "n is left out, though it changes every answer",
        "cache_not_crossing": "so a model with n=3 is served the answer of one with n=1000",
        "langsmith_model_name": "the name is where tracing does not look",
        **on("empty_answer", ("stream", "astream"), "no chunk for an empty prompt: core raises"),
        **on(
            "stop_unsupported_raises", ("stream", "astream"), "_call raises, _stream ignores stop"
        ),
        **on(
            "stop_none_and_empty_alike",
            ("invoke", "ainvoke", "batch", "abatch"),
            "`stop is not None` refuses an empty list too",
        ),
    }

    def expected_completion(self, prompt: str) -> str:
        return prompt[:1000]


class TestFakeListLLM(LLMConformanceTests):
    """Core's fake for string models."""

    llm_class: Any = FakeListLLM
    llm_params = {"responses": [ANSWER]}  # noqa: RUF012  # as users write it
    stop_policy = "unsupported"
    distinguishing_params = {"responses": ["another"]}  # noqa: RUF012  # as users write it
    expected_failures = {  # noqa: RUF012  # as users write it
        "docstring_example": "none is shown",
        "langsmith_model_name": "it has no name",
        **on("stop_unsupported_raises", SIX, "stop is accepted and ignored"),
    }

    def expected_completion(self, prompt: str) -> str:
        del prompt
        return ANSWER


class TestFakeStreamingListLLM(TestFakeListLLM):
    """Core's streaming fake: it overrides `stream` itself, so `_stream` is not judged."""

    llm_class = FakeStreamingListLLM


class TestFakeListChatModel(ChatModelConformanceTests):
    """Core's fake for chat models."""

    chat_model_class = FakeListChatModel
    chat_model_params = {"responses": [ANSWER]}  # noqa: RUF012  # as users write it
    stop_policy = "unsupported"
    distinguishing_params = {"responses": ["another"]}  # noqa: RUF012  # as users write it
    expected_failures = {  # noqa: RUF012  # as users write it
        "docstring_example": "none is shown",
        **on("stop_unsupported_raises", SIX, "stop is accepted and ignored"),
        **on("run_manager_token_once", ("stream", "astream"), "the run manager is not used"),
    }

    def expected_completion(self, prompt: str) -> str:
        del prompt
        return ANSWER


class TestGenericFakeChatModel(ChatModelConformanceTests):
    """Core's fake that hands out the messages it is given."""

    chat_model_class = GenericFakeChatModel
    stop_policy = "unsupported"
    expected_failures = {  # noqa: RUF012  # as users write it
        "docstring_example": "none is shown",
        **on("answers_are_new", SIX[:4], "the message that was passed in is the answer"),
        **on("stop_unsupported_raises", SIX, "stop is accepted and ignored"),
    }

    @property
    def chat_model_params(self) -> dict[str, Any]:  # type: ignore[override]  # an iterator for each
        return {"messages": itertools.repeat(AIMessage(ANSWER))}

    def expected_completion(self, prompt: str) -> str:
        del prompt
        return ANSWER


class TestParrotFakeChatModel(ChatModelConformanceTests):
    """Core's echo: it returns the very message object that it was asked with."""

    chat_model_class = ParrotFakeChatModel
    stop_policy = "unsupported"
    empty_prompt = ""
    expected_failures = {  # noqa: RUF012  # as users write it
        "docstring_example": "none is shown",
        **on("answers_are_new", SIX, "the question itself is the answer"),
        **on("messages_unchanged", SIX, "so core writes its metadata into the caller's message"),
        **on("stop_unsupported_raises", SIX, "stop is accepted and ignored"),
    }

    def expected_completion(self, prompt: str) -> str:
        return prompt
