"""Broken chat models, each one change of `HealthyChat`, and the checks that must catch it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult, LLMResult
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr

from healthy_chat import HealthyChat
from healthy_llm import FAILS, key_from_environment
from planted import Defect
from planted import planted as planted_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

DEFECTS: list[Defect] = []
planted = planted_in(DEFECTS, HealthyChat)


# Construction and documentation


@planted("distinguishing_params_declared", distinguishing_params={})
class NothingDistinguishesChats(HealthyChat):
    pass


@planted("init", chat_model_params={"n": 1000, "options": {"model": "x"}})
class EatsItsChatArguments(HealthyChat):
    options: dict[str, str] = Field(default_factory=dict, description="Options.")

    def __init__(self, **given: Any) -> None:
        given.get("options", {}).pop("model", None)
        super().__init__(**given)


@planted("init_from_env")
class ChatsWithoutTheEnvironment(HealthyChat):
    api_key: SecretStr | None = Field(default=None, description="The key.")


@planted("init_argument_beats_env")
class ChatsWithTheEnvironmentsKey(HealthyChat):
    def __init__(self, **given: Any) -> None:
        super().__init__(**{**given, "api_key": key_from_environment() or given.get("api_key")})


@planted("class_docstring", "docstring_example", "service_link", "init_args_documented")
class SaysNothingOfItself(HealthyChat):
    """"""  # noqa: D419  # the defect

    top_k: int = 3


@planted("docstring_example_runs")
class ShowsAChatThatFails(HealthyChat):
    """See https://example.com/api.

    >>> ShowsAChatThatFails(n=5).invoke("This is a foobar thing").text_of_it
    'This '
    """


# Secrets


@planted("secrets_declared", secret_params={})
class DeclaresNoChatKey(HealthyChat):
    pass


@planted("secret_types", "secret_surfaces", "init_from_env", "secret_callbacks")
class KeepsItsChatKeyAsAString(HealthyChat):
    api_key: str = Field(default="", description="The key.")  # type: ignore[assignment]  # defect


@planted("secret_callbacks", "secret_logs")
class SendsItsKeyInMetadata(HealthyChat):
    def chunks(self, *given: Any) -> Iterator[ChatGenerationChunk]:
        key = self.api_key.get_secret_value() if self.api_key else ""
        for chunk in super().chunks(*given):
            chunk.message.response_metadata = {"request": {"key": key}}
            yield chunk


@planted("secret_logs")
class LogsItsChatKey(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        key = self.api_key.get_secret_value() if self.api_key else ""
        logging.getLogger(__name__).info("POST with key %s", key)
        return super().reply(messages, stop)


@planted("secret_errors")
class QuotesItsChatKeyInErrors(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        if messages[-1].content == FAILS and self.api_key:
            raise ValueError(f"401 for {self.api_key.get_secret_value()}")
        return super().reply(messages, stop)


@planted("secret_validation_errors")
class ShowsChatInputInErrors(HealthyChat):
    model_config = ConfigDict(hide_input_in_errors=False)


# Paths and batches


@planted("answers")
class DoesNotRun(HealthyChat):
    """See https://example.com/api.

    >>> DoesNotRun(n=5).n
    5
    """

    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        raise ConnectionRefusedError(f"nobody listens for {messages} and {stop}")


@planted("deterministic", expected_completion=lambda _, __: None)
class SaysAnotherThing(HealthyChat):
    calls: ClassVar[Any] = itertools.count()

    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        return f"{next(self.calls)} {super().reply(messages, stop)}"


@planted("same_text_on_every_path")
class StreamsAnotherText(HealthyChat):
    def chunks(self, *given: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super().chunks(*given):
            yield ChatGenerationChunk(message=AIMessageChunk(content=chunk.text.upper()))


@planted("whitespace_kept", "stop_literal")
class StripsTheQuestion(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        return super().reply(messages, stop).strip()


@planted("empty_answer")
class StreamsNothingWhenSilent(HealthyChat):
    def chunks(self, *given: Any) -> Iterator[ChatGenerationChunk]:
        return (chunk for chunk in super().chunks(*given) if chunk.text)


@planted("several_chunks", chat_model_params={"chunk_size": 1000})
class StreamsAllAtOnce(HealthyChat):
    pass


@planted("same_text_on_every_path")
class NeedsAChatRunManager(HealthyChat):
    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.chunks(messages, stop):
            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


@planted("batch_order")
class SortsItsBatches(HealthyChat):
    def batch(self, inputs: Any, config: Any = None, **how: Any) -> Any:
        limited = isinstance(config, dict) and "max_concurrency" in config
        return super().batch(inputs if limited else sorted(inputs), config, **how)


@planted("batch_max_concurrency")
class ForgetsTheRestOfABatch(HealthyChat):
    def batch(self, inputs: Any, config: Any = None, **how: Any) -> Any:
        limit = config.get("max_concurrency") if isinstance(config, dict) else None
        return super().batch(inputs[:limit], config, **how)


@planted("batch_as_completed")
class NumbersChatsFromOne(HealthyChat):
    def batch_as_completed(self, *given: Any, **named: Any) -> Iterator[Any]:
        for at, answer in super().batch_as_completed(*given, **named):
            yield at + 1, answer


@planted("error_reported_once")
class AnswersWithItsErrors(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        try:
            return super().reply(messages, stop)
        except ValueError as error:
            return f"Error: {error}"


@planted("batch_exceptions")
class SwallowsErrorsOfChats(HealthyChat):
    def batch(self, inputs: Any, config: Any = None, **how: Any) -> Any:
        if len(inputs) == 1:
            return super().batch(inputs, config, **how)
        try:
            return super().batch(inputs, config, **how)
        except ValueError:
            return [AIMessage("")] * len(inputs)


# Concurrency


@planted("threads", "batch_order", "batch_max_concurrency", "batch_as_completed")
class KeepsTheConversationOnItself(HealthyChat):
    _messages: Any = PrivateAttr(default=())

    def _generate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        if messages[-1].content == FAILS:  # or it is luck whether `batch_exceptions` fails too
            return super()._generate(messages, stop)
        self._messages = messages
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.05)
        return super()._generate(self._messages, stop)

    async def _agenerate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        return HealthyChat._generate(self, messages, stop)


@planted("tasks", "fresh_event_loops", "batch_order", "batch_max_concurrency", "batch_as_completed")
class KeepsTheConversationOverAnAwait(HealthyChat):
    _messages: Any = PrivateAttr(default=())

    async def _agenerate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        self._messages = messages
        await asyncio.sleep(0)
        return self._generate(self._messages, stop)


@planted("interleaved_streams")
class KeepsTheChatStreamOnItself(HealthyChat):
    _rest: Any = PrivateAttr(default=None)

    def _stream(self, *given: Any, **named: Any) -> Iterator[ChatGenerationChunk]:
        if threading.current_thread() is not threading.main_thread():
            yield from super()._stream(*given, **named)
            return
        self._rest = super()._stream(*given, **named)
        while (chunk := next(self._rest, None)) is not None:
            yield chunk


@planted("fresh_event_loops")
class KeepsTheFirstChatLoop(HealthyChat):
    _loop: Any = PrivateAttr(default=None)

    async def _agenerate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if loop is not asyncio.get_running_loop():
            raise RuntimeError("got Future attached to a different loop")
        return self._generate(messages, stop)


@planted("sync_call_in_running_loop")
class RunsALoopInGenerate(HealthyChat):
    def _generate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        loop, coroutine = asyncio.new_event_loop(), self._agenerate(messages, stop)
        try:
            return loop.run_until_complete(coroutine)
        finally:
            coroutine.close()
            loop.close()

    async def _agenerate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        return HealthyChat._generate(self, messages, stop)


# Callbacks


@planted("start_and_end_once")
class EndsItsRunsItself(HealthyChat):
    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        result = super()._generate(messages, stop)
        if run_manager:
            run_manager.on_llm_end(LLMResult(generations=[list(result.generations)]))
        return result


@planted("end_equals_output", "stop_in_callbacks", "cache_partial_batch")
class ChangesTheAnswerAfterwards(HealthyChat):
    def _generate(self, *given: Any, **named: Any) -> ChatResult:
        result = super()._generate(*given, **named)
        message = AIMessage(content=f"{result.generations[0].text}<eos>")
        return ChatResult(generations=[ChatGeneration(message=message)])

    def generate_prompt(self, *given: Any, **named: Any) -> LLMResult:
        result = super().generate_prompt(*given, **named)
        texts = [answer[0].text.removesuffix("<eos>") for answer in result.generations]
        answers: list[list[Any]] = [
            [ChatGeneration(message=AIMessage(content=text))] for text in texts
        ]
        return LLMResult(generations=answers)

    async def _agenerate(self, *given: Any, **named: Any) -> ChatResult:
        return HealthyChat._generate(self, *given, **named)


@planted("token_callback_once")
class FiresBesideCore(HealthyChat):
    async def astream(self, input: Any, config: Any = None, **how: Any) -> Any:  # noqa: A002 - Runnable's name
        handlers = (config or {}).get("callbacks") or []
        async for chunk in super().astream(input, config, **how):
            for handler in handlers if isinstance(handlers, list) else []:
                run_id = handler.events[0].run_id
                handler.on_llm_new_token(chunk.content, chunk=chunk, run_id=run_id)
            yield chunk


class Late(BaseCallbackHandler):
    """Tells another handler of the tokens when all is over."""

    def __init__(self, other: Any) -> None:
        self.other = other
        self.kept: list[Any] = []

    def on_chat_model_start(self, *given: Any, **named: Any) -> None:
        self.other.on_chat_model_start(*given, **named)

    def on_llm_new_token(self, token: Any, **named: Any) -> None:
        self.kept.append((token, named))

    def on_llm_end(self, *given: Any, **named: Any) -> None:
        for token, details in self.kept:
            self.other.on_llm_new_token(token, **details)
        self.other.on_llm_end(*given, **named)

    def on_llm_error(self, *given: Any, **named: Any) -> None:
        self.other.on_llm_error(*given, **named)


@planted("token_before_yield")
class TellsItsTokensAtTheEnd(HealthyChat):
    def stream(self, input: Any, config: Any = None, **how: Any) -> Any:  # noqa: A002 - Runnable's name
        handlers = (config or {}).get("callbacks")
        if isinstance(handlers, list):
            config = {**config, "callbacks": [Late(handler) for handler in handlers]}
        return super().stream(input, config, **how)


@planted("run_manager_token_once")
class IgnoresItsRunManager(HealthyChat):
    def _stream(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> Any:
        yield from self.chunks(messages, stop)


@planted("run_manager_token_once")
class TellsItsRunManagerAnotherText(HealthyChat):
    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.chunks(messages, stop):
            if run_manager:
                run_manager.on_llm_new_token("zzz", chunk=chunk)
            yield chunk


@planted("run_manager_token_once")
class TellsItsRunManagerNoChunk(HealthyChat):
    def _stream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.chunks(messages, stop):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text)
            yield chunk


@planted("run_manager_token_before_yield")
class FiresAfterItsYield(HealthyChat):
    async def _astream(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self.chunks(messages, stop):
            yield chunk
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)


@planted("error_reported_once")
class ReportsItsChatErrorsItself(HealthyChat):
    def _generate(
        self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        try:
            return super()._generate(messages, stop)
        except ValueError as error:
            if run_manager:
                run_manager.on_llm_error(error)
            raise


@planted("early_close")
class GoesOnWhenItsStreamIsClosed(HealthyChat):
    def _stream(self, *given: Any, **named: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super()._stream(*given, **named):
            try:
                yield chunk
            except GeneratorExit:  # noqa: PERF203  # the defect
                yield chunk


# Messages


@planted("messages_unchanged")
class AddsASystemMessage(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        text = super().reply(messages, stop)
        messages[0].additional_kwargs["cache_control"] = "ephemeral"
        return text


@planted("messages_unchanged")
class AppendsItsAnswer(HealthyChat):
    def invoke(self, input: Any, config: Any = None, **how: Any) -> Any:  # noqa: A002 - Runnable's name
        answer = super().invoke(input, config, **how)
        if isinstance(input, list):
            input.append(AIMessage(content=answer.content))
        return answer


@planted("answers_are_new")
class SharesADictionary(HealthyChat):
    kwargs_of_all: ClassVar[dict[str, Any]] = {"model_name": "healthy"}

    def _generate(self, *given: Any, **named: Any) -> ChatResult:
        result = super()._generate(*given, **named)
        result.generations[0].message.additional_kwargs = self.kwargs_of_all
        return result


@planted("answers_are_new")
class SharesItsBlocks(HealthyChat):
    blocks_of_all: ClassVar[dict[str, list[Any]]] = {}

    def _generate(self, *given: Any, **named: Any) -> ChatResult:
        result = super()._generate(*given, **named)
        text = result.generations[0].text
        blocks = self.blocks_of_all.setdefault(text, [{"type": "text", "text": text}])
        message = AIMessage(content="")
        message.content = blocks
        return ChatResult(generations=[ChatGeneration(message=message)])


@planted("answers_are_new", "messages_unchanged")
class HandsBackTheQuestion(HealthyChat):
    def _generate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        text = self.reply(messages, stop)
        if text != messages[-1].content:
            return super()._generate(messages, stop)
        return ChatResult(generations=[ChatGeneration(message=messages[-1])])


# Stop


@planted("stop_respected")
class ChatsOn(HealthyChat):
    def _generate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        del stop
        return super()._generate(messages, None)


@planted("stop_policy")
class ExcludesTheStopInChatStreams(HealthyChat):
    def chunks(self, *given: Any) -> Iterator[ChatGenerationChunk]:
        return HealthyChat.chunks(self.model_copy(update={"include_stop": False}), *given)


@planted("stop_unsupported_raises", stop_policy="unsupported")
class IgnoresTheStopSilently(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        del stop
        return super().reply(messages, None)


@planted("stop_none_and_empty_alike")
class RefusesAnEmptyStopList(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        if stop == []:
            raise ValueError("400: stop must not be empty")
        return super().reply(messages, stop)


@planted("stop_bound")
class DropsItsBoundStop(HealthyChat):
    def bind(self, **kwargs: Any) -> Any:
        kwargs.pop("stop", None)
        return super().bind(**kwargs)


@planted("stop_earliest_wins", "stop_overlapping")
class TakesTheFirstStopOfTheList(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        return super().reply(messages, [s for s in stop or () if s in messages[-1].content][:1])


@planted("stop_overlapping")
class TakesTheLongestStopOnly(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        prompt = str(messages[-1].content)
        present = [one for one in stop or () if one in prompt]
        return super().reply(messages, sorted(present, key=prompt.index)[:1])


@planted("stop_literal")
class StopsByRegex(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        import re  # noqa: PLC0415  # only here

        for one in stop or ():
            re.compile(one)
        return super().reply(messages, stop)


@planted("stop_at_start")
class MissesTheStopAtTheStart(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        prompt = str(messages[-1].content)
        return super().reply(messages, [one for one in stop or () if not prompt.startswith(one)])


@planted("stop_absent")
class DropsWhatTheStreamHeldBack(HealthyChat):
    def chunks(self, messages: Any, stop: Any) -> Iterator[ChatGenerationChunk]:
        text = self.reply(messages, stop)
        met = any(one in text for one in stop or ())
        held = not met and any(text.endswith(one[:-1]) for one in stop or () if one[:-1])
        chunks = list(super().chunks(messages, stop))
        yield from chunks[:-1] if held else chunks


@planted("stop_split_over_chunks", "stop_overlapping")
class LooksIntoSingleChatChunks(HealthyChat):
    def chunks(self, messages: Any, stop: Any) -> Iterator[ChatGenerationChunk]:
        for chunk in super().chunks(messages, None):
            ends = [chunk.text.find(one) + len(one) for one in stop or () if one in chunk.text]
            text = chunk.text[: min(ends, default=len(chunk.text))]
            yield ChatGenerationChunk(message=AIMessageChunk(content=text))
            if ends:
                return


@planted("stop_not_leaking", "cache_keyed_by_stop")
class RemembersTheStopOfACall(HealthyChat):
    _stop: Any = PrivateAttr(default=None)

    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        self._stop = stop or self._stop
        return super().reply(messages, self._stop)


@planted("stop_list_unchanged")
class AddsAStopOfItsOwn(HealthyChat):
    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        if stop:
            stop.append("</s>")
        return super().reply(messages, stop)


# Cache


@planted("cache_hit")
class IdentifiesEachChat(HealthyChat):
    calls: ClassVar[list[int]] = []

    @property
    def _identifying_params(self) -> dict[str, Any]:
        self.calls.append(1)
        return {**super()._identifying_params, "call": len(self.calls)}


@planted("cache_not_crossing")
class HasNoChatIdentity(HealthyChat):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {}


@planted("cache_keyed_by_stop")
class LeavesTheStopOutOfTheKey(HealthyChat):
    def _get_llm_string(self, stop: list[str] | None = None, **kwargs: Any) -> str:
        del stop
        return super()._get_llm_string(**kwargs)


@planted("cache_partial_batch")
class AnswersHitsInReverse(HealthyChat):
    def batch(self, inputs: Any, config: Any = None, **how: Any) -> Any:
        answers = super().batch(inputs, config, **how)
        return answers if self.cache is None else answers[::-1]
