"""Broken string LLMs, each one change of `HealthyLLM`, and the checks that must catch it."""

from __future__ import annotations

import asyncio
import base64
import itertools
import logging
import re
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.outputs import Generation, GenerationChunk, LLMResult
from langchain_core.prompt_values import StringPromptValue
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr

from healthy_llm import FAILS, HealthyLLM, cut
from planted import Defect
from planted import planted as planted_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


DEFECTS: list[Defect] = []
planted = planted_in(DEFECTS, HealthyLLM)


# Construction


@planted("distinguishing_params_declared", distinguishing_params={})
class NothingDistinguishes(HealthyLLM):
    pass


@planted("init", llm_params={"n": 1000, "options": {"model": "x"}})
class EatsItsArguments(HealthyLLM):
    options: dict[str, str] = Field(default_factory=dict, description="Options.")

    def __init__(self, **given: Any) -> None:
        given.get("options", {}).pop("model", None)
        super().__init__(**given)


@planted("init_from_env")
class IgnoresTheEnvironment(HealthyLLM):
    api_key: SecretStr = Field(default=SecretStr("built in"), description="The key.")

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True


@planted("init_from_env")
class ReadsTheEnvironmentAtImport(HealthyLLM):
    api_key: SecretStr | None = Field(default=None, description="The key.")


@planted("init_argument_beats_env")
class PrefersTheEnvironment(HealthyLLM):
    def __init__(self, **given: Any) -> None:
        from healthy_llm import key_from_environment  # noqa: PLC0415  # as at each construction

        super().__init__(**{**given, "api_key": key_from_environment() or given.get("api_key")})


@planted("init")
class IsTheOnlyOne(HealthyLLM):
    only: ClassVar[Any] = None

    def __new__(cls, **_: Any) -> Any:
        cls.only = cls.only or super().__new__(cls)
        return cls.only


# Documentation


@planted("class_docstring", "docstring_example", "service_link")
class HasAnEmptyDocString(HealthyLLM):
    """"""  # noqa: D419  # the defect


@planted("init_args_documented")
class DocumentsNoArgument(HealthyLLM):
    top_k: int = 3


@planted("init_args_documented")
class DocumentsNoArgumentOfItsInit(HealthyLLM):
    def __init__(self, *, prefix: str = "", **given: Any) -> None:
        del prefix
        super().__init__(**given)


@planted("docstring_example")
class ShowsAnotherClass(HealthyLLM):
    """A copy of a page, https://example.com/page.

    Example:
        ```python
        print("CustomChatModel(n=2)")
        ```
    """


@planted("docstring_example_runs")
class ShowsAnExampleThatFails(HealthyLLM):
    """See https://example.com/page.

    Example:
        ```python
        model = ShowsAnExampleThatFails(n=5)
        model.invoke_it("This is a foobar thing")
        ```
    """


@planted("docstring_example_runs")
class ShowsAnExampleThatExits(HealthyLLM):
    """See https://example.com/page.

    ```python
    raise SystemExit(ShowsAnExampleThatExits(n=5).invoke("This is a foobar thing"))
    ```
    """


@planted("docstring_example_runs")
class ShowsAnExampleBesideAPrompt(HealthyLLM):
    """See >>> below, or https://example.com/page.

    ```python
    ShowsAnExampleBesideAPrompt(n=5).nothing()
    ```
    """


@planted("docstring_example_runs")
class ShowsAnotherResult(HealthyLLM):
    """See https://example.com/page.

    >>> ShowsAnotherResult(n=5).invoke("This is a foobar thing")
    'That '
    """


@planted("service_link")
class LinksNowhere(HealthyLLM):
    """An echo.

    >>> LinksNowhere(n=5).invoke("This is a foobar thing")
    'This '
    """


@planted("docstring_example", "docstring_example_runs")
class ShowsAnExampleThatIsNoPython(HealthyLLM):
    """See https://example.com/page.

    ```python
    model = ShowsAnExampleThatIsNoPython(n=...
    ```
    """


