"""Callbacks: what tracers, UIs and token counters are told, and when."""

from __future__ import annotations

import contextlib
from typing import Any

from langchain_core.callbacks import AsyncCallbackManager, CallbackManager
from langchain_core.outputs import ChatGenerationChunk, GenerationChunk

from langchain_model_conformance import _loop
from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import ASYNC, STREAMS, must, on
from langchain_model_conformance._diagnosis import found, not_applicable, same, shown
from langchain_model_conformance._recording import Event, Recorder
from langchain_model_conformance._suite import ConformanceSuite

CALL = "In _stream and in _astream: run_manager.on_llm_new_token(chunk.text, chunk=chunk), "
GUARDED = "In _stream, _astream: `if run_manager:` run_manager.on_llm_new_token(..., chunk=chunk), "


class Callbacks(ConformanceSuite):
    """A run is told of from its start to its end, once; its tokens as they come."""

    @must("Leave on_llm_start, _end and _error to langchain-core, and call no invoke inside a run.")
    def test_start_and_end_once(self, path: str) -> None:
        """A run starts once and ends once, under one run id."""
        _, recorder = self._heard(path)
        self._require_told(recorder, path, "end")
        same(len({event.run_id for event in recorder.events}), 1, f"{path} told: run ids")

    @must("Change the text before it leaves _call or _stream, not in an overridden invoke.")
    def test_end_equals_output(self, path: str) -> None:
        """on_llm_end is told what the caller gets."""
        text, (_, recorder) = self._said(path), self._heard(path)
        ends = [self._text(end.payload.generations[0][0]) for end in recorder.named("end")]
        same(ends[-1] if ends else None, text, f"{path}: on_llm_end was told")

    @must("Let the exception through; leave on_llm_error to langchain-core.")
    def test_error_reported_once(self, path: str) -> None:
        """An error is told once, in the run that failed, and reaches the caller."""
        self._require_declared("error_prompt")
        recorder = Recorder()
        text, raised = self._attempt(path, self.error_prompt, config={"callbacks": [recorder]})
        if not raised:
            observed = f"{path} answered {shown(text)} to error_prompt"
            found(observed, "an exception", declared="error_prompt")
        self._require_told(recorder, path, "error")
        told = recorder.events[-1].payload
        if told is not raised:
            both = f"on_llm_error was told {shown(told)}, the caller got {shown(raised)}"
            found(both, "one error")

    @must("Catch no GeneratorExit or BaseException around a yield, and clean up in finally.")
    @on(STREAMS)
    def test_early_close(self, path: str) -> None:
        """A caller may stop reading: closing a stream ends it quietly."""
        # The error that core reports of a closed stream is not the model's.
        recorder, model = Recorder(), self._new()

        async def close_early() -> int:
            alone = getattr(model, f"_{path}")(self._raw_prompt(PROMPT))
            with contextlib.suppress(AttributeError):  # stream_without_run_manager reports it
                await _loop.first_of(alone)
            await _loop.closed(alone)
            stream = getattr(model, path)(PROMPT, config={"callbacks": [recorder]})
            await _loop.first_of(stream)
            seen = len(recorder.named("token"))
            await _loop.closed(stream)
            return seen

        seen = _loop.run_on(path, close_early())
        if recorder.named("end") or len(recorder.named("token")) > seen:
            found(f"after closing {path}: {recorder.names()}", "no further tokens, and no end")

    @must(f"{CALL}once before each yield.")
    @on(STREAMS)
    def test_token_callback_once(self, path: str) -> None:
        """Streaming: Make sure to invoke the on_llm_new_token callback: once for each chunk."""
        told, yielded = self._counted(path)
        same(told, yielded, f"{path}: for {yielded} chunks, calls of on_llm_new_token:")

    @must(f"{CALL}and only then yield the chunk.")
    @on(STREAMS)
    def test_token_before_yield(self, path: str) -> None:
        """Streaming: on_llm_new_token is invoked BEFORE yielding the chunk."""
        self._require_tokens(path)
        recorder, received = Recorder(), ""
        late: list[str] = []

        async def watch() -> None:
            nonlocal received
            stream = getattr(self._new(), path)(PROMPT, config={"callbacks": [recorder]})
            async for piece in _loop.each(stream):
                received += self._text(piece)
                told = "".join(map(self._token_text, recorder.named("token")))
                if len(told) < len(received):
                    late.append(received)

        _loop.run_on(path, watch())
        if late:
            found(f"in {path}() it fired after the chunk {shown(late[0])}", "before each chunk")

    def _require_tokens(self, path: str) -> None:
        """Leave out a path that does not tell each chunk once: one check reports it."""
        told, yielded = self._counted(path)
        if told != yielded:
            not_applicable(f"token_callback_once fails on {path}")

    def _counted(self, path: str) -> tuple[int, int]:
        """Return how many tokens are told and how many chunks yielded, without empty ones."""
        pieces, recorder = self._heard(path)
        return len(self._tokens(recorder)), len([piece for piece in pieces if self._text(piece)])

    def _require_told(self, recorder: Recorder, path: str, last: str) -> None:
        """Require that a run started, told any tokens, and came to its end or error."""
        names = [event.name for event in recorder.events]
        if [name for name in names if name != "token"] != ["start", last] or names[-1] != last:
            found(f"{path} told: {recorder.names()}", f"start, any tokens, {last}")

    def _token_text(self, event: Event) -> str:
        """Return the text of a token: content blocks, on chat models, as their text."""
        if isinstance(event.payload, str):
            return event.payload
        return "".join(str(block.get("text", "")) for block in event.payload)

    def _tokens(self, recorder: Recorder) -> list[Event]:
        """Return the tokens that say something: core may add an empty last one."""
        return [event for event in recorder.named("token") if self._token_text(event)]


