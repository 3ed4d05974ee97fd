"""`CustomLLM`, a string-in, string-out model that echoes its prompt.

`CustomLLM._reply` decides what is answered, from the settings in `EchoSettings`, which also record
the call. Everything below it only adapts that to LangChain's paths: `_call` and `_acall` (invoke,
batch), `_stream` and `_astream`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.llms import LLM
from langchain_core.outputs import GenerationChunk
from pydantic import Field

from langchain_model_parts.calls import Call
from langchain_model_parts.echo import EchoSettings, heed_overriding, pieces

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )
    from langchain_core.language_models.base import LangSmithParams


class CustomLLM(EchoSettings, LLM):
    r"""An offline, deterministic LLM that echoes the first `n` characters of its prompt.

    It stands in for a real model in tests, CI and demos, and is the model that LangChain's how-to
    page "How to create a custom LLM class" describes, with the page's contributing checklist kept.

    The reply is the prompt, cut at `n`, then at the first completed stop. It depends on nothing
    else: the same prompt gives the same reply on every path, in every thread, after every copy.
    With `replies`, the calls use up written replies instead. `calls` records every call.

    Setup:
        `pip install ./packages/shared ./packages/llm-echo` in a checkout. Once it is published,
        `pip install langchain-llm-echo` will do. No key is needed. To see how a model handles one,
        set `ECHO_API_KEY` or pass `api_key`.

    Async:
        `ainvoke`, `astream`, `abatch` answer the same, natively: no thread is used.

    Examples:
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

        Replies:

        >>> llm = CustomLLM(replies=["Who's there?", ...])
        >>> llm.batch(["Knock, knock.", "Lettuce."])
        ["Who's there?", 'Lettuce.']
        >>> llm.calls[0].prompt, llm.calls[0].answer
        ('Knock, knock.', "Who's there?")

    See Also:
        https://github.com/langchain-ai/langchain/blob/580fbd9ada5e0563de440abcd5432dd04242f472/docs/docs/how_to/custom_llm.ipynb
    """

    n: int | None = Field(default=None, ge=0)
    """How many characters (code points) to echo; `None` for all of them."""

    model_name: str = "CustomChatModel"
    """The name to report to callbacks and tracing: the how-to page's."""

    def _reply(self, call: Call, entry: Any) -> str:
        """Return the whole answer: the prompt cut at `n`, or the entry, cut at the first stop."""
        text = call.prompt[: self.n] if entry is ... else entry
        return self._stops(call.stop).cut(text)

    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - no tokens to report
        **kwargs: Any,
    ) -> str:
        reply: str = self._outcome(Call(prompt, stop, kwargs)).whole()
        if self.sleep is not None:
            time.sleep(self.sleep)
        return reply

    async def _acall(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - as in _call
        **kwargs: Any,
    ) -> str:
        reply: str = (await self._aoutcome(Call(prompt, stop, kwargs))).whole()
        if self.sleep is not None:
            await asyncio.sleep(self.sleep)
        return reply

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[GenerationChunk]:
        outcome = self._outcome(Call(prompt, stop, kwargs))
        for text in outcome.cut(pieces(outcome.reply, self.chunk_size)):
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
        **kwargs: Any,
    ) -> AsyncIterator[GenerationChunk]:
        outcome = await self._aoutcome(Call(prompt, stop, kwargs))
        for text in outcome.cut(pieces(outcome.reply, self.chunk_size)):
            if self.sleep is not None:
                await asyncio.sleep(self.sleep)
            chunk = GenerationChunk(text=text)
            if run_manager:
                await run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        heed_overriding(cls, "_call", ["_acall", "_stream", "_astream"], LLM)
        heed_overriding(cls, "_stream", ["_astream"], LLM)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        """Every setting that changes an answer."""
        params = super()._identifying_params
        params["n"] = self.n
        return params

    @property
    def _llm_type(self) -> str:
        return "custom"

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=self._traced_stops(stop), **kwargs)
        params["ls_provider"] = "echo"
        if self.n is not None:
            params["ls_max_tokens"] = self.n  # a call's `max_tokens` changes nothing
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
