"""Callbacks: what tracers, UIs and token counters are told, and when."""

from __future__ import annotations

import contextlib
from typing import Any

from langchain_core.outputs import ChatGenerationChunk, GenerationChunk

from langchain_model_conformance import _loop
from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import ON_STREAMS, check
from langchain_model_conformance._diagnosis import found, not_applicable, shown
from langchain_model_conformance._recording import Event, Recorder
from langchain_model_conformance._suite import ConformanceSuite

TOKENS = "Streaming: Make sure to invoke the on_llm_new_token callback"
CALL = "In _stream and in _astream: run_manager.on_llm_new_token(chunk.text, chunk=chunk), "


class Callbacks(ConformanceSuite):
    """A run is told of from its start to its end, once."""

    @check(
        says="A run starts once and ends once, under one run id.",
        mend="Leave on_llm_start, on_llm_end and on_llm_error to langchain-core, and call no "
        "public method of the model with the run's own callbacks.",
    )
    def test_start_and_end_once(self, path: str) -> None:
        _, recorder = self._heard(path)
        names = [event.name for event in recorder.events if event.name != "token"]
        if names != ["start", "end"]:
            found(f"{path} told: {recorder.names()}", "start, any tokens, end")
        if len({event.run_id for event in recorder.events}) != 1:
            found(f"{path} told of several run ids", "one")

    @check(
        says="on_llm_end is told what the caller gets.",
        mend="Change the text before it leaves _call or _stream, not in an overridden invoke.",
    )
    def test_end_equals_output(self, path: str) -> None:
        text, (_, recorder) = self._said(path), self._heard(path)
        told = self._end_text(recorder)
        if told != text:
            found(f"{path}: on_llm_end was told {shown(told)}", f"the caller's {shown(text)}")

    @check(
        says="An error is told once, in the run that failed, and reaches the caller.",
        mend="Let the exception through; leave on_llm_error to langchain-core.",
    )
    def test_error_reported_once(self, path: str) -> None:
        if self.error_prompt is None:
            not_applicable("no error_prompt is declared")
        recorder = Recorder()
        try:
            text = self._ask(self._new(), path, self.error_prompt, config={"callbacks": [recorder]})
        except Exception as error:  # noqa: BLE001  # the declared failure
            raised = error
        else:
            observed = f"{path} answered {shown(text)} to error_prompt"
            found(observed, "an exception", declared="error_prompt")
        names = [event.name for event in recorder.events if event.name != "token"]
        if names != ["start", "error"] or recorder.events[-1].name != "error":
            found(f"{path} told: {recorder.names()}", "start, any tokens, error")
        if recorder.events[-1].payload is not raised:
            told = shown(recorder.events[-1].payload)
            found(f"on_llm_error was told {told}, the caller got {shown(raised)}", "one error")

    @check(
        says="A caller may stop reading: closing a stream ends it quietly.",
        mend="Catch no GeneratorExit or BaseException around a yield, and clean up in finally.",
        each=ON_STREAMS,
    )
    def test_early_close(self, path: str) -> None:
        # The error that core reports of a closed stream is not the model's.
        self._require_streaming(path)
        recorder, model = Recorder(), self._new()

        async def close_early() -> int:
            alone = getattr(model, f"_{path}")(self._raw_prompt(PROMPT))
            with contextlib.suppress(AttributeError):  # stream_without_run_manager reports it
                await _first_of(alone)
            await _loop.closed(alone)
            stream = getattr(model, path)(PROMPT, config={"callbacks": [recorder]})
            await _first_of(stream)
            seen = len(recorder.named("token"))
            await _loop.closed(stream)
            return seen

        seen = _loop.run_on(path, close_early())
        if recorder.named("end") or len(recorder.named("token")) > seen:
            found(f"after closing {path}: {recorder.names()}", "no further tokens, and no end")

    def _token_text(self, event: Event) -> str:
        """Return the text of a token: content blocks, on chat models, as their text."""
        if isinstance(event.payload, str):
            return event.payload
        return "".join(str(block.get("text", "")) for block in event.payload)

    def _chunk_text(self, event: Event) -> str:
        """Return the text of a token's chunk; one without is its own, which has a check."""
        return self._text(event.details.get("chunk") or event.payload)

    def _end_text(self, recorder: Recorder) -> str | None:
        ends = recorder.named("end")
        return self._text(ends[-1].payload.generations[0][0]) if ends else None


