"""Whole models from one method: write how a provider's deltas arrive, the rest is done here.

`TextLLM` takes prompts, `TextChatModel` messages. The author writes `_deltas`, and `_adeltas` for
native asynchronous calls: the pieces of an answer, then a `Finish`. `invoke`, `batch`, `stream`,
their asynchronous twins and events follow from these, and so do stops, callbacks, the cache key,
tracing and the closing of what a call has opened.

Needs langchain-core: `langchain-model-parts[text]`.
"""

# No `from __future__ import annotations`: constructor.py says why.
import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, BaseLLM
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import (
    ChatGenerationChunk,
    ChatResult,
    Generation,
    GenerationChunk,
    LLMResult,
)
from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from langchain_model_parts.answer import Answer, Finish, ProviderStop
from langchain_model_parts.constructor import StrictArgumentsMixin
from langchain_model_parts.secret import SecretsMixin
from langchain_model_parts.settings import Operational, StopSettings, is_operational
from langchain_model_parts.stop import StopSequences

__all__ = ["Finish", "Operational", "ProviderStop", "TextChatModel", "TextLLM"]

# The first langchain-cores have no such field; later ones add an empty chunk where it is missing.
_LAST: dict[str, Any] = (
    {"chunk_position": "last"} if "chunk_position" in AIMessageChunk.model_fields else {}
)

# Fields that are not the author's; of these only the stop settings change answers.
_FRAMEWORK = {*BaseLLM.model_fields, *BaseChatModel.model_fields, *StopSettings.model_fields}


