"""`ChatEcho`, a chat model that echoes what it was last told.

`ChatEcho._reply` decides the whole answer, from the pure functions of `reply`. Everything below it
adapts that to LangChain's paths: `_generate` and `_agenerate`, `_stream` and `_astream`.
"""

from __future__ import annotations

import asyncio
import time
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, message_to_dict
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import RunnableMap, RunnablePassthrough
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import AliasChoices, ConfigDict, Field, field_validator

from langchain_chat_echo import reply as replies
from langchain_chat_echo.chunks import chunks_of
from langchain_chat_echo.tool_schemas import bound_tools, openai_tool
from langchain_model_parts.echo import EchoSettings

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


class ChatEcho(EchoSettings, BaseChatModel):
    r"""An offline, deterministic chat model that echoes what it was last told.

    It stands in for a real model in the tests of agents, chains and streaming interfaces: it calls
    tools, gives structured output, keeps to a script, counts tokens and streams all of that.

    Text is echoed from the last message, whatever its role, cut at `n`, then at the first completed
    stop. Tool arguments and structured output are that text cast into the JSON schema.

    Setup:
        `pip install langchain-chat-echo`. No key is needed. To see how a model handles one, set
        `ECHO_API_KEY` or pass `api_key`.

    Instantiate:
        >>> from langchain_chat_echo import ChatEcho
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

    Script:
        >>> ChatEcho(script=["Who's there?"]).invoke("Knock, knock.").content
        "Who's there?"

    Async:
        `ainvoke`, `astream`, `abatch` answer the same, natively: no thread is used.

    Response metadata:
        >>> model.invoke("hello", stop=["l"]).response_metadata["stop_sequence"]
        'l'
        >>> model.invoke("hello").usage_metadata
        {'input_tokens': 5, 'output_tokens': 5, 'total_tokens': 10}

    See Also:
        https://python.langchain.com/docs/concepts/chat_models/
    """

    model_config = ConfigDict(populate_by_name=True)  # `model_name` beside `model`

    n: int | None = Field(default=None, ge=0, validation_alias=AliasChoices("n", "max_tokens"))
    """How many characters (code points) to echo; `None` for all. `max_tokens` is the same thing."""

    model_name: str = Field(default="echo", alias="model")
    """The name to report to callbacks and tracing, and in `response_metadata`; or `model`."""

    script: list[str | AIMessage] | None = None
    """The whole replies to give instead of echoes, text or messages with all that they may hold.

    The first one answers a conversation that holds no AI message yet, the second one a conversation
    that holds one, and so on. `n` does not cut them, `stop` does.
    """

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

    @field_validator("script", mode="before")
    @classmethod
    def _check_script(cls, script: Any) -> Any:
        """Refuse what pydantic would hand to `AIMessage`, which fails on it with a riddle."""
        if script is not None and not isinstance(script, list):
            raise ValueError(
                f"script must be a list, got {type(script).__name__}: pass for example ['hello']."
            )
        for number, entry in enumerate(script or ()):
            if not isinstance(entry, (str, AIMessage)):
                raise ValueError(  # noqa: TRY004 - pydantic lets a TypeError through as it is
                    f"script entry {number} must be a string or an AIMessage, "
                    f"got {type(entry).__name__}: write down what the model is to answer."
                )
        return script

    def _reply(self, messages: list[BaseMessage], stop: Any, **options: Any) -> AIMessage:
        """Return the whole answer to a conversation, with all that is said of it.

        Args:
            messages: The conversation.
            stop: The call's stops, if it names any.
            **options: The call's `tools`, `tool_choice`, `parallel_tool_calls`, `response_format`,
                `n` or `max_tokens`, and `model`; others change nothing.
        """
        if not messages:
            raise ValueError("ChatEcho got no messages, so it has nothing to echo: pass one.")
        stops = self._stops(stop)
        if self.script is not None:
            fields = replies.scripted(self.script, messages)
        else:
            fields = self._echo(messages, options)
        fields["content"], stop_sequence = replies.cut(fields["content"], stops)
        metadata = {
            "model_name": options.get("model") or self.model_name,
            "finish_reason": "tool_calls" if fields.get("tool_calls") else "stop",
            **fields.get("response_metadata", {}),
        }
        if stop_sequence is not None:
            metadata.update(finish_reason="stop", stop_sequence=stop_sequence)
            fields.update(tool_calls=[], invalid_tool_calls=[])  # it writes nothing more
        fields["response_metadata"] = metadata
        reply = AIMessage(**fields)
        if reply.usage_metadata is None:
            told = self.get_num_tokens_from_messages(messages)
            answered = self.get_num_tokens(replies.counted(reply))
            reply.usage_metadata = {
                "input_tokens": told,
                "output_tokens": answered,
                "total_tokens": told + answered,
            }
        return reply

    def _echo(self, messages: list[BaseMessage], options: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of an echo: tool calls, or the text shaped and cut at `n`."""
        limit = replies.limit(options, default=self.n)
        if options.get("tools") or options.get("tool_choice"):
            calls = replies.tool_calls(
                messages,
                bound_tools(options.get("tools")),
                options.get("tool_choice"),
                parallel=options.get("parallel_tool_calls") is not False,
            )
            if calls:
                return {"content": "", "tool_calls": calls}
        text = replies.shaped(replies.last_told(messages), options.get("response_format"))
        if limit is None or len(text) <= limit:
            return {"content": text}
        return {"content": text[:limit], "response_metadata": {"finish_reason": "length"}}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens to report
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._reply(messages, stop, **kwargs)
        self._raise_planned_error()
        if self.sleep is not None:
            time.sleep(self.sleep)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - as in _generate
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._reply(messages, stop, **kwargs)
        self._raise_planned_error()
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    # langchain-core reports the tokens of `stream` itself and passes no run manager; on its event
    # protocol (1.3.2 on) it passes one and does not. So this reports each token exactly once.

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = self._reply(messages, stop, **kwargs)
        for chunk in self._until_planned_error(chunks_of(reply, self.chunk_size)):
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
        reply = self._reply(messages, stop, **kwargs)
        for chunk in self._until_planned_error(chunks_of(reply, self.chunk_size)):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

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
        # `Any`: it may be a class of pydantic's or of its version 1, which the parsers take too.
        is_class = isinstance(schema, type) and is_basemodel_subclass(schema)
        pydantic_class: Any = schema if is_class else None
        kwargs["ls_structured_output_format"] = {
            "kwargs": {"method": method, "strict": strict},
            "schema": schema,
        }
        parser: Runnable[AIMessage, Any]
        if method == "function_calling":
            name = openai_tool(schema)["function"]["name"]
            choice = {"type": "function", "function": {"name": name}}  # it may be "none" or "any"
            llm = self.bind_tools([schema], tool_choice=choice, strict=strict, **kwargs)
            parser = (
                PydanticToolsParser(tools=[pydantic_class], first_tool_only=True)
                if pydantic_class
                else JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
            )
        elif method in ("json_schema", "json_mode"):
            tool = openai_tool(schema, strict=strict)
            llm = self.bind(response_format=replies.response_format(tool, method), **kwargs)
            parser = (
                PydanticOutputParser(pydantic_object=pydantic_class)
                if pydantic_class
                else JsonOutputParser()
            )
        else:
            raise ValueError(
                f"method must be 'function_calling', 'json_schema' or 'json_mode', got {method!r}: "
                "pass one of them, or leave it out."
            )
        if not include_raw:
            return llm | parser
        parsed = RunnablePassthrough.assign(
            parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
        )
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=llm) | parsed.with_fallbacks([failed], exception_key="parsing_error")

    @property
    def _llm_type(self) -> str:
        return "echo-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting that changes an answer."""
        params = super()._identifying_params
        if self.script is not None:
            params["script"] = [
                entry if isinstance(entry, str) else message_to_dict(entry) for entry in self.script
            ]
        return params

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=self.stop if stop is None else stop, **kwargs)
        params["ls_provider"] = "echo"
        for limit in (kwargs.get("max_tokens"), kwargs.get("n"), self.n):
            if isinstance(limit, int):  # what is no number is refused later, by `_reply`
                params["ls_max_tokens"] = limit
                break
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
        return sum(self.get_num_tokens(replies.counted(message)) for message in messages)

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return `True`: `dumps` writes the settings, and the name of the key's variable."""
        return True