async def _first_of(chunks: Any) -> None:
    """Read one chunk of a stream of either kind, and leave the stream open."""
    await (anext(chunks) if hasattr(chunks, "__anext__") else _loop.awaited(next(iter(chunks))))


class TokenCallbacks(Callbacks):
    """Tokens are told as they come: one for each chunk, before it, with it."""

    @check(
        says=f"{TOKENS}: once for each chunk.",
        mend=f"{CALL}once before each yield.",
        each=ON_STREAMS,
    )
    def test_token_callback_once(self, path: str) -> None:
        self._require_streaming(path)
        told, yielded = self._counted(path)
        if told != yielded:
            found(
                f"{path}: {told} calls of on_llm_new_token for {yielded} chunks",
                "one for each",
            )

    @check(
        says="Streaming: on_llm_new_token is invoked BEFORE yielding the chunk.",
        mend=f"{CALL}and only then yield the chunk.",
        each=ON_STREAMS,
    )
    def test_token_before_yield(self, path: str) -> None:
        self._require_tokens(path)
        recorder = Recorder()
        received = told = ""
        model, config = self._new(), {"callbacks": [recorder]}
        late: list[tuple[str, str]] = []

        def look(piece: Any) -> None:
            nonlocal received, told
            received += self._text(piece)
            told = "".join(map(self._token_text, recorder.named("token")))
            if len(told) < len(received):
                late.append((told, received))

        async def watch() -> None:
            async for piece in self._streamed(model, path, config=config):
                look(piece)

        _loop.run_on(path, watch())
        if late:
            found(f"in {path}() it fired after the chunk {shown(late[0][1])}", "before each chunk")

    def _require_tokens(self, path: str) -> None:
        """Leave out a path that does not tell each chunk once: one check reports it."""
        self._require_streaming(path)
        told, yielded = self._counted(path)
        if told != yielded:
            not_applicable(f"token_callback_once fails on {path}")

    def _counted(self, path: str) -> tuple[int, int]:
        """Return how many tokens are told and how many chunks yielded, leaving empty ones out.

        Core may add an empty last chunk to a chat stream, and a token for it.
        """
        pieces, recorder = self._heard(path)
        told = [event for event in recorder.named("token") if self._token_text(event)]
        return len(told), len([piece for piece in pieces if self._text(piece)])


class StringTokenCallbacks(TokenCallbacks):
    """What a string model's `_stream` says in a token; for chat models core says it."""

    @check(
        says=f"{TOKENS}: with its chunk.",
        mend=f"{CALL}with the chunk itself: astream_events and tracers read it.",
        each=ON_STREAMS,
    )
    def test_token_has_chunk(self, path: str) -> None:
        self._require_tokens(path)
        _, recorder = self._heard(path)
        for event in recorder.named("token"):
            chunk = event.details.get("chunk")
            if not isinstance(chunk, (GenerationChunk, ChatGenerationChunk)):
                found(
                    f"on_llm_new_token({shown(event.payload)}, chunk={shown(chunk)})", "its chunk"
                )

    @check(
        says=f"{TOKENS}: the tokens are the answer.",
        mend=f"{CALL}with the text of the chunk that is yielded, unchanged.",
        each=ON_STREAMS,
    )
    def test_tokens_equal_output(self, path: str) -> None:
        self._require_tokens(path)
        text, (_, recorder) = self._said(path), self._heard(path)
        tokens = recorder.named("token")
        said = {
            "tokens": "".join(map(self._token_text, tokens)),
            "tokens' chunks": "".join(map(self._chunk_text, tokens)),
        }
        for what, told in said.items():
            if told != text:
                found(f"{path}: the {what} say {shown(told)}", f"the caller's {shown(text)}")
