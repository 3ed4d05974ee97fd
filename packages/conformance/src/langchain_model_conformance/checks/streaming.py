"""Waiting and reading: what happens while an answer is on its way."""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any

from langchain_model_conformance import _loop
from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import ASYNC, STREAMS, must, on
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, shown
from langchain_model_conformance._recording import Recorder
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Coroutine

STALL = 0.05  # second: a turn of a free event loop waits as long on a crowded machine only
SETUP = 0.25  # second: what a turn may compute, such as a client's TLS settings
TRIES = 5  # enough to tell a model from its machine: what is planned happens each time
MOST = 30  # tries, where most of them tell of the machine
WHOLE = 0.8  # of the time of an answer: a first chunk that takes longer waited for the rest
PATIENCE = 1.0  # second: how long a request may take to be seen closed, or cancelling may go on
OFTEN = 16  # turns of the loop, after each of which a call is cancelled; then ever more rarely
SILENCE = "No generation chunks were returned"  # what core raises for a stream without any


class Streaming(ConformanceSuite):
    """A model that waits lets others work, can be stopped, and reads as it is read."""

    @must("Await an asynchronous client or asyncio.to_thread: no time.sleep, no blocking request.")
    @on(ASYNC)
    def test_event_loop_free(self, path: str) -> None:
        """Async: while a model waits for its service, the event loop is free for others."""
        # A crowded machine stalls any task, now and then. So a stalled call counts only beside a
        # stand-in that computed and paused as long, and was not stalled. One free call is enough.
        model, blocked, counted = self._new(), math.inf, 0
        for _ in range(MOST):
            turn, computed, whole = _loop.run(_longest_turn(self._waiting(model, path)))
            if turn < STALL:
                return
            blocked = min(blocked, turn)
            counted += _loop.run(_longest_turn(_stand_in(computed, whole)))[0] < STALL
            if counted == TRIES:
                found(f"{path} blocked the event loop for {blocked * 1000:.0f} ms", "a free loop")
        not_applicable("the machine is too busy to tell whether the event loop is free")

    @must("Catch Exception rather than BaseException, and raise asyncio.CancelledError again.")
    @on(ASYNC)
    def test_cancellation(self, path: str) -> None:
        """Async: a cancelled call ends as cancelled: timeouts and servers rely on it."""
        outcome = _loop.run(self._cancelled(path))
        if outcome:
            found(f"{path} swallowed its cancellation: {outcome}", "asyncio.CancelledError")

    @must("Yield in the loop over the provider's stream: no list(...) and no .json() before it.")
    @on(STREAMS)
    def test_first_chunk_early(self, path: str) -> None:
        """Streaming: a stream is handed on while it arrives."""
        self._require_declared("slow_prompt")
        first = rest = math.inf  # the shortest of several tries: a crowded machine adds to them
        for earlier in range(TRIES):
            times = _loop.run_on(path, self._arrivals(path))
            if len(times) < 2 or times[-1] < STALL:  # noqa: PLR2004  # a first and a last one
                not_applicable("slow_prompt is answered at once, or in one chunk")
            first, rest = min(first, times[0]), min(rest, times[-1] - times[0])
            share = first / (first + rest)
            if earlier and rest > STALL and share < WHOLE:
                break
        if share >= WHOLE:
            waited = f"{path} read everything before its first chunk, which took {share:.0%} of"
            found(f"{waited} the time", "the first chunk long before the last")

    @must("Open a request in a with statement around the yields.")
    def test_requests_closed(self, path: str) -> None:
        """A call leaves no request open, whether it is read to its end, closed early or fails."""
        before, model = self.open_requests(), self._new()
        if before is None:
            not_applicable("no open_requests is declared")
        self._ask(model, path)
        self._require_closed(before, f"{path} was read to its end")
        if path in STREAMS:
            _loop.run_on(path, self._leave_early(model, path, before))
        if self.error_prompt is not None:
            attempt(lambda: self._ask(model, path, self.error_prompt))
            self._require_closed(before, f"{path} failed")

    def _waiting(self, model: Any, path: str) -> Coroutine[Any, Any, list[Any]]:
        """Return a call that takes its time where that is declared."""
        prompt = PROMPT if self.slow_prompt is None else self.slow_prompt
        return self._apieces(model, path, prompt)

    async def _cancelled(self, path: str) -> str:
        """Return what a call did instead of ending as cancelled, or "" if none did anything."""
        model, turns, end = self._new(), 1, time.monotonic() + PATIENCE
        while True:
            call = asyncio.ensure_future(self._waiting(model, path))
            for _ in range(turns):
                await asyncio.sleep(0)
            if call.done() or (turns >= OFTEN and time.monotonic() > end):
                return ""
            call.cancel()
            try:
                return f"it answered {shown(''.join(map(self._text, await call)))}"
            except asyncio.CancelledError:
                turns += 1 if turns < OFTEN else 3 * turns
            except Exception as error:  # noqa: BLE001  # whatever it made of it
                return f"it raised {error!r}"

    async def _arrivals(self, path: str) -> list[float]:
        """Return after how many seconds each chunk of the slow answer came; empty ones are none."""
        stream, began = getattr(self._new(), path)(self.slow_prompt), time.monotonic()
        pieces = _loop.each(stream)
        return [time.monotonic() - began async for piece in pieces if self._text(piece)]

    async def _leave_early(self, model: Any, path: str, before: int) -> None:
        """Close a stream after its first chunk."""
        stream = getattr(model, path)(PROMPT)
        await _loop.first_of(stream)
        await _loop.closed(stream)
        close = (before, f"{path} was closed early")
        if path in ASYNC:  # core leaves it to the loop, which has to run on, to close the inner one
            await asyncio.to_thread(self._require_closed, *close)
        self._require_closed(*close)

    def _require_closed(self, before: int, when: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while (left := (self.open_requests() or 0) - before) > 0:
            if time.monotonic() > deadline:
                found(f"after {when}, {left} requests were left open", "none")
            time.sleep(0.01)


async def _longest_turn(work: Coroutine[Any, Any, Any]) -> tuple[float, float, float]:
    """Return how long `work` made another task wait in a turn, computed in it, and took in all."""
    task, start = asyncio.ensure_future(work), time.monotonic()
    longest, before, used = (0.0, 0.0), start, time.thread_time()
    while not task.done():
        await asyncio.sleep(0.001)
        now, computed = time.monotonic(), min(time.thread_time() - used, SETUP)
        longest = max(longest, (now - before - computed, computed))
        before, used = now, time.thread_time()
    await task
    return *longest, before - start


async def _stand_in(computed: float, whole: float) -> None:
    """Do what a model does that blocks nobody: compute, then wait."""
    end = time.thread_time() + computed
    while time.thread_time() < end:
        pass
    await asyncio.sleep(whole)


class _Interrupter(Recorder):
    """A handler that raises at the second token."""

    raise_error = True

    def on_llm_new_token(self, token: Any, **details: Any) -> None:
        super().on_llm_new_token(token, **details)
        if len(self.events) > 2:  # noqa: PLR2004  # the start and a token
            raise InterruptedError


class StringStreaming(Streaming):
    """What string models do with an error while they stream."""

    @must("Catch no Exception around the loop that yields, or raise it again.")
    @on(STREAMS)
    def test_error_in_stream(self, path: str) -> None:
        """An error in the middle of a stream reaches the reader: half an answer is none."""
        if self.error_prompt is not None:  # error_reported_once judges other errors
            _, error = self._attempt(path, self.error_prompt)
            if str(error) == SILENCE:
                found(f"{path} swallowed the model's error: core raised {SILENCE!r}", "it")
        interrupter = _Interrupter()
        text, error = self._attempt(path, config={"callbacks": [interrupter]})
        if not error and len(interrupter.named("token")) > 1:
            found(f"{path} swallowed an error in its middle: {shown(text)} is all", "the error")
