"""`CustomLLM`, a string-in, string-out model that echoes its prompt.

`CustomLLM._reply` decides what is answered. Everything below it only adapts that one pure method
to LangChain's paths: `_call` and `_acall` (invoke, batch), `_stream` and `_astream`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.llms import LLM
from langchain_core.outputs import GenerationChunk
from pydantic import ConfigDict, Field, SecretStr, field_validator

from langchain_echo_shared import (
    SecretsMixin,
    StopSequences,
    StrictArgumentsMixin,
    secret_field,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models.base import LangSmithParams


class CustomLLM(SecretsMixin, StrictArgumentsMixin, LLM):
    r"""An offline, deterministic LLM that echoes the first `n` characters of its prompt.

    It stands in for a real model in tests, CI and demos, and is the model that LangChain's how-to
    page "How to create a custom LLM class" describes, with the page's contributing checklist kept.

    The reply is the prompt, cut at `n`, then at the first completed stop. It depends on nothing
    else: the same prompt gives the same reply on every path, in every thread, after every copy.

    Setup:
        `pip install langchain-llm-echo`. No key is needed. To see how a model handles one, set
        `ECHO_API_KEY` or pass `api_key`.

    Instantiate:
        >>> from langchain_llm_echo import CustomLLM
        >>> llm = CustomLLM(n=5)

    Invoke:
        >>> llm.invoke("This is a foobar thing")
        'This '

    Stream:
        >>> list(llm.stream("hello"))
        ['h', 'e', 'l', 'l', 'o']

    Batch:
        >>> llm.batch(["woof woof woof", "meow meow meow"])
        ['woof ', 'meow ']

    Stop:
        >>> CustomLLM().invoke("one\ntwo", stop=["\n"])
        'one\n'
        >>> CustomLLM(include_stop=False).invoke("one\ntwo", stop=["\n"])
        'one'

    Async:
        `ainvoke`, `astream`, `abatch` answer the same, natively: no thread is used.

    See Also:
        https://python.langchain.com/docs/how_to/custom_llm/
    """

    model_config = ConfigDict(
        protected_namespaces=(),  # pydantic before 2.10 warns of `model_name`, LangChain's word
    )

    n: int | None = Field(default=None, ge=0)
    """How many characters (code points) of the prompt to echo; `None` for all of them."""

    stop: list[str] | None = None
    """The stops of calls that name none; a call's own `stop`, also `[]`, takes their place."""

    include_stop: bool = True
    """Whether the stop that ends a reply stays in it, as LangChain's checklist asks."""

    chunk_size: int = Field(default=1, ge=1)
    """How many characters a streamed chunk holds; the last one may hold fewer."""

    sleep: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Seconds to wait before each streamed chunk, and once for a whole reply.

    On the async paths other tasks run meanwhile; `0` only lets them run.
    """

    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    """A key as a real model has one, read from `ECHO_API_KEY`; never used, shown or echoed."""

    model_name: str = "CustomChatModel"
    """The name to report to callbacks and tracing."""

    @field_validator("stop", mode="before")
    @classmethod
    def _check_stop(cls, stop: Any) -> list[str] | None:
        if stop is None:
            return None
        try:
            return list(StopSequences(stop).stops)
        except TypeError as error:  # which pydantic would let through as it is
            raise ValueError(str(error)) from None

    def _reply(self, prompt: str, stop: list[str] | None) -> str:
        """Return the whole answer: the prompt, cut at `n`, then at the first completed stop."""
        stops = StopSequences(self.stop if stop is None else stop, include=self.include_stop)
        return stops.cut(prompt[: self.n])

    def _pieces(self, prompt: str, stop: list[str] | None) -> list[str]:
        """Return the answer in pieces, at least one: LangChain raises on a stream without any."""
        reply = self._reply(prompt, stop)
        size = self.chunk_size
        return [reply[start : start + size] for start in range(0, len(reply) or 1, size)]

    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens to report
        **kwargs: Any,  # noqa: ARG002 - LangChain's cache ignores them, so they change nothing
    ) -> str:
        reply = self._reply(prompt, stop)
        if self.sleep is not None:
            time.sleep(self.sleep)
        return reply

    async def _acall(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - as in _call
        **kwargs: Any,  # noqa: ARG002 - as in _call
    ) -> str:
        reply = self._reply(prompt, stop)
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return reply

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ARG002 - as in _call
    ) -> Iterator[GenerationChunk]:
        for text in self._pieces(prompt, stop):
            if self.sleep is not None:
                time.sleep(self.sleep)
            chunk = GenerationChunk(text=text)
            if run_manager:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ARG002 - as in _call
    ) -> AsyncIterator[GenerationChunk]:
        for text in self._pieces(prompt, stop):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            chunk = GenerationChunk(text=text)
            if run_manager:
                await run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "custom"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting that changes an answer: LangChain's cache key and what `print` shows.

        LangChain writes a call's stops over the key `stop`, so the default ones need another name:
        models with different defaults would share cache entries.
        """
        params: dict[str, Any] = {"model_name": self.model_name, "n": self.n}
        if self.stop:
            params["default_stop"] = self.stop
        if not self.include_stop:
            params["include_stop"] = False
        return params

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        stop = self.stop if stop is None else stop
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = "echo"
        if self.n is not None:
            params.setdefault("ls_max_tokens", self.n)
        return params

    def get_token_ids(self, text: str) -> list[int]:
        """Return one token a character, its code point, unless `custom_get_token_ids` is set."""
        if self.custom_get_token_ids is not None:
            return self.custom_get_token_ids(text)
        return list(map(ord, text))

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Return `True`: `dumps` writes the settings, and the name of the key's variable."""
        return True
