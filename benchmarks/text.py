"""`TextLLM` against a `_stream` written by hand, and `HTTPMixin` against bare httpx.

Chunks: the hand-written model does the least that streams and tells tokens; stops it ignores.
Batch: 500 prompts at once to the loopback server, through `abatch` and through httpx alone.

Run it with `uv run benchmarks/text.py`.
"""

from __future__ import annotations

import asyncio
import json
import platform
import time
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import httpx
from interleaved import fastest, table
from langchain_core.language_models import BaseLLM
from langchain_core.outputs import GenerationChunk, LLMResult

from langchain_model_conformance.server import LoopbackServer, OpenAICompletions
from langchain_model_parts.http import SERVER_SENT_EVENTS, HTTPMixin
from langchain_model_parts.text import Finish, TextLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

ROUNDS = 15
DELTAS = ["word "] * 1000
STOPS = ["\nObservation:", "\n\nHuman:", "</s>", "<|im_end|>"]
PROMPTS: list[Any] = [f"question {number}" for number in range(500)]


def provider() -> Iterator[str]:
    """Yield what a provider would."""
    yield from DELTAS


async def aprovider() -> AsyncIterator[str]:
    """Yield what a provider would."""
    for delta in DELTAS:
        yield delta


class ByHand(BaseLLM):
    """The least that streams and tells tokens."""

    def _generate(self, *_: Any, **__: Any) -> LLMResult:
        raise NotImplementedError

    def _stream(
        self, prompt: str, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[GenerationChunk]:
        for delta in provider():
            chunk = GenerationChunk(text=delta)
            if run_manager:
                run_manager.on_llm_new_token(delta, chunk=chunk)
            yield chunk

    async def _astream(
        self, prompt: str, stop: Any = None, run_manager: Any = None, **_: Any
    ) -> AsyncIterator[GenerationChunk]:
        async for delta in aprovider():
            chunk = GenerationChunk(text=delta)
            if run_manager:
                await run_manager.on_llm_new_token(delta, chunk=chunk)
            yield chunk

    @property
    def _llm_type(self) -> str:
        return "by-hand"


class FromDeltas(TextLLM):
    """The same from its deltas."""

    def _deltas(self, prompt: str, *, stop: tuple[str, ...]) -> Iterator[str | Finish]:
        yield from provider()
        yield Finish("over")

    async def _adeltas(self, prompt: str, *, stop: tuple[str, ...]) -> AsyncIterator[str | Finish]:
        async for delta in aprovider():
            yield delta
        yield Finish("over")


class Completions(HTTPMixin, TextLLM):
    """A model over HTTP."""

    def _adeltas(self, prompt: str, *, stop: tuple[str, ...]) -> AsyncIterator[str | Finish]:
        body = {"model": "echo", "prompt": prompt, "stream": True}
        return self._apost("completions", body, SERVER_SENT_EVENTS, self._read)

    @staticmethod
    def _read(event: Any) -> Iterator[str | Finish]:
        if event.data == "[DONE]":
            return
        choice = event.json()["choices"][0]
        yield choice["text"]
        if choice["finish_reason"]:
            yield Finish(choice["finish_reason"])


async def bare(url: str) -> list[str]:
    """Return the answers to all prompts, by httpx alone."""
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(limits=limits, timeout=None) as client:  # noqa: S113 - loopback

        async def ask(prompt: str) -> str:
            body = {"model": "echo", "prompt": prompt, "stream": True}
            answer = []
            async with client.stream("POST", f"{url}/completions", json=body) as response:
                async for line in response.aiter_lines():
                    data = line.removeprefix("data: ")
                    if data and data != "[DONE]":
                        answer.append(json.loads(data)["choices"][0]["text"])
            return "".join(answer)

        return list(await asyncio.gather(*map(ask, PROMPTS)))


async def consume(chunks: AsyncIterator[Any]) -> None:
    """Read a stream to its end."""
    async for _ in chunks:
        pass


def main() -> None:
    """Print the tables."""
    print(
        f"CPython {platform.python_version()}, langchain-core {version('langchain-core')}, the "
        f"fastest of {ROUNDS} interleaved runs.\n"
    )
    loop = asyncio.new_event_loop()
    paths: dict[str, Callable[[BaseLLM, Any], object]] = {
        "stream": lambda llm, stop: list(llm.stream("?", stop=stop)),
        "astream": lambda llm, stop: loop.run_until_complete(consume(llm.astream("?", stop=stop))),
    }
    rows: list[list[object]] = []
    for name, run in paths.items():
        best = fastest(
            {
                "by hand": partial(run, ByHand(), None),
                "none": partial(run, FromDeltas(), None),
                "four": partial(run, FromDeltas(), STOPS),
            },
            ROUNDS,
        )
        hand = best["by hand"]
        figures = (hand / len(DELTAS) * 1e6, best["none"] / hand, best["four"] / hand)
        rows.append([name, *figures])
    print(table(["a chunk of", "by hand (µs)", "TextLLM, no stops", "with four stops"], rows))

    with LoopbackServer(OpenAICompletions(), piece_size=64) as server:
        model = Completions(base_url=server.url)
        runs: dict[str, list[float]] = {"httpx": [], "abatch": []}
        for _ in range(3):
            start = time.perf_counter()
            bare_answers = asyncio.run(bare(server.url))
            between = time.perf_counter()
            assert asyncio.run(model.abatch(PROMPTS)) == bare_answers == PROMPTS  # noqa: S101 - or the times mean nothing
            runs["httpx"].append(between - start)
            runs["abatch"].append(time.perf_counter() - between)
    by_httpx, by_model = min(runs["httpx"]), min(runs["abatch"])
    print(f"\n500 prompts: httpx {by_httpx:.2f} s, abatch {by_model / by_httpx:.2f} times that.")


if __name__ == "__main__":
    main()