# Identity and tracing


@planted("llm_type")
class HasNoType(HealthyLLM):
    @property
    def _llm_type(self) -> str:
        return ""


@planted("identifying_params_json", "save")
class IdentifiesByAnObject(HealthyLLM):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "client": frozenset({"client"})}


@planted("identifying_params_not_empty", "identifying_params_distinguish", "cache_not_crossing")
class HasNoIdentity(HealthyLLM):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {}


@planted("identifying_params_distinguish", "cache_not_crossing")
class LeavesOutN(HealthyLLM):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "include_stop": self.include_stop}


@planted(
    "cache_not_crossing",
    distinguishing_params={"default_stop": ["q"]},
)
class ReportsItsDefaultStopAsStop(HealthyLLM):
    default_stop: list[str] | None = Field(default=None, description="Stops of every call.")

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt, self.default_stop if stop is None else stop)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "stop": self.default_stop}


@planted("langsmith_params")
class TellsLangSmithItChats(HealthyLLM):
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return {**super()._get_ls_params(stop=stop, **kwargs), "ls_model_type": "chat"}


@planted("langsmith_model_name")
class TellsLangSmithAnotherName(HealthyLLM):
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return {**super()._get_ls_params(stop=stop, **kwargs), "ls_model_name": "gpt-4"}


@planted("print_format")
class PrintsAsPydanticDoes(HealthyLLM):
    def __str__(self) -> str:
        return repr(self)


@planted("identifying_params_json", "save")
class IdentifiesByAList(HealthyLLM):
    @property
    def _identifying_params(self) -> Any:
        return list(super()._identifying_params.items())


@planted("langsmith_params")
class TellsLangSmithNoProvider(HealthyLLM):
    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return {**super()._get_ls_params(stop=stop, **kwargs), "ls_provider": ""}


# Serialization


@planted("dumps", "dumps_round_trip")
class CannotBeDumped(HealthyLLM):
    def to_json(self) -> Any:
        data: Any = super().to_json()
        data["kwargs"]["itself"] = data  # no JSON can hold that
        return data

    @property
    def _serialized(
        self,
    ) -> dict[str, Any]:  # else some cores fail on every call, not on dumps only
        return {}


@planted("dumps_round_trip")
class DumpsAnotherArgument(HealthyLLM):
    @property
    def lc_attributes(self) -> dict[str, Any]:
        return {"n": 5}


@planted("save")
class IdentifiesByATuple(HealthyLLM):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "limits": (1, 2)}


@planted("pickle")
class CannotBePickled(HealthyLLM):
    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("cannot pickle 'SSLContext' object")

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any = None) -> Any:
        return self.model_copy()

    def model_copy(self, **_: Any) -> Any:
        return type(self)(**dict(self))


@planted("pickle", "copies")
class HoldsALock(HealthyLLM):
    _lock: Any = PrivateAttr(default_factory=threading.Lock)


@planted("copies")
class CopiesAsItsParent(HealthyLLM):
    def __copy__(self) -> Any:
        return HealthyLLM(n=self.n)


@planted("copies")
class CopiesAnotherN(HealthyLLM):
    def __copy__(self) -> Any:
        return type(self)(n=5)


@planted("copies")
class CopiesWithoutItsState(HealthyLLM):
    _fresh: bool = PrivateAttr(default=True)

    def __copy__(self) -> Any:
        other = super().__copy__()
        other._fresh = False
        return other

    def _call(self, *given: Any, **named: Any) -> str:
        return super()._call(*given, **named) if self._fresh else "What was I?"


# Secrets


@planted("secrets_declared", secret_params={})
class DeclaresNoKey(HealthyLLM):
    """An echo with a key that nobody mentions.

    >>> DeclaresNoKey(n=5).invoke("This is a foobar thing")
    'This '
    """


@planted("secrets_declared")
class HoldsATokenThatNobodyMentions(HealthyLLM):
    aws_session_token: str = Field(default="", description="The token.")


