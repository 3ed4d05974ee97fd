"""`ChatEcho`, a chat model that echoes what it was last told.

`ChatEcho._reply` decides the whole answer: an echo, by the pure functions of `reply`, or a written
entry, by those of `entries`. Everything below it adapts that to LangChain's paths: `_generate` and
`_agenerate`, `_stream` and `_astream`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import model_validator

from langchain_chat_echo.chunks import chunks_of
from langchain_chat_echo.entries import as_written, fields_of, refuse_unbound
from langchain_chat_echo.reply import counted, echo, number
from langchain_chat_echo.settings import ChatEchoSettings
from langchain_chat_echo.structured import structured_output
from langchain_chat_echo.tool_schemas import openai_tool
from langchain_model_parts.calls import Call
from langchain_model_parts.echo import heed_overriding

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models.base import LangSmithParams, LanguageModelInput
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatGenerationChunk
    from langchain_core.runnables import Runnable
    from langchain_core.tools import BaseTool
    from pydantic import BaseModel
    from typing_extensions import Self

PROFILE: Any = {  # `ModelProfile` came with langchain-core 1.1
    "max_input_tokens": 128_000,
    "tool_calling": True,
    "tool_choice": True,
    "structured_output": True,
}
"""The default `profile`: what LangChain's agents and middleware are told of the model."""


