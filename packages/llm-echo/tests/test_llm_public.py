from __future__ import annotations

import doctest

import langchain_llm_echo
from langchain_llm_echo import CustomLLM, llms


def test_the_public_names_are_these() -> None:
    assert langchain_llm_echo.__all__ == ["CustomLLM"]
    assert langchain_llm_echo.CustomLLM is llms.CustomLLM


def test_the_settings_are_these() -> None:
    inherited = set(CustomLLM.__mro__[1].model_fields)  # type: ignore[attr-defined]
    assert sorted(set(CustomLLM.model_fields) - inherited) == [
        "api_key",
        "chunk_size",
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