@planted("secret_surfaces", "secret_callbacks")
class IdentifiesByBasicAuth(HealthyLLM):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        key = self.api_key.get_secret_value() if self.api_key else ""
        header = base64.b64encode(f"api:{key}".encode()).decode()
        return {**super()._identifying_params, "auth": f"Basic {header}"}


@planted("secret_types", "secret_surfaces", "init_from_env")
class KeepsItsKeyAsAString(HealthyLLM):
    api_key: str = Field(default="", description="The key.")  # type: ignore[assignment]  # the defect


@planted("secret_surfaces")
class KeepsItsHeaders(HealthyLLM):
    headers: dict[str, str] = Field(default_factory=dict, description="Headers.", repr=False)

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        if self.api_key:
            self.headers["Authorization"] = f"Bearer {self.api_key.get_secret_value()}"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return False


@planted("secret_surfaces", "secret_callbacks")
class IdentifiesByItsKey(HealthyLLM):
    @property
    def _identifying_params(self) -> dict[str, Any]:
        key = self.api_key.get_secret_value() if self.api_key else ""
        return {**super()._identifying_params, "key": key[:12]}


@planted("secret_callbacks", "secret_logs")
class TellsCallbacksItsKey(HealthyLLM):
    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        key = self.api_key.get_secret_value() if self.api_key else ""
        for chunk in super().chunks(prompt, stop):
            yield GenerationChunk(text=chunk.text, generation_info={"sent": {"key": key}})


