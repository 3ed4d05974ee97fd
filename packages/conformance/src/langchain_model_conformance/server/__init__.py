"""A loopback server to test networked models against: it echoes, and misbehaves on demand.

It is made of the standard library alone. Where pytest-socket keeps tests from the network, a test
that uses it is marked `allow_hosts(["127.0.0.1"])`.
"""

from langchain_model_conformance.server._answers import Answer, Finish, StopRule, Tool, ToolCall
from langchain_model_conformance.server._faults import (
    Break,
    Delivery,
    Fault,
    Hang,
    Malformed,
    Refuse,
)
from langchain_model_conformance.server._loopback import (
    EMPTY_PROMPT,
    ERROR_PROMPT,
    PROVIDERS,
    LoopbackServer,
    echo,
)
from langchain_model_conformance.server._wire import (
    NDJSON,
    SSE,
    Request,
    Say,
    Stream,
    Whole,
    Wire,
    json_line,
    last_said,
    sse,
    text_of,
)
from langchain_model_conformance.server.anthropic import AnthropicMessages
from langchain_model_conformance.server.ollama import OllamaChat, OllamaGenerate
from langchain_model_conformance.server.openai import OpenAIChat, OpenAICompletions

__all__ = [
    "EMPTY_PROMPT",
    "ERROR_PROMPT",
    "NDJSON",
    "PROVIDERS",
    "SSE",
    "Answer",
    "AnthropicMessages",
    "Break",
    "Delivery",
    "Fault",
    "Finish",
    "Hang",
    "LoopbackServer",
    "Malformed",
    "OllamaChat",
    "OllamaGenerate",
    "OpenAIChat",
    "OpenAICompletions",
    "Refuse",
    "Request",
    "Say",
    "StopRule",
    "Stream",
    "Tool",
    "ToolCall",
    "Whole",
    "Wire",
    "echo",
    "json_line",
    "last_said",
    "sse",
    "text_of",
]
