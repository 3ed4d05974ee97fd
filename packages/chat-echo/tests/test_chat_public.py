from __future__ import annotations

import doctest

from langchain_core.language_models.chat_models import BaseChatModel

import langchain_chat_echo
from langchain_chat_echo import ChatEcho, chat_models


def test_the_public_names_are_these() -> None:
    assert langchain_chat_echo.__all__ == ["ChatEcho", "UnsatisfiableSchemaError", "echo_value"]
    assert all(hasattr(langchain_chat_echo, name) for name in langchain_chat_echo.__all__)


def test_the_settings_are_these() -> None:
    assert sorted(set(ChatEcho.model_fields) - set(BaseChatModel.model_fields)) == [
        "api_key",
        "base_url",
        "chunk_size",
        "error_on_chunk_number",
        "errors",
        "include_stop",
        "max_retries",
        "model_name",
        "n",
        "script",
        "sleep",
        "stop",
        "streaming",
        "temperature",
        "timeout",
    ]


def test_doc_string_examples_run() -> None:
    results = doctest.testmod(chat_models)
    assert results.attempted >= 12
    assert results.failed == 0
