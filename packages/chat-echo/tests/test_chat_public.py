from __future__ import annotations

import doctest

from langchain_core.language_models.chat_models import BaseChatModel

import langchain_chat_echo
from langchain_chat_echo import ChatEcho, chat_models, entries


def test_the_public_names_are_these() -> None:
    assert langchain_chat_echo.__all__ == [
        "ByPrompt",
        "ByTurn",
        "CallTool",
        "ChatEcho",
        "Failure",
        "UnsatisfiableSchemaError",
        "echo_value",
    ]
    assert all(hasattr(langchain_chat_echo, name) for name in langchain_chat_echo.__all__)


def test_the_settings_are_these() -> None:
    assert sorted(set(ChatEcho.model_fields) - set(BaseChatModel.model_fields)) == [
        "allow_unbound_tools",
        "api_key",
        "base_url",
        "calls",
        "chunk_size",
        "include_stop",
        "max_retries",
        "max_tokens",
        "model_name",
        "replies",
        "sleep",
        "stop",
        "streaming",
        "temperature",
        "timeout",
    ]


def test_doc_string_examples_run() -> None:
    for module, examples in ((chat_models, 15), (entries, 1)):
        results = doctest.testmod(module)
        assert results.attempted >= examples
        assert results.failed == 0
