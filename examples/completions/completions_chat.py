"""`CompletionsChat`: any server with OpenAI's `/v1/chat/completions`, as a LangChain chat model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, SecretStr

from langchain_model_parts import secret_field
from langchain_model_parts.http import SERVER_SENT_EVENTS, HTTPMixin
from langchain_model_parts.text import Finish, TextChatModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from httpx_sse import ServerSentEvent
    from langchain_core.language_models import LanguageModelInput
    from langchain_core.messages import AIMessage, BaseMessage
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool

    Delta = str | AIMessageChunk | Finish


class CompletionsChat(HTTPMixin, TextChatModel):
    """A model behind the chat endpoint that OpenAI introduced and many servers copy.

    Example:
        ```python
        chat = CompletionsChat(base_url="http://localhost:8000/v1", model="small")
        patient = chat.with_retry(stop_after_attempt=3)
        ```

    See https://platform.openai.com/docs/api-reference/chat for what a server may take.
    """

    provider_stop = "hides"  # "stop" is also what a natural end is called

    model: str
    """The name of the model, as the server knows it."""
    temperature: float | None = Field(default=None, ge=0)
    """How much chance there is in the answer; the server's own if `None`."""
    max_tokens: int | None = Field(default=None, ge=1)
    """How many tokens the answer may have; the server's own if `None`."""
    api_key: SecretStr | None = secret_field("COMPLETIONS_API_KEY")
    """The key, where the server asks for one."""

    def request_headers(self) -> dict[str, str]:
        """Return the header that holds the key."""
        if self.api_key is None:
            return {}
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools that it may call, or must: one by name, or `"any"`."""
        if tool_choice not in {None, "auto", "none", "any", "required"}:
            kwargs["tool_choice"] = {"type": "function", "function": {"name": tool_choice}}
        elif tool_choice is not None:
            kwargs["tool_choice"] = "required" if tool_choice == "any" else tool_choice
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _deltas(
        self, messages: list[BaseMessage], *, stop: tuple[str, ...], **changed: Any
    ) -> Iterator[Delta]:
        body = self._body(messages, stop, **changed)
        return self._post("chat/completions", body, SERVER_SENT_EVENTS, self._read)

    def _adeltas(
        self, messages: list[BaseMessage], *, stop: tuple[str, ...], **changed: Any
    ) -> AsyncIterator[Delta]:
        body = self._body(messages, stop, **changed)
        return self._apost("chat/completions", body, SERVER_SENT_EVENTS, self._read)

    def _body(  # noqa: PLR0913 - what a call may change
        self,
        messages: list[BaseMessage],
        stop: tuple[str, ...],
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
        tools: list[dict[str, Any]] | None = None,
        tool_choice: str | dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        settings = {
            "stop": stop or None,
            "temperature": self.temperature if temperature is None else temperature,
            "max_tokens": self.max_tokens if max_tokens is None else max_tokens,
            "tools": tools,
            "tool_choice": tool_choice,
        }
        return {
            "model": model or self.model,
            "messages": convert_to_openai_messages(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in settings.items() if value is not None},
        }

    @staticmethod
    def _read(event: ServerSentEvent) -> Iterator[Delta]:
        if event.data == "[DONE]":
            return
        data = event.json()
        if usage := data.get("usage"):
            tokens = UsageMetadata(
                input_tokens=usage["prompt_tokens"],
                output_tokens=usage["completion_tokens"],
                total_tokens=usage["total_tokens"],
            )
            yield AIMessageChunk(content="", usage_metadata=tokens)
        for choice in data["choices"]:  # none, in a report of usage
            yield choice["delta"].get("content") or ""
            for call in choice["delta"].get("tool_calls") or []:
                called, (key, at) = call["function"], (call.get("id"), call["index"])
                name, args = called.get("name"), called.get("arguments")
                part = tool_call_chunk(name=name, args=args, id=key, index=at)
                yield AIMessageChunk(content="", tool_call_chunks=[part])
            if reason := choice.get("finish_reason"):  # some servers leave out what is null
                yield Finish(reason, info={"model_name": data["model"]})
