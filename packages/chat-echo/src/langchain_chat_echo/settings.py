"""The settings of `ChatEcho`, beside those that it shares with the other echo."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from langchain_chat_echo.entries import CallTool, problem_with
from langchain_model_parts.echo import EchoSettings


class ChatEchoSettings(EchoSettings):
    """The settings of an echo that is a chat model, checked."""

    model_config = ConfigDict(populate_by_name=True)  # `model_name` beside `model`

    max_tokens: int | None = Field(
        default=None, ge=0, validation_alias=AliasChoices("max_tokens", "n")
    )
    """How many characters (code points) to echo; `None` for all. One token is one character.

    The constructor also takes it as `n`, as `CustomLLM` does.
    """

    model_name: str = Field(default="echo", alias="model")
    """The name to report to callbacks and tracing, and in `response_metadata`; or `model`."""

    allow_unbound_tools: bool = False
    """Whether written replies may call tools that the call does not bind; else they are refused."""

    temperature: float | None = None
    """Reported to tracing; changes no answer."""

    timeout: Any = None
    """Accepted as by a real model; changes nothing."""

    max_retries: int | None = None
    """Accepted as by a real model; changes nothing."""

    base_url: str | None = None
    """Accepted as by a real model; nothing is ever connected to."""

    streaming: bool | None = None
    """Whether `invoke` streams under the hood (langchain-core heeds it from 1.0 on); `False`
    switches streaming off altogether (from 1.3.2 on)."""

    @classmethod
    def _entry_types(cls) -> tuple[type, ...]:
        return (*super()._entry_types(), AIMessage, CallTool, BaseModel, dict, list)

    @classmethod
    def _check_entry(cls, entry: Any, name: str) -> None:
        super()._check_entry(entry, name)
        if problem := problem_with(entry):
            raise ValueError(f"{name} is {entry!r}: {problem}")

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting that changes an answer."""
        params = super()._identifying_params
        params["max_tokens"] = self.max_tokens
        return params