class StringTokenCallbacks(Callbacks):
    """What a string model's `_stream` says in a token; for chat models core says it."""

    @must(f"{CALL}with the chunk itself: astream_events and tracers read it.")
    @on(STREAMS)
    def test_token_has_chunk(self, path: str) -> None:
        """Streaming: Make sure to invoke the on_llm_new_token callback: with its chunk."""
        self._require_tokens(path)
        for event in self._heard(path)[1].named("token"):
            chunk = event.details.get("chunk")
            if not isinstance(chunk, (GenerationChunk, ChatGenerationChunk)):
                token = f"on_llm_new_token({shown(event.payload)}, chunk={shown(chunk)})"
                found(token, "its chunk")

    @must(f"{CALL}with the text of the chunk that is yielded, unchanged.")
    @on(STREAMS)
    def test_tokens_equal_output(self, path: str) -> None:
        """Streaming: Make sure to invoke the on_llm_new_token callback: tokens are the answer."""
        self._require_tokens(path)
        text, tokens = self._said(path), self._heard(path)[1].named("token")
        # A token without a chunk has a check of its own.
        chunks = [self._text(one.details.get("chunk") or one.payload) for one in tokens]
        same("".join(map(self._token_text, tokens)), text, f"{path}: the tokens say")
        same("".join(chunks), text, f"{path}: the tokens' chunks say")


class RunManager(Callbacks):
    """A run manager that is passed to a chat model's `_stream` is used, as for string models.

    On `stream` core fires the tokens itself and passes no run manager; its event protocol passes
    one and fires nothing. A guarded call in `_stream` is right on both.
    """

    @must(f"{GUARDED}once before each yield.")
    @on(STREAMS)
    def test_run_manager_token_once(self, path: str) -> None:
        """Streaming: _stream tells its run manager of each chunk, once."""
        told, yielded, _ = self._directly(path)
        tokens = f"_{path}(run_manager=...): tokens for {len(yielded)} chunks:"
        same(len(told), len(yielded), tokens)
        for event, text in zip(told, yielded, strict=True):
            chunk = self._text(getattr(event.details.get("chunk"), "message", None))
            if not self._token_text(event) == chunk == text:
                token = f"on_llm_new_token({shown(event.payload)}, chunk={shown(chunk)}) in _{path}"
                found(token, f"the chunk that is yielded, and its text {shown(text)}")

    @must(f"{GUARDED}and only then yield the chunk.")
    @on(STREAMS)
    def test_run_manager_token_before_yield(self, path: str) -> None:
        """Streaming: _stream invokes on_llm_new_token BEFORE yielding the chunk."""
        told, yielded, late = self._directly(path)
        if len(told) != len(yielded):
            not_applicable(f"run_manager_token_once fails on {path}")
        if late:
            found(f"in _{path}() it fired after the chunk {shown(late[0])}", "before each chunk")

    def _directly(self, path: str) -> tuple[list[Event], list[str], list[str]]:
        """Return the tokens that were told, the chunks' texts, and those that were late."""
        recorder, messages = Recorder(), self._raw_prompt(PROMPT)
        yielded: list[str] = []
        late: list[str] = []
        configured = AsyncCallbackManager if path in ASYNC else CallbackManager

        async def watch() -> None:
            manager: Any = configured.configure(inheritable_callbacks=[recorder])
            (run,) = await _loop.awaited(manager.on_chat_model_start({}, [messages]))
            stream = getattr(self._new(), f"_{path}")(messages, run_manager=run)
            async for chunk in _loop.each(stream):
                yielded.extend(filter(None, [self._text(chunk.message)]))
                if len(self._tokens(recorder)) < len(yielded):
                    late.append(self._text(chunk.message))

        _loop.run_on(path, watch())
        return self._tokens(recorder), yielded, late
