"""A chat model with nothing wrong: every planted defect is one change of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import ConfigDict, Field, SecretStr, model_validator

from healthy_llm import FAILS, cut, key_from_environment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class HealthyChat(BaseChatModel):
    """An echo of the last message, from https://example.com/echo/api.

    Example:
        ```python
        model = HealthyChat(n=5)
        model.invoke("This is a foobar thing")
        ```
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    n: int = 1000
    """How many characters to echo."""
    include_stop: bool = True
    """Whether a stop stays at the end of the text."""
    chunk_size: int = Field(default=3, description="Characters for each chunk.")
    api_key: SecretStr | None = Field(default_factory=key_from_environment)
    """The key, read from `HEALTHY_API_KEY`."""

    @model_validator(mode="after")
    def check_n(self) -> Any:
        """Refuse what is no number of characters: pydantic quotes all arguments beside this."""
        if self.n < 0:
            raise ValueError("n must not be negative")
        return self

    def reply(self, messages: list[BaseMessage], stop: list[str] | None) -> str:
        """Return the answer."""
        prompt = str(messages[-1].content)
        if prompt == FAILS:
            raise ValueError("this prompt fails")
        return cut(prompt[: self.n], stop, include=self.include_stop)

    def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None
    ) -> Iterator[ChatGenerationChunk]:
        """Yield the answer in pieces: an empty one if there is nothing else."""
        text = self.reply(messages, stop)
        for at in range(0, len(text) or 1, self.chunk_size):
            piece = text[at : at + self.chunk_size]
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any
    ) -> ChatResult:
        answer = AIMessage(content=self.reply(messages, stop))
        return ChatResult(generations=[ChatGeneration(message=answer)])

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any
    ) -> ChatResult:
        return self._generate(messages, stop)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **_: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in self.chunks(messages, stop):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        for chunk in self.chunks(messages, stop):
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "healthy-chat"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"n": self.n, "include_stop": self.include_stop}

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Say which argument comes from which variable."""
        return {"api_key": "HEALTHY_API_KEY"}
