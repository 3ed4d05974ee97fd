from __future__ import annotations

import doctest

from langchain_core.language_models.llms import LLM

import langchain_llm_echo
from langchain_llm_echo import CustomLLM, llms


def test_the_public_names_are_these() -> None:
    assert langchain_llm_echo.__all__ == ["CustomLLM"]
    assert langchain_llm_echo.CustomLLM is llms.CustomLLM


def test_the_settings_are_these() -> None:
    assert sorted(set(CustomLLM.model_fields) - set(LLM.model_fields)) == [
        "api_key",
        "chunk_size",
        "error_on_chunk_number",
        "errors",
        "include_stop",
        "model_name",
        "n",
        "sleep",
        "stop",
    ]


def test_doc_string_examples_run() -> None:
    results = doctest.testmod(llms)
    assert results.attempted >= 7
    assert results.failed == 0
