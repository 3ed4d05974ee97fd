from __future__ import annotations

import doctest

from langchain_core.language_models.llms import LLM

import langchain_llm_echo
from langchain_llm_echo import CustomLLM, llms


def test_the_public_names_are_these() -> None:
    assert langchain_llm_echo.__all__ == ["ByPrompt", "CustomLLM", "Failure"]
    assert langchain_llm_echo.CustomLLM is llms.CustomLLM


def test_the_settings_are_these() -> None:
    assert sorted(set(CustomLLM.model_fields) - set(LLM.model_fields)) == [
        "api_key",
        "calls",
        "chunk_size",
        "include_stop",
        "model_name",
        "n",
        "replies",
        "sleep",
        "stop",
    ]


def test_doc_string_examples_run() -> None:
    results = doctest.testmod(llms)
    assert results.attempted >= 7
    assert results.failed == 0
