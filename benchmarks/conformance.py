"""Time the suite for string LLMs on an echo in this process, and on one that pauses at each chunk.

    python benchmarks/conformance.py [seconds a chunk]

Prints both times. Exits with 1 if a check fails, or if a run takes longer than it may.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any, ClassVar

import pytest
from langchain_core.language_models import LLM
from langchain_core.outputs import GenerationChunk

from langchain_model_conformance import ConformanceFailure, LLMConformanceTests, checks_of

CHUNK = 3  # characters, as tokens have
PAUSE = float(sys.argv[1]) if len(sys.argv) > 1 else 0.005


class EchoLLM(LLM):
    """An echo that pauses at each chunk; `_call` takes as long as all chunks do.

    >>> EchoLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    pause: float = 0
    """Seconds for each chunk."""
    n: int = 1000
    """How many characters to echo."""
    model_name: str = "echo"
    """The model's name."""

    def chunks(self, prompt: str, stop: list[str] | None) -> list[str]:
        """Return the answer in pieces; the stop that is completed first stays at its end."""
        CALLS.append(prompt)
        text = prompt[: self.n]
        ends = [text.find(one) + len(one) for one in stop or [] if one in text]
        text = text[: min(ends)] if ends else text
        return [text[at : at + CHUNK] for at in range(0, len(text) or 1, CHUNK)]

    def _call(self, prompt: str, stop: Any = None, *_: Any, **__: Any) -> str:
        pieces = self.chunks(prompt, stop)
        time.sleep(self.pause * len(pieces))
        return "".join(pieces)

    async def _acall(self, prompt: str, stop: Any = None, *_: Any, **__: Any) -> str:
        pieces = self.chunks(prompt, stop)
        await asyncio.sleep(self.pause * len(pieces))
        return "".join(pieces)

    def _stream(self, prompt: str, stop: Any = None, run_manager: Any = None, **_: Any) -> Any:
        for piece in self.chunks(prompt, stop):
            time.sleep(self.pause)
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=GenerationChunk(text=piece))
            yield GenerationChunk(text=piece)

    async def _astream(
        self, prompt: str, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Any:
        for piece in self.chunks(prompt, stop):
            await asyncio.sleep(self.pause)
            if run_manager:
                await run_manager.on_llm_new_token(piece, chunk=GenerationChunk(text=piece))
            yield GenerationChunk(text=piece)

    @property
    def _llm_type(self) -> str:
        return "echo"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name, "n": self.n, "pause": self.pause}


CALLS: list[str] = []


class TestEcho(LLMConformanceTests):
    """What is declared of the echo that the current run is about."""

    llm_class = EchoLLM
    llm_params: ClassVar = {"n": 1000}
    stop_policy = "include"
    distinguishing_params: ClassVar = {"n": 3}
    empty_prompt = ""

    def expected_completion(self, prompt: str) -> str:
        """Return the echo."""
        return prompt[:1000]


class TestPausingEcho(TestEcho):
    """The same of an echo behind a network."""

    llm_params: ClassVar = {"n": 1000, "pause": PAUSE}


def failures_of(suite: type[LLMConformanceTests]) -> list[str]:
    """Return what the checks of a suite say, each of which is run."""
    said = []
    for about in checks_of(suite):
        for case in about.every_case():
            try:
                getattr(suite(), f"test_{about.id}")(**case)
            except pytest.skip.Exception:  # noqa: PERF203  # each check by itself
                pass
            except ConformanceFailure as failure:
                said.append(str(failure))
    return said


def main() -> int:
    """Time both, print what was found, return the exit status."""
    status = 0
    for suite, pause, limit in ((TestEcho, 0.0, 1.5), (TestPausingEcho, PAUSE, 20.0)):
        CALLS.clear()
        began = time.perf_counter()
        failures = failures_of(suite)
        took = time.perf_counter() - began
        print(f"{pause * 1000:g} ms a chunk: {took:.1f} s (limit {limit}), {len(CALLS)} calls")
        print(*failures, sep="\n", end="")
        status |= took > limit or bool(failures)
    return status


if __name__ == "__main__":
    sys.exit(main())