class ChatEcho(ChatEchoSettings, BaseChatModel):
    r"""An offline, deterministic chat model that echoes what it was last told.

    It stands in for a real model in the tests of agents, chains and streaming interfaces: it calls
    tools, gives structured output, gives written replies, records its calls, counts tokens and
    streams all of that.

    Text is echoed from the last message, whatever its role, cut at `max_tokens`, then at the first
    completed stop. Tool arguments and structured output are the text of the last human message,
    cast into the JSON schema. With `replies`, the calls use up written replies instead.

    Setup:
        `pip install ./packages/shared ./packages/chat-echo` in a checkout. Once it is published,
        `pip install langchain-chat-echo` will do. No key is needed. To see how a model handles one,
        set `ECHO_API_KEY` or pass `api_key`.

    Async:
        `ainvoke`, `astream`, `abatch` answer the same, natively: no thread is used.

    Examples:
        Instantiate:

        >>> from langchain_chat_echo import CallTool, ChatEcho
        >>> model = ChatEcho()

        Invoke:

        >>> model.invoke("hello").content
        'hello'

        Stream:

        >>> [chunk.content for chunk in model.stream("hello", max_tokens=3)]
        ['h', 'e', 'l']

        Tool calling:

        >>> def add(a: int, b: int) -> int:
        ...     "Add two numbers."
        ...     return a + b
        >>> model.bind_tools([add]).invoke("What is 1 plus 2?").tool_calls
        [{'name': 'add', 'args': {'a': 1, 'b': 2}, 'id': 'call_1', 'type': 'tool_call'}]

        Structured output:

        >>> from pydantic import BaseModel
        >>> class Weather(BaseModel):
        ...     "The weather."
        ...     degrees: int
        >>> model.with_structured_output(Weather).invoke("It has 21 degrees.")
        Weather(degrees=21)

        Replies:

        >>> adder = ChatEcho(replies=[CallTool("add", a=1, b=2), "It is 3."])
        >>> adder.bind_tools([add]).invoke("1 + 2?").tool_calls[0]["args"]
        {'a': 1, 'b': 2}
        >>> adder.invoke("And?").content
        'It is 3.'
        >>> adder.calls[0].prompt, adder.call_count
        ('1 + 2?', 2)

        Response metadata:

        >>> model.invoke("hello", stop=["l"]).response_metadata["stop_sequence"]
        'l'
        >>> model.invoke("hello").usage_metadata
        {'input_tokens': 5, 'output_tokens': 5, 'total_tokens': 10}

    See Also:
        https://docs.langchain.com/oss/python/langchain/models
    """

    @model_validator(mode="after")
    def _set_default_profile(self) -> Self:
        """Set the default `profile`, behind langchain-core's check, which takes 30 microseconds."""
        if "profile" in type(self).model_fields and self.profile is None:
            self.profile = PROFILE.copy()
        return self

    def _reply(self, call: Call, entry: Any) -> AIMessage:
        """Return the whole answer to a call, with all that is said of it.

        Of the call's options, `tools`, `tool_choice`, `parallel_tool_calls`, `response_format`,
        `max_tokens` and `model` count here, and `n` in `_generate`; others change nothing.
        """
        if entry is ... and not call.messages:
            raise ValueError("ChatEcho got no messages, so it has nothing to echo: pass one.")
        stops = self._stops(call.stop)
        limit = number(call.options, "max_tokens", least=0)
        number(call.options, "n", least=1)
        if isinstance(entry, AIMessage):
            reply = as_written(entry, call)
            if not self.allow_unbound_tools:
                refuse_unbound(reply.tool_calls, call)
            return reply
        finish_reason = "stop"
        if entry is ...:
            fields = echo(call)
            limit = self.max_tokens if limit is None else limit
            if limit is not None and limit < len(fields["content"]):
                fields["content"] = fields["content"][:limit]
                finish_reason = "length"
        else:
            fields = fields_of(entry, call)
            if not self.allow_unbound_tools:
                refuse_unbound(fields.get("tool_calls", ()), call)
        if fields.get("tool_calls"):
            finish_reason = "tool_calls"
        metadata = {
            "model_name": call.options.get("model") or self.model_name,
            "finish_reason": finish_reason,
        }
        match = stops.find(fields["content"])
        if match is not None:
            fields["content"] = fields["content"][: match.end if stops.include else match.start]
            metadata.update(finish_reason="stop", stop_sequence=match.stop)
        reply = AIMessage(**fields, response_metadata=metadata)
        told = self.get_num_tokens_from_messages(call.messages)
        answered = self.get_num_tokens(counted(reply))
        reply.usage_metadata = {
            "input_tokens": told,
            "output_tokens": answered,
            "total_tokens": told + answered,
        }
        return reply

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens to report
        **kwargs: Any,
    ) -> ChatResult:
        reply: AIMessage = self._outcome(Call(messages, stop, kwargs)).whole()
        if self.sleep is not None:
            time.sleep(self.sleep)
        return _completions(reply, kwargs.get("n"))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - as in _generate
        **kwargs: Any,
    ) -> ChatResult:
        reply: AIMessage = (await self._aoutcome(Call(messages, stop, kwargs))).whole()
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return _completions(reply, kwargs.get("n"))

    # langchain-core reports the tokens of `stream` itself and passes no run manager; on its event
    # protocol (1.3.2 on) it passes one and does not. So this reports each token exactly once.

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        outcome = self._outcome(Call(messages, stop, kwargs))
        for chunk in outcome.cut(chunks_of(outcome.reply, self.chunk_size)):
            if self.sleep is not None:
                time.sleep(self.sleep)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        outcome = await self._aoutcome(Call(messages, stop, kwargs))
        for chunk in outcome.cut(chunks_of(outcome.reply, self.chunk_size)):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        heed_overriding(cls, "_generate", ["_agenerate", "_stream", "_astream"], BaseChatModel)
        heed_overriding(cls, "_stream", ["_astream"], BaseChatModel)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: Any = None,
        parallel_tool_calls: bool | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools that it calls.

        Args:
            tools: What `langchain_core.utils.function_calling.convert_to_openai_tool` takes.
            tool_choice: `None` or "auto" to call the tools that the last human message names, or
                else all, each once; "any", "required" or `True` for exactly one call; "none" for
                none; a tool's name or OpenAI's `{"type": "function", ...}` for that tool.
            parallel_tool_calls: `False` for one call at a time.
            strict: Passed on to `convert_to_openai_tool`.
            **kwargs: Other options of the calls.
        """
        options = {"tool_choice": tool_choice, "parallel_tool_calls": parallel_tool_calls}
        kwargs |= {name: value for name, value in options.items() if value is not None}
        formatted = [openai_tool(tool, strict=strict) for tool in tools]
        return self.bind(tools=formatted, **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: Literal["function_calling", "json_schema", "json_mode"] = "function_calling",
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, dict[str, Any] | BaseModel]:
        """Return the model with answers of a schema: the echo, cast into it.

        Args:
            schema: A pydantic class, a `TypedDict` class, a JSON schema or an OpenAI tool.
            include_raw: Whether to return a dict of `raw`, `parsed` and `parsing_error`.
            method: Whether the model calls a tool, or answers in JSON.
            strict: Passed on to `convert_to_openai_tool`.
            **kwargs: Other options of the calls.

        Raises:
            ValueError: If the method is none of these.
        """
        return structured_output(
            self, schema, include_raw=include_raw, method=method, strict=strict, **kwargs
        )

    @property
    def _llm_type(self) -> str:
        return "echo-chat"

    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        """Return the key of LangChain's cache for a call.

        LangChain's is made of what `dumps` writes, which says of a function or a `CallTool` only
        that there is one: models with different replies would share cache entries.
        """
        key = super()._get_llm_string(stop, **kwargs)
        return f"{key}---{self._identifying_params.get('replies')}" if self.replies else key

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=self._traced_stops(stop), **kwargs)
        params["ls_provider"] = "echo"
        return params

    def get_token_ids(self, text: str) -> list[int]:
        """Return one token a character, its code point, unless `custom_get_token_ids` is set."""
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        return list(map(ord, text))

    def get_num_tokens(self, text: str) -> int:
        """Return how many tokens a text has: characters, without `custom_get_token_ids`."""
        return len(text if self.custom_get_token_ids is None else self.get_token_ids(text))

    def get_num_tokens_from_messages(
        self, messages: Sequence[BaseMessage], tools: Sequence[Any] | None = None
    ) -> int:
        """Return what `usage_metadata` counts: texts, and the arguments of tool calls.

        Args:
            messages: What to count.
            tools: Not counted.
        """
        del tools
        return sum(self.get_num_tokens(counted(message)) for message in messages)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return `True`: `dumps` writes the settings, and the name of the key's variable."""
        return True


def _completions(reply: AIMessage, number: int | None) -> ChatResult:
    """Return a reply as a result, and copies of it where a call asks for several completions."""
    generations = [ChatGeneration(message=reply)]
    copies = range(1, number or 1)
    generations += [ChatGeneration(message=reply.model_copy(deep=True)) for _ in copies]
    return ChatResult(generations=generations)
