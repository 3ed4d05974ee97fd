"""A model that behaves as the `CustomLLM` printed on LangChain's how-to page does.

Written anew from that behaviour, so that examples and benchmarks can show it beside ours: `invoke`
refuses `stop` and `stream` ignores it, an empty answer makes no chunk, the identifying parameters
leave out `n`, and the asynchronous paths fall back to threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models.llms import LLM
from langchain_core.outputs import GenerationChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.callbacks import CallbackManagerForLLMRun


class HowToPageLLM(LLM):
    """Echoes the first `n` characters of the prompt, in the how-to page's way."""

    n: int

    def _call(
        self,
        prompt: str,
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - the base's signature
        **kwargs: Any,  # noqa: ARG002 - the base's signature
    ) -> str:
        if stop is not None:
            raise ValueError("stop kwargs are not permitted.")
        return prompt[: self.n]

    def _stream(
        self,
        prompt: str,
        stop: list[str] | None = None,  # noqa: ARG002 - one of the flaws
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ARG002 - the base's signature
    ) -> Iterator[GenerationChunk]:
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
