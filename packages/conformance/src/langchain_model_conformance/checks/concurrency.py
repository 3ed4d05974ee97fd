"""Concurrency: one model, many callers."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

from langchain_model_conformance import _loop
from langchain_model_conformance._check import ASYNC, STREAMS, SYNC, must, on, should
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLERS = 8
# What threads share shows in some rounds: in one of ten where core leaves little time for it.
ROUNDS = 20
LEAST_PATIENCE = 5  # seconds for an answer in another event loop
PATIENCE = 0.5  # seconds: a service whose answers take long, and cost, is not asked 160 times
QUESTIONS = [f"{letter * 3} asks caller number {at}" for at, letter in enumerate("abcdefgh")]
MEND = "Keep nothing of a call on the model, no buffer and no iterator: use local variables."


class Concurrency(ConformanceSuite):
    """Callers do not see each other."""

    @must(MEND)
    @on(SYNC)
    def test_threads(self, path: str) -> None:
        """A model is shared between threads: batch and every web server do it."""
        model, start = self._new_for_threads(), Barrier(CALLERS, timeout=10)

        def ask(question: str) -> str:
            start.wait()
            return self._ask(model, path, question)

        began = time.monotonic()
        with _in_short_turns(), ThreadPoolExecutor(CALLERS) as pool:
            for _ in range(ROUNDS):
                texts = list(pool.map(ask, QUESTIONS))
                self._require_answers(texts, QUESTIONS, f"{CALLERS} threads")
                if time.monotonic() - began > PATIENCE:
                    break

    @must(MEND)
    @on(ASYNC)
    def test_tasks(self, path: str) -> None:
        """A model is shared between tasks."""
        texts = _loop.run(self._ask_at_once(self._new(), path, QUESTIONS))
        self._require_answers(texts, QUESTIONS, f"{CALLERS} tasks")

    @must(MEND)
    @on(STREAMS)
    def test_interleaved_streams(self, path: str) -> None:
        """Two streams of one model do not disturb each other."""
        model = self._new()

        async def by_turns() -> list[str]:
            streams = [_loop.each(getattr(model, path)(question)) for question in QUESTIONS[:2]]
            texts, live = ["", ""], {0, 1}
            while live:
                for at in sorted(live):
                    try:
                        texts[at] += self._text(await anext(streams[at]))
                    except StopAsyncIteration:  # noqa: PERF203  # each stream ends in its own turn
                        live.discard(at)
            return texts

        texts = _loop.run_on(path, by_turns())
        self._require_answers(texts, QUESTIONS[:2], "two streams read by turns")

    @must("Make clients, locks and queues of asyncio in the call, or one for each running loop.")
    @on(ASYNC)
    def test_fresh_event_loops(self, path: str) -> None:
        """A model outlives an event loop: scripts, tests and notebooks call asyncio.run often."""
        # A bound client may wait for what never comes, so there is an end to it.
        began = time.monotonic()
        self._ask(self._new(), path, QUESTIONS[0])
        patience = max(LEAST_PATIENCE, 10 * (time.monotonic() - began))
        model = self._new()
        try:
            for _ in range(2):
                calls = self._ask_at_once(model, path, QUESTIONS[:2])
                texts = _loop.run_afresh(asyncio.wait_for(calls, patience))
                self._require_answers(texts, QUESTIONS[:2], "in a fresh event loop")
        except Exception:
            self._settle(path)
            raise

    @should("Do not wrap asynchronous code in asyncio.run or run_until_complete in _call.")
    @on(SYNC)
    def test_sync_call_in_running_loop(self, path: str) -> None:
        """A synchronous call works wherever it is made, in a running event loop too."""

        async def ask() -> str:
            return self._ask(self._new(), path, QUESTIONS[0])

        self._require_answers([_loop.run(ask())], QUESTIONS[:1], "in a running loop")

    async def _ask_at_once(self, model: Any, path: str, questions: list[str]) -> list[str]:
        """Return the answers to several questions, each asked in a task of its own."""
        asked = [self._apieces(model, path, question) for question in questions]
        return ["".join(map(self._text, pieces)) for pieces in await asyncio.gather(*asked)]


@contextlib.contextmanager
def _in_short_turns() -> Iterator[None]:
    """Let threads take turns after a microsecond: most calls are over within the usual five ms."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
