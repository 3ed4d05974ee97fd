"""A string LLM with nothing wrong: every planted defect is one change of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LLM
from langchain_core.outputs import GenerationChunk
from pydantic import ConfigDict, Field, SecretStr, model_validator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

FAILS = "please fail"
EMPTY = ""


def key_from_environment() -> SecretStr | None:
    """Return the key that the environment holds now."""
    key = os.environ.get("HEALTHY_API_KEY")
    return SecretStr(key) if key else None


def cut(text: str, stop: Sequence[str] | None, *, include: bool) -> str:
    """Cut `text` at the stop that is completed first; of two at once, the longest."""
    ends = [(text.find(one) + len(one), -len(one)) for one in stop or () if text.find(one) >= 0]
    if not ends:
        return text
    end, minus_length = min(ends)
    return text[:end] if include else text[: end + minus_length]


class HealthyLLM(LLM):
    """An echo, from https://example.com/echo/api.

    Example:
        ```python
        model = HealthyLLM(n=5)
        model.invoke("This is a foobar thing")
        ```
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    n: int = 1000
    """How many characters to echo."""
    model_name: str = "healthy-1"
    """The model's name."""
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

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        """Return the answer."""
        if prompt == FAILS:
            raise ValueError("this prompt fails")
        return cut(prompt[: self.n], stop, include=self.include_stop)

    def chunks(self, prompt: str, stop: list[str] | None) -> Iterator[GenerationChunk]:
        """Yield the answer in pieces: an empty one if there is nothing else."""
        text = self.reply(prompt, stop)
        for at in range(0, len(text) or 1, self.chunk_size):
            yield GenerationChunk(text=text[at : at + self.chunk_size])

    def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        return self.reply(prompt, stop)

    async def _acall(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        return self.reply(prompt, stop)

    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> AsyncIterator[GenerationChunk]:
        for chunk in self.chunks(prompt, stop):
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "healthy"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {
            "model_name": self.model_name,
            "n": self.n,
            "include_stop": self.include_stop,
        }

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Say which argument comes from which variable."""
        return {"api_key": "HEALTHY_API_KEY"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Say that `dumps` and `loads` work."""
        return True