@planted("secret_logs")
class LogsItsKey(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        key = self.api_key.get_secret_value() if self.api_key else ""
        logging.getLogger(__name__).info("POST with key %s", key)
        return super().reply(prompt, stop)


@planted("secret_logs")
class LogsItsKeyWhenItFails(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        if prompt == FAILS and self.api_key:
            logging.getLogger(__name__).error("401 for %s", self.api_key.get_secret_value())
        return super().reply(prompt, stop)


@planted("secret_logs")
class LogsItsKeyInSyncStreams(HealthyLLM):
    def _stream(self, *given: Any, **named: Any) -> Iterator[GenerationChunk]:
        key = self.api_key.get_secret_value() if self.api_key else ""
        logging.getLogger(__name__).info("POST with key %s", key)
        return super()._stream(*given, **named)


@planted("secret_logs")
class LogsItsKeyByItself(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        logger = logging.getLogger("a logger of its own")
        logger.propagate = False
        key = self.api_key.get_secret_value() if self.api_key else ""
        logger.info("POST with key %s", key)
        return super().reply(prompt, stop)


@planted("secret_errors")
class QuotesItsKeyInErrors(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        if prompt == FAILS and self.api_key:
            raise ValueError(f"401 for {self.api_key.get_secret_value()}")
        return super().reply(prompt, stop)


@planted("secret_validation_errors")
class ShowsInputInErrors(HealthyLLM):
    model_config = ConfigDict(hide_input_in_errors=False)


# Paths


@planted("answers")
class IsNotRunning(HealthyLLM):
    """See https://example.com/api.

    >>> IsNotRunning(n=5).n
    5
    """

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        raise ConnectionRefusedError(f"nobody listens for {prompt} and {stop}")


@planted("deterministic", expected_completion=lambda _, __: None)
class SaysSomethingElse(HealthyLLM):
    calls: ClassVar[Any] = itertools.count()

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(f"{next(self.calls)} {prompt}", stop)


@planted("same_text_on_every_path")
class StreamsInCapitals(HealthyLLM):
    def _stream(self, *given: Any, **named: Any) -> Iterator[GenerationChunk]:
        for chunk in super()._stream(*given, **named):
            yield GenerationChunk(text=chunk.text.upper())


@planted("same_text_on_every_path")
class NeverAnswers(HealthyLLM):
    """See https://example.com/api.

    >>> NeverAnswers(n=5).n
    5
    """

    def _call(self, *_: Any, **__: Any) -> str:
        raise TypeError("got an unexpected keyword argument")


@planted("same_text_on_every_path")
class AwaitsNothing(HealthyLLM):
    async def _acall(self, *_: Any, **__: Any) -> str:
        raise NotImplementedError


@planted("whitespace_kept")
class StripsThePrompt(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt.strip(), stop)


@planted("empty_answer", "stop_at_start", llm_params={"include_stop": False}, stop_policy="exclude")
class StreamsNothingForNothing(HealthyLLM):
    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        return (chunk for chunk in super().chunks(prompt, stop) if chunk.text)


@planted("several_chunks", llm_params={"chunk_size": 1000})
class StreamsOneChunk(HealthyLLM):
    pass


@planted("stream_without_run_manager")
class NeedsARunManager(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


@planted("answers_are_strings")
class StreamsChunkObjects(HealthyLLM):
    def stream(self, *given: Any, **named: Any) -> Iterator[Any]:
        return (GenerationChunk(text=text) for text in super().stream(*given, **named))


@planted("prompt_types")
class ReprsMessages(HealthyLLM):
    def _convert_input(self, model_input: Any) -> Any:
        if isinstance(model_input, list):
            return StringPromptValue(text=repr(model_input))
        return super()._convert_input(model_input)


@planted("same_text_on_every_path", expected_completion=lambda _, __: None)
class NeverAnswersAndSaysNothing(HealthyLLM):
    """See https://example.com/api.

    >>> NeverAnswersAndSaysNothing(n=5).n
    5
    """

    def _call(self, *_: Any, **__: Any) -> str:
        raise TypeError("got an unexpected keyword argument")


@planted("empty_answer")
class FillsTheSilence(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt, stop) if prompt else "(nothing)"


@planted("stream_without_run_manager")
class StreamsOtherwiseWithoutARunManager(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> Iterator[GenerationChunk]:
        asked = prompt if run_manager else prompt.upper()
        return super()._stream(asked, stop, run_manager, **how)


# Batches


@planted("batch_order")
class AnswersEachPromptOnce(HealthyLLM):
    def _generate(self, prompts: list[str], *given: Any, **named: Any) -> LLMResult:
        result = super()._generate(prompts, *given, **named)
        known = dict(zip(prompts, result.generations, strict=True))
        if len(known) < len(prompts) and len(prompts) > 4:
            last = list(known.values())[-1]
            result.generations = [*known.values(), *[last] * (len(prompts) - len(known))]
        return result


@planted("batch_max_concurrency")
class ForgetsTheRest(HealthyLLM):
    def batch(self, inputs: Any, config: Any = None, **how: Any) -> list[str]:
        limit = (config or {}).get("max_concurrency") if isinstance(config, dict) else None
        return super().batch(inputs[:limit], config, **how)


@planted("batch_as_completed")
class NumbersFromOne(HealthyLLM):
    def batch_as_completed(self, *given: Any, **named: Any) -> Iterator[Any]:
        for at, answer in super().batch_as_completed(*given, **named):
            yield at + 1, answer


@planted("batch_exceptions")
class SwallowsErrorsInBatches(HealthyLLM):
    def batch(self, inputs: Any, config: Any = None, **how: Any) -> Any:
        if len(inputs) == 1:
            return super().batch(inputs, config, **how)
        try:
            return super().batch(inputs, config, **how)
        except ValueError:
            return [""] * len(inputs)


@planted("batch_exceptions")
class ReturnsNoExceptionsInBatches(HealthyLLM):
    def batch(
        self, inputs: Any, config: Any = None, *, return_exceptions: bool = False, **how: Any
    ) -> Any:
        try:
            return super().batch(inputs, config, **how)
        except ValueError:
            if return_exceptions:
                return [""] * len(inputs)
            raise


# Concurrency


@planted("threads", "batch_as_completed")
class KeepsThePromptOnItself(HealthyLLM):
    _prompt: str = PrivateAttr(default="")

    def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        self._prompt = prompt
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.05)
        return self.reply(self._prompt, stop)


@planted("tasks", "fresh_event_loops", "batch_as_completed")
class KeepsThePromptOverAnAwait(HealthyLLM):
    _prompt: str = PrivateAttr(default="")

    async def _acall(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        self._prompt = prompt
        await asyncio.sleep(0)
        return self.reply(self._prompt, stop)


@planted("interleaved_streams", "threads")
class KeepsTheStreamOnItself(HealthyLLM):
    _rest: Any = PrivateAttr(default=None)

    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        self._rest = super().chunks(prompt, stop)
        while True:
            if threading.current_thread() is not threading.main_thread():
                time.sleep(0.005)
            chunk = next(self._rest, None)
            if chunk is None:
                return
            yield chunk


@planted("fresh_event_loops")
class KeepsTheFirstLoop(HealthyLLM):
    _loop: Any = PrivateAttr(default=None)

    async def _acall(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        loop = self._loop = self._loop or asyncio.get_running_loop()
        if loop is not asyncio.get_running_loop():
            raise RuntimeError("got Future attached to a different loop")
        return self.reply(prompt, stop)

    def __deepcopy__(self, memo: Any = None) -> Any:
        return self.model_copy()


@planted("fresh_event_loops")
class SharesAClientOfOneLoop(HealthyLLM):
    """A model whose client is shared by all, and bound to the loop that met it first.

    See https://example.com/api.

    >>> SharesAClientOfOneLoop(n=5).invoke("This is a foobar thing")
    'This '
    """

    bound: ClassVar[list[Any]] = []

    def use_client(self) -> None:
        self.bound[:] = self.bound or [asyncio.get_running_loop()]
        if self.bound != [asyncio.get_running_loop()]:
            raise RuntimeError("Event loop is closed")

    async def _acall(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        self.use_client()
        return self.reply(prompt, stop)

    async def _astream(self, *given: Any, **named: Any) -> AsyncIterator[GenerationChunk]:
        self.use_client()
        async for chunk in super()._astream(*given, **named):
            yield chunk


@planted("fresh_event_loops")
class PoolsConnectionsOfDeadLoops(HealthyLLM):
    pool: ClassVar[list[Any]] = []

    async def _acall(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        loop = self.pool.pop() if self.pool else asyncio.get_running_loop()
        if loop is not asyncio.get_running_loop():
            raise RuntimeError("Event loop is closed")
        await asyncio.sleep(0)
        self.pool.append(loop)
        return self.reply(prompt, stop)


@planted("fresh_event_loops")
class WaitsInAnotherLoop(HealthyLLM):
    _loop: Any = PrivateAttr(default=None)

    async def _acall(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        self._loop = self._loop or asyncio.get_running_loop()
        if self._loop is not asyncio.get_running_loop():
            await asyncio.Event().wait()
        return self.reply(prompt, stop)

    def __deepcopy__(self, memo: Any = None) -> Any:
        return self.model_copy()


@planted("sync_call_in_running_loop")
class RunsALoopInCall(HealthyLLM):
    def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        loop, coroutine = asyncio.new_event_loop(), self._acall(prompt, stop)
        try:
            return loop.run_until_complete(coroutine)
        finally:
            coroutine.close()
            loop.close()


# Callbacks


@planted("start_and_end_once")
class CallsItselfWithItsCallbacks(HealthyLLM):
    def _call(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> str:
        text = self.reply(prompt, stop)
        if run_manager:
            run_manager.on_llm_end(LLMResult(generations=[[Generation(text=text)]]))
        return text


@planted("end_equals_output", "stop_in_callbacks", "cache_partial_batch")
class ChangesTheTextAfterwards(HealthyLLM):
    def _call(self, *given: Any, **named: Any) -> str:
        return f"{super()._call(*given, **named)}<eos>"

    def generate_prompt(self, *given: Any, **named: Any) -> LLMResult:
        result = super().generate_prompt(*given, **named)
        texts = [answer[0].text.removesuffix("<eos>") for answer in result.generations]
        return LLMResult(generations=[[Generation(text=text)] for text in texts])


@planted("token_callback_once", "astream_events_in_chain")
class FiresNoToken(HealthyLLM):
    def _stream(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> Any:
        yield from self.chunks(prompt, stop)

    async def _astream(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> Any:
        for chunk in self.chunks(prompt, stop):
            yield chunk


@planted("token_callback_once", "astream_events_in_chain")
class FiresEachTokenTwice(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in super()._stream(prompt, stop, run_manager, **how):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> AsyncIterator[GenerationChunk]:
        async for chunk in super()._astream(prompt, stop, run_manager, **how):
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk


@planted("token_before_yield")
class FiresAfterTheYield(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            yield chunk
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)


@planted("token_before_yield")
class FiresTheLastTokenAfterTheYield(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        *chunks, last = self.chunks(prompt, stop)
        for chunk in chunks:
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk
        yield last
        if run_manager:
            run_manager.on_llm_new_token(last.text, chunk=last)


@planted("token_has_chunk")
class FiresWithoutTheChunk(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text)
            yield chunk


@planted("tokens_equal_output", "astream_events_in_chain")
class FiresStrippedTokens(HealthyLLM):
    async def _astream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> AsyncIterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            if run_manager:
                told = GenerationChunk(text=chunk.text.lower())
                await run_manager.on_llm_new_token(told.text, chunk=told)
            yield chunk


@planted("tokens_equal_output")
class FiresWithAnEmptyChunk(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=GenerationChunk(text=""))
            yield chunk


@planted("error_reported_once")
class ReportsItsErrorsItself(HealthyLLM):
    def _call(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> str:
        try:
            return self.reply(prompt, stop)
        except ValueError as error:
            if run_manager:
                run_manager.on_llm_error(error)
            raise


@planted("error_reported_once")
class AnswersItsErrors(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        try:
            return super().reply(prompt, stop)
        except ValueError as error:
            return f"Error: {error}"


@planted("early_close")
class GoesOnWhenClosed(HealthyLLM):
    def _stream(self, *given: Any, **named: Any) -> Iterator[GenerationChunk]:
        for chunk in super()._stream(*given, **named):
            try:
                yield chunk
            except GeneratorExit:  # noqa: PERF203  # the defect
                yield chunk


@planted("early_close")
class TellsTheRestWhenClosed(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> Iterator[GenerationChunk]:
        try:
            yield from super()._stream(prompt, stop, run_manager, **how)
        except GeneratorExit:
            if run_manager:
                run_manager.on_llm_new_token("the rest", chunk=GenerationChunk(text="the rest"))
            raise


@planted(
    "start_and_end_once",
    "end_equals_output",
    "error_reported_once",
    "token_callback_once",
    "config_reaches_callbacks",
)
class TellsNothingOfItsStreams(HealthyLLM):
    def stream(self, input: Any, *_: Any, stop: Any = None, **__: Any) -> Iterator[str]:  # noqa: A002 - Runnable's name
        for chunk in self.chunks(self._convert_input(input).to_string(), stop):
            yield chunk.text


@planted("start_and_end_once")
class ChangesItsRunId(HealthyLLM):
    def _call(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> str:
        if run_manager and prompt != FAILS:
            run_manager.run_id = uuid.uuid4()
        return self.reply(prompt, stop)


@planted("error_reported_once")
class RaisesAnotherError(HealthyLLM):
    def generate_prompt(self, *given: Any, **named: Any) -> LLMResult:
        try:
            return super().generate_prompt(*given, **named)
        except ValueError as error:
            raise RuntimeError("the model failed") from error


# Stop


@planted("stop_respected")
class IgnoresStop(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        del stop
        return super().reply(prompt, None)


@planted("stop_respected")
class IgnoresStopInStreams(HealthyLLM):
    def _stream(self, prompt: str, stop: Any = None, *given: Any, **named: Any) -> Any:
        del stop
        return super()._stream(prompt, None, *given, **named)


@planted("stop_respected", "stop_none_and_empty_alike")
class RaisesOnStop(HealthyLLM):
    def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        if stop is not None:
            raise ValueError("stop kwargs are not permitted.")
        return self.reply(prompt, stop)


@planted("stop_policy", llm_params={"include_stop": False})
class ExcludesStop(HealthyLLM):
    pass


@planted("stop_policy")
class ExcludesStopInStreams(HealthyLLM):
    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        return HealthyLLM.chunks(self.model_copy(update={"include_stop": False}), prompt, stop)


@planted("stop_unsupported_raises", stop_policy="unsupported")
class IgnoresStopSilently(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        del stop
        return super().reply(prompt, None)


@planted("stop_none_and_empty_alike")
class RefusesAnEmptyList(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        if stop == []:
            raise ValueError("400: stop must not be empty")
        return super().reply(prompt, stop)


@planted("stop_bound")
class DropsABoundStop(HealthyLLM):
    def bind(self, **kwargs: Any) -> Any:
        kwargs.pop("stop", None)
        return super().bind(**kwargs)


@planted("stop_earliest_wins", "stop_overlapping")
class TakesTheFirstOfTheList(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        present = [one for one in stop or () if one in prompt]
        return super().reply(prompt, present[:1])


@planted("stop_overlapping")
class TakesTheEarliestStart(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        present = [one for one in stop or () if one in prompt]
        return super().reply(prompt, sorted(present, key=prompt.index)[:1])


@planted("stop_literal", "stop_overlapping", stop_policy="exclude")
class CutsByRegex(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        text = super().reply(prompt, None)
        return re.split("|".join(stop), text, maxsplit=1)[0] if stop else text


@planted("stop_literal")
class StripsItsStops(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt, [one.strip() for one in stop or () if one.strip()])


@planted("stop_literal")
class KnowsNoLineBreak(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt, [one for one in stop or () if one != "\n"])


@planted("stop_earliest_wins")
class TakesTwoStops(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt, (stop or [])[:2])


@planted("stop_at_start")
class MissesAStopAtTheStart(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return super().reply(prompt, [one for one in stop or () if not prompt.startswith(one)])


@planted("stop_absent")
class DropsWhatItHeldBack(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        text = super().reply(prompt, stop)
        if stop and text == prompt and any(text.endswith(one[:-1]) for one in stop if one[:-1]):
            return text[: -len(stop[0]) + 1]
        return text


@planted("stop_split_over_chunks", "stop_overlapping")
class LooksIntoSingleChunks(HealthyLLM):
    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        for chunk in super().chunks(prompt, None):
            kept = cut(chunk.text, stop, include=True)
            yield GenerationChunk(text=kept)
            if any(one in chunk.text for one in stop or ()):
                return


@planted("stop_not_leaking", "cache_keyed_by_stop")
class RemembersTheStop(HealthyLLM):
    _stop: Any = PrivateAttr(default=None)

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        self._stop = stop or self._stop
        return super().reply(prompt, self._stop)


@planted("stop_not_leaking")
class LeavesTheStopOfAStream(HealthyLLM):
    _stop: Any = PrivateAttr(default=None)

    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        self._stop = stop
        return super().chunks(prompt, stop)

    def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        return self.reply(prompt, stop or self._stop)


@planted("stop_list_unchanged")
class AddsItsOwnStop(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        if stop:
            stop.append("</s>")
        return super().reply(prompt, stop)


@planted("stop_list_unchanged")
class SortsTheCallersStops(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        if stop:
            stop.sort(key=len)
        return super().reply(prompt, stop)


@planted("stop_list_unchanged")
class EmptiesTheCallersStops(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        text = super().reply(prompt, stop)
        if stop:
            stop.clear()
        return text


@planted("stop_in_callbacks")
class TellsTokensPastTheStop(HealthyLLM):
    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **how: Any
    ) -> Iterator[GenerationChunk]:
        yield from super()._stream(prompt, stop, run_manager, **how)
        rest = prompt[len(self.reply(prompt, stop)) :]
        if run_manager and rest:
            run_manager.on_llm_new_token(rest, chunk=GenerationChunk(text=rest))


@planted("stop_none_and_empty_alike")
class AnswersNothingToAnEmptyList(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        return "" if stop == [] else super().reply(prompt, stop)


# Cache


@planted("cache_hit", "dumps_round_trip", "pickle", "copies", "print_format", "save")
class IdentifiesEachCall(HealthyLLM):
    calls: ClassVar[Any] = itertools.count()

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "call": next(self.calls)}


@planted("cache_keyed_by_stop")
class CachesByPromptAlone(HealthyLLM):
    def reply(self, prompt: str, stop: list[str] | None) -> str:
        if self.cache is None:
            return super().reply(prompt, stop)
        kept = self.cache.__dict__.setdefault("kept", {})
        text: str = kept.setdefault(prompt, super().reply(prompt, stop))
        return text


@planted("cache_partial_batch")
class AnswersHitsFirst(HealthyLLM):
    def generate(self, prompts: list[str], *given: Any, **named: Any) -> LLMResult:
        result = super().generate(prompts, *given, **named)
        if self.cache is not None and len(prompts) > 1:
            result.generations.reverse()
        return result


@planted("cache_hit", "cache_partial_batch")
class SaysWhatIsCached(HealthyLLM):
    def generate_prompt(self, *given: Any, **named: Any) -> LLMResult:
        result = super().generate_prompt(*given, **named)
        if not getattr(self.cache, "hits", 0):
            return result
        texts = [answer[0].text + " (cached)" for answer in result.generations]
        return LLMResult(generations=[[Generation(text=text)] for text in texts])


# Events and composition


@planted("astream_log")
class LogsNothing(HealthyLLM):
    async def astream_log(self, *given: Any, **named: Any) -> Any:
        async for log in super().astream_log(*given, **named):
            log.state["streamed_output"] = []
            yield log


@planted("astream_events")
class HidesItsStreamEvents(HealthyLLM):
    async def astream_events(self, *given: Any, **named: Any) -> Any:
        async for event in super().astream_events(*given, **named):
            if event["event"] != "on_llm_stream":
                yield event


@planted("composes")
class LosesItselfInFallbacks(HealthyLLM):
    def with_fallbacks(self, fallbacks: Any, **_: Any) -> Any:
        return fallbacks[0]


@planted("composes", "stop_bound")
class BindsAnotherModel(HealthyLLM):
    def bind(self, **_: Any) -> Any:
        return type(self)(n=5)


@planted("config_reaches_callbacks")
class IgnoresItsConfig(HealthyLLM):
    def with_config(self, *_: Any, **__: Any) -> Any:
        return self


@planted("config_reaches_callbacks")
class DropsTheMetadata(HealthyLLM):
    def invoke(self, input: Any, config: Any = None, **how: Any) -> str:  # noqa: A002 - Runnable's name
        kept = {name: value for name, value in (config or {}).items() if name != "metadata"}
        return super().invoke(input, kept, **how)  # type: ignore[arg-type]  # a config it is


@planted("config_reaches_callbacks")
class DropsTheTags(HealthyLLM):
    def invoke(self, input: Any, config: Any = None, **how: Any) -> str:  # noqa: A002 - Runnable's name
        config = {"callbacks": config["callbacks"]} if config and "callbacks" in config else None
        return super().invoke(input, config, **how)


@planted("config_reaches_callbacks")
class DropsTheRunName(HealthyLLM):
    def invoke(self, input: Any, config: Any = None, **how: Any) -> str:  # noqa: A002 - Runnable's name
        kept = {name: value for name, value in (config or {}).items() if name != "run_name"}
        return super().invoke(input, kept, **how)  # type: ignore[arg-type]  # a config it is


@planted("custom_token_ids")
class CountsWords(HealthyLLM):
    def get_num_tokens(self, text: str) -> int:
        return len(text.split())