class _FromDeltas(SecretsMixin, StrictArgumentsMixin, StopSettings):
    """What both kinds of models share: how deltas become chunks, and what identifies a model."""

    provider_stop: ClassVar[ProviderStop] = "ignores"
    """What the provider does with the stops that it is sent.

    `"ignores"`: nothing, or nobody knows; it is sent none, and the answer is cut here.
    `"keeps"`: the text ends with the stop.
    `"names"`: the text ends before the stop, and `Finish(stop="END")` says which it was.
    `"strips"`: the text ends before the stop, and `Finish(stop=True)` says that there was one.
    `"hides"`: the text ends before the stop, and nothing tells that from an answer that was over.

    On every path the text is the same for all of them. It only decides what `stop=` of `_deltas`
    holds: the stops with which the answer is still exact.
    """

    _passes: ClassVar[type[Any] | tuple[()]] = ()
    _identity: ClassVar[tuple[str, ...]]
    _is_native: ClassVar[bool]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._identity = tuple(
            name
            for name, field in cls.model_fields.items()
            if name not in {*_FRAMEWORK, *cls._secrets} and not is_operational(field)
        )
        cls._is_native = hasattr(cls, "_adeltas")

    @property
    def _llm_type(self) -> str:
        return type(self).__name__

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting but secrets and `Operational` ones: the cache key, and what `print` shows.

        LangChain writes a call's stops over the key `stop`, so the default ones need another name:
        models with different defaults would share cache entries.
        """
        settings = {name: getattr(self, name) for name in self._identity}
        settings = {k: v for k, v in settings.items() if not isinstance(v, SecretStr)}
        settings["default_stop"] = self.stop
        settings["include_stop"] = self.include_stop
        return dict(to_jsonable_python(settings, fallback=repr, bytes_mode="base64"))

    # A type checker lets an author's own arguments take the place of these.
    def _deltas(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        raise NotImplementedError(
            f"{type(self).__name__} answers on the asynchronous paths only: call ainvoke, astream "
            "or abatch, or write its _deltas."
        )

    if TYPE_CHECKING:  # the one is the subclasses' here, the other the author's, if there is any

        def _chunk(self, piece: Any, finish: Finish | None = None) -> Any: ...

        def _adeltas(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]: ...

    def _answer(self, stops: StopSequences) -> Answer:
        return Answer(type(self).__name__, stops, self.provider_stop, self._passes)

    def _chunks(
        self,
        prompt: Any,
        stops: StopSequences,
        run_manager: CallbackManagerForLLMRun | None,
        kwargs: Any,
    ) -> Generator[Any, None, None]:
        answer, as_chunk = self._answer(stops), self._chunk
        deltas = self._deltas(prompt, stop=answer.sent, **kwargs)
        try:
            for delta in deltas:
                for piece in answer.feed(delta):
                    chunk = as_chunk(piece)
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                if answer.cut:
                    break
        finally:
            if hasattr(deltas, "close"):  # a plain iterator has nothing to close
                deltas.close()
        chunk = as_chunk(*answer.end())
        if run_manager:
            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
        yield chunk

    async def _achunks(
        self,
        prompt: Any,
        stops: StopSequences,
        run_manager: AsyncCallbackManagerForLLMRun | None,
        kwargs: Any,
    ) -> AsyncGenerator[Any, None]:
        answer, as_chunk = self._answer(stops), self._chunk
        deltas = self._adeltas(prompt, stop=answer.sent, **kwargs)
        try:
            async for delta in deltas:
                for piece in answer.feed(delta):
                    chunk = as_chunk(piece)
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
                if answer.cut:
                    break
        finally:
            if hasattr(deltas, "aclose"):
                await deltas.aclose()
        chunk = as_chunk(*answer.end())
        if run_manager:
            await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
        yield chunk


class TextLLM(_FromDeltas, BaseLLM):
    """A string LLM made of its provider's deltas.

    Write `_deltas(prompt, *, stop, ...)`: yield text as it arrives, then a `Finish`. `stop` holds
    what to tell the provider; leave its field out when it is empty. Name the keywords that a call
    may pass, such as `limit=None`; any other is refused. Whatever `_deltas` opens it closes in a
    `with` or `finally`, which runs at once when a stop is complete or the caller leaves.

    Write `_adeltas` likewise, as an asynchronous generator, for asynchronous calls without threads.

    Examples:
        >>> class Shout(TextLLM):
        ...     mark: str = "!"
        ...     def _deltas(self, prompt, *, stop):
        ...         yield prompt.upper()
        ...         yield self.mark
        ...         yield Finish("end")
        >>> Shout().invoke("hello")
        'HELLO!'
        >>> list(Shout(mark="?").stream("one, two", stop=[", "]))
        ['ONE, ']
    """

    def _chunk(self, piece: str, finish: Finish | None = None) -> GenerationChunk:
        if finish is None:
            return GenerationChunk(text=piece)
        usage = {"usage_metadata": finish.usage} if finish.usage else {}
        return GenerationChunk(text=piece, generation_info={**finish.as_info(), **usage})

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        return self._chunks(prompt, self._stops(stop), run_manager, kwargs)

    def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        if self._is_native:
            return self._achunks(prompt, self._stops(stop), run_manager, kwargs)
        return super()._astream(prompt, stop, run_manager, **kwargs)

    def _generate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens to report
        **kwargs: Any,
    ) -> LLMResult:
        stops = self._stops(stop)
        answers = (list(self._chunks(prompt, stops, None, kwargs)) for prompt in prompts)
        return LLMResult(generations=[[_generation(chunks)] for chunks in answers])

    async def _agenerate(
        self,
        prompts: list[str],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> LLMResult:
        if not self._is_native:
            return await super()._agenerate(prompts, stop, run_manager, **kwargs)

        stops = self._stops(stop)

        async def generation(prompt: str) -> list[Generation]:
            chunks = self._achunks(prompt, stops, None, kwargs)
            return [_generation([chunk async for chunk in chunks])]

        tasks = [asyncio.ensure_future(generation(prompt)) for prompt in prompts]
        try:
            return LLMResult(generations=await asyncio.gather(*tasks))
        finally:  # where one has failed, or the call is cancelled, the others must not go on
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return super()._get_ls_params(stop=self._traced_stops(stop), **kwargs)


class TextChatModel(_FromDeltas, BaseChatModel):
    """A chat model made of its provider's deltas.

    As `TextLLM`, but `_deltas(messages, *, stop, ...)` takes messages. It may yield
    `AIMessageChunk` too, for what is no text: tool calls, reasoning, usage. They pass through
    uncut, and text before them that could have become a stop is shown first.

    Examples:
        >>> class Shout(TextChatModel):
        ...     def _deltas(self, messages, *, stop):
        ...         yield messages[-1].content.upper()
        ...         yield Finish("end")
        >>> answer = Shout().invoke("hello END of it", stop=["END"])
        >>> answer.content, answer.response_metadata["finish_reason"]
        ('HELLO END', 'stop')
    """

    streaming: Operational[bool] = False
    """Whether `invoke` tells its tokens to callbacks, as `stream` does."""

    _passes = AIMessageChunk

    def _chunk(self, piece: Any, finish: Finish | None = None) -> ChatGenerationChunk:
        if finish is not None:
            usage, info = finish.usage, finish.as_info()
            piece = AIMessageChunk(
                content=piece, response_metadata=info, usage_metadata=usage, **_LAST
            )
        elif isinstance(piece, str):
            piece = AIMessageChunk(content=piece)
        return ChatGenerationChunk(message=piece)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        return self._chunks(messages, self._stops(stop), run_manager, kwargs)

    def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        if self._is_native:
            return self._achunks(messages, self._stops(stop), run_manager, kwargs)
        return super()._astream(messages, stop, run_manager, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens to report
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._chunks(messages, self._stops(stop), None, kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if not self._is_native:
            return await super()._agenerate(messages, stop, run_manager, **kwargs)
        chunks = [chunk async for chunk in self._achunks(messages, self._stops(stop), None, kwargs)]
        return generate_from_stream(iter(chunks))

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        return super()._get_ls_params(stop=self._traced_stops(stop), **kwargs)


def _generation(chunks: list[GenerationChunk]) -> Generation:
    text = "".join(chunk.text for chunk in chunks)
    return Generation(text=text, generation_info=chunks[-1].generation_info)
