"""A string LLM and a chat model with nothing wrong that ask a service: they wait, and count."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.outputs import (
    ChatGeneration,
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
    LLMResult,
)
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

from healthy_chat import HealthyChat
from healthy_llm import HealthyLLM

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

SLOWLY = "slowly: a long answer"
PAUSE = 0.01  # second for each of the seven chunks of the slow answer


class Line:
    """The line to the service: how many requests are open on it."""

    open = 0

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Open a request, and close it."""
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


LINE = Line()
SERVICE: dict[str, Any] = {
    "distinguishing_params": {"n": 3, "default_stop": ["q"]},
    "slow_prompt": SLOWLY,
    "default_stop_param": "default_stop",
    "open_requests": lambda _: LINE.open,
}
"""What a service's model can declare beside `DECLARED`."""


class ServiceLLM(HealthyLLM):
    """An echo of a service, from https://example.com/echo/api.

    Example:
        ```python
        model = ServiceLLM(n=5)
        model.invoke("This is a foobar thing")
        ```
    """

    default_stop: list[str] | None = Field(default=None, description="The stops of every call.")

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "default_stop": self.default_stop}

    def answer(self, prompt: str, stop: list[str] | None, **options: Any) -> list[GenerationChunk]:
        """Return the chunks of the service's answer, the last with its details."""
        stop = self.default_stop if stop is None else stop
        asked = self.model_copy(update={name: options[name] for name in options if name == "n"})
        chunks = list(HealthyLLM.chunks(asked, prompt, stop))
        usage = {"prompt_tokens": len(prompt), "completion_tokens": len(chunks)}
        details = {"finish_reason": "stop", "token_usage": usage}
        return [*chunks, GenerationChunk(text="", generation_info=details)]

    def pieces(self, prompt: str, stop: list[str] | None, **options: Any) -> Iterator[Any]:
        """Yield the chunks as they come."""
        with LINE.request():
            for chunk in self.answer(prompt, stop, **options):
                if prompt == SLOWLY:
                    time.sleep(PAUSE)
                yield chunk

    async def apieces(
        self, prompt: str, stop: list[str] | None, **options: Any
    ) -> AsyncGenerator[Any, None]:
        """Yield the chunks as they come."""
        with LINE.request():
            for chunk in self.answer(prompt, stop, **options):
                await asyncio.sleep(PAUSE if prompt == SLOWLY else 0)
                yield chunk

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: Any = None,  # noqa: ARG002  # core passes **how only where it is named
        **how: Any,
    ) -> LLMResult:
        answers = [list(self.pieces(prompt, stop, **how)) for prompt in prompts]
        return LLMResult(generations=[[_whole(chunks)] for chunks in answers])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: Any = None,  # noqa: ARG002  # core passes **how only where it is named
        **how: Any,
    ) -> LLMResult:
        result = LLMResult(generations=[])
        for prompt in prompts:
            chunks = [chunk async for chunk in self.apieces(prompt, stop, **how)]
            result.generations.append([_whole(chunks)])
        return result

    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.pieces(prompt, stop, **how):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> AsyncIterator[GenerationChunk]:
        async with contextlib.aclosing(self.apieces(prompt, stop, **how)) as pieces:
            async for chunk in pieces:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk


def _whole(chunks: list[GenerationChunk]) -> Generation:
    text = "".join(chunk.text for chunk in chunks)
    return Generation(text=text, generation_info=chunks[-1].generation_info)


class ServiceChat(HealthyChat):
    """An echo of a service, with the instructions before it, from https://example.com/echo/api.

    Example:
        ```python
        model = ServiceChat(n=5)
        model.invoke("This is a foobar thing")
        ```
    """

    default_stop: list[str] | None = Field(default=None, description="The stops of every call.")

    answers: ClassVar[Any] = itertools.count(1)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "default_stop": self.default_stop}

    def bind_tools(self, tools: Any, **how: Any) -> Any:
        """Return the model with tools, all of which it calls."""
        how.pop("tool_choice", None)
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **how)

    def answer(
        self, messages: list[BaseMessage], stop: list[str] | None, **options: Any
    ) -> list[ChatGenerationChunk]:
        """Return the chunks of the service's answer, the last with its details."""
        stop = self.default_stop if stop is None else stop
        asked = self.model_copy(update={name: options[name] for name in options if name == "n"})
        said = [str(one.content) for one in messages if isinstance(one, SystemMessage)]
        texts = [chunk.text for chunk in HealthyChat.chunks(asked, messages, stop)]
        number, tokens = f"answer-{next(self.answers)}", sum(len(one.content) for one in messages)
        calls = [
            part
            for at, tool in enumerate(options.get("tools", ()))
            for part in _calling(at, tool["function"])
        ]
        parts: list[dict[str, Any]] = [{"content": text} for text in [*said, *texts]]
        if calls:
            parts = [{"content": "", "tool_call_chunks": [call]} for call in calls]
        parts.append(
            {
                "content": "",
                "response_metadata": {"finish_reason": "stop", "model_name": "service-1"},
                "usage_metadata": {
                    "input_tokens": tokens,
                    "output_tokens": len(texts),
                    "total_tokens": tokens + len(texts),
                },
            }
        )
        return [ChatGenerationChunk(message=AIMessageChunk(id=number, **part)) for part in parts]

    def pieces(self, messages: list[BaseMessage], stop: Any, **options: Any) -> Iterator[Any]:
        """Yield the chunks as they come."""
        with LINE.request():
            for chunk in self.answer(messages, stop, **options):
                if messages[-1].content == SLOWLY:
                    time.sleep(PAUSE)
                yield chunk

    async def apieces(
        self, messages: list[BaseMessage], stop: Any, **options: Any
    ) -> AsyncGenerator[Any, None]:
        """Yield the chunks as they come."""
        with LINE.request():
            for chunk in self.answer(messages, stop, **options):
                await asyncio.sleep(PAUSE if messages[-1].content == SLOWLY else 0)
                yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: Any = None,
        run_manager: Any = None,  # noqa: ARG002  # core passes **how only where it is named
        **how: Any,
    ) -> ChatResult:
        return _message(list(self.pieces(messages, stop, **how)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: Any = None,
        run_manager: Any = None,  # noqa: ARG002  # core passes **how only where it is named
        **how: Any,
    ) -> ChatResult:
        return _message([chunk async for chunk in self.apieces(messages, stop, **how)])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.pieces(messages, stop, **how):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **how: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with contextlib.aclosing(self.apieces(messages, stop, **how)) as pieces:
            async for chunk in pieces:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk


def _calling(at: int, function: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a tool call as services stream it: its name and id first, then its arguments."""
    known = {"integer": 3, "string": "three"}
    properties = function["parameters"]["properties"]
    arguments = {name: known[about["type"]] for name, about in properties.items()}
    yield {"index": at, "id": f"call-{at}", "name": function["name"], "args": ""}
    yield {"index": at, "id": None, "name": None, "args": json.dumps(arguments)}


def _message(chunks: list[ChatGenerationChunk]) -> ChatResult:
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    fields = ("content", "tool_calls", "response_metadata", "usage_metadata", "id")
    message = AIMessage(**{name: getattr(whole.message, name) for name in fields})
    return ChatResult(generations=[ChatGeneration(message=message)])
