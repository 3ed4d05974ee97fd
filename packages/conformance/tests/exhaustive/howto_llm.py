"""A rendition of the class on LangChain's how-to page about custom LLMs, flaws included.

Written anew from its behaviour: it refuses `stop` in `_call` and ignores it in `_stream`, yields no
chunk for an empty prompt, leaves `n` out of its identity and shows another class in its example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LLM
from langchain_core.outputs import GenerationChunk

if TYPE_CHECKING:
    from collections.abc import Iterator


class CustomLLM(LLM):
    """Echoes the first characters of a prompt.

    Example:

        .. code-block:: python

            model = CustomChatModel(n=2)
            model.invoke("hello")
            model.batch(["hello", "goodbye"])

    """

    n: int
    """How many characters are echoed."""

    def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        if stop is not None:
            raise ValueError("stop kwargs are not permitted.")
        return prompt[: self.n]

    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        del stop  # that is the flaw
        for character in prompt[: self.n]:
            chunk = GenerationChunk(text=character)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": "CustomChatModel"}

    @property
    def _llm_type(self) -> str:
        return "custom"
