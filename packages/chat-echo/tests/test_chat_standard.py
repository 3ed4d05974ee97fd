"""LangChain's own standard suites, with every capability declared and no test overridden."""

from __future__ import annotations

from inspect import signature
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from langchain_core.load import load
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from langchain_chat_echo import ChatEcho

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

VOLATILE = {"metadata", "output_version"}  # the core's own version, and a setting since 1.0


class Serialized:
    """What the suite's snapshot of a dumped model must be, on every langchain-core."""

    def __init__(self, kwargs: dict[str, Any]) -> None:
        self.kwargs = kwargs

    def __call__(self, name: str) -> Serialized:
        assert name == "serialized"
        return self

    def __eq__(self, dumped: object) -> bool:
        assert isinstance(dumped, dict)
        kept = {k: v for k, v in dumped["kwargs"].items() if k not in VOLATILE}
        return (kept, dumped["id"]) == (
            self.kwargs,
            ["langchain_chat_echo", "chat_models", "ChatEcho"],
        )

    __hash__ = None  # type: ignore[assignment] # only compared


class Declared:
    """Every capability that the suites know of."""

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatEcho

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"api_key": "sk-test"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        return {"ECHO_API_KEY": "sk-env"}, {}, {"api_key": "sk-env"}

    has_tool_calling = has_tool_choice = has_structured_output = True
    supports_json_mode = supports_anthropic_inputs = returns_usage_metadata = True
    supports_image_inputs = supports_image_urls = supports_pdf_inputs = True
    supports_audio_inputs = supports_video_inputs = True
    supports_image_tool_message = supports_pdf_tool_message = True
    enable_vcr_tests = supports_model_override = True
    model_override_value = "another-echo"

    @pytest.fixture(autouse=True)
    def no_downloads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hand out bytes for the sample files that the suite downloads."""
        monkeypatch.setattr(httpx, "get", lambda *_, **__: SimpleNamespace(content=b"sample"))
        monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "langchain-chat-echo")


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
class TestUnit(Declared, ChatModelUnitTests):
    @pytest.fixture
    def snapshot(self) -> Serialized:
        return Serialized(
            {
                "stop": [],
                "include_stop": True,
                "chunk_size": 1,
                "api_key": {"lc": 1, "type": "secret", "id": ["ECHO_API_KEY"]},
                "max_tokens": 100,
                "model_name": "echo",
                "temperature": 0.0,
                "timeout": 60,
                "max_retries": 2,
            }
        )

    @pytest.fixture(autouse=True)
    def load_third_party(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the suite's `load` admit our class: it asks for langchain-core's own list only."""
        options: dict[str, Any] = {"valid_namespaces": ["langchain_chat_echo"]}
        if "allowed_objects" in signature(load).parameters:  # 0.3.81, and from 1.2.5
            options["allowed_objects"] = [ChatEcho]
        monkeypatch.setattr(
            "langchain_tests.unit_tests.chat_models.load",
            lambda dumped, **_: load(dumped, secrets_from_env=True, **options),
        )


# The suite times a recorded stream only; there is nothing to record here.
@pytest.mark.filterwarnings("ignore:Benchmark fixture was not used")
class TestFunctionCalling(Declared, ChatModelIntegrationTests):
    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "function_calling"}


@pytest.mark.filterwarnings("ignore:Benchmark fixture was not used")
class TestJsonSchema(Declared, ChatModelIntegrationTests):
    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "json_schema"}


@pytest.mark.filterwarnings("ignore:Benchmark fixture was not used")
class TestJsonMode(Declared, ChatModelIntegrationTests):
    @property
    def structured_output_kwargs(self) -> dict[str, Any]:
        return {"method": "json_mode"}
