"""`_stream(run_manager=...)` of a chat model, as core's event protocol calls it.

On `stream` core fires the tokens itself and passes no run manager; on the event protocol it passes
one and fires nothing. A guarded call in `_stream` is right on both.
"""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import AsyncCallbackManager, CallbackManager

from langchain_model_conformance import _loop
from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import ASYNC, ON_STREAMS, check
from langchain_model_conformance._diagnosis import found, not_applicable, shown
from langchain_model_conformance._recording import Event, Recorder
from langchain_model_conformance.checks.callbacks import TokenCallbacks

MEND = (
    "In _stream and _astream: `if run_manager: run_manager.on_llm_new_token(text, chunk=chunk)`, "
)


class RunManager(TokenCallbacks):
    """A run manager that is passed is used, once for each chunk, before it."""

    @check(
        says="Streaming: _stream invokes on_llm_new_token, once for each chunk, on the run manager "
        "that it is passed.",
        mend=f"{MEND}once before each yield.",
        each=ON_STREAMS,
    )
    def test_run_manager_token_once(self, path: str) -> None:
        told, yielded, _ = self._directly(path)
        if len(told) != len(yielded):
            found(
                f"_{path}(run_manager=...): {len(told)} tokens for {len(yielded)} chunks",
                "one for each",
            )
        for event, text in zip(told, yielded, strict=True):
            chunk = self._text(getattr(event.details.get("chunk"), "message", None))
            if not self._token_text(event) == chunk == text:
                found(
                    f"on_llm_new_token({shown(event.payload)}, chunk={shown(chunk)}) in _{path}",
                    f"the chunk that is yielded, and its text {shown(text)}",
                )

    @check(
        says="Streaming: _stream invokes on_llm_new_token BEFORE yielding the chunk.",
        mend=f"{MEND}and only then yield the chunk.",
        each=ON_STREAMS,
    )
    def test_run_manager_token_before_yield(self, path: str) -> None:
        told, yielded, late = self._directly(path)
        if len(told) != len(yielded):
            not_applicable(f"run_manager_token_once fails on {path}")
        if late is not None:
            found(f"in _{path}() it fired after the chunk {shown(late)}", "before each chunk")

    def _directly(self, path: str) -> tuple[list[Event], list[str], str | None]:
        """Return the tokens that were told, the chunks' texts, and the first that was late."""
        self._require_streaming(path)
        recorder, model = Recorder(), self._new()
        messages = self._raw_prompt(PROMPT)
        yielded: list[str] = []
        late: str | None = None

        def look(chunk: Any) -> None:
            nonlocal late
            text = self._text(chunk.message)
            yielded.extend([text] if text else [])
            if len(self._told(recorder)) < len(yielded) and late is None:
                late = text

        configured = AsyncCallbackManager if path in ASYNC else CallbackManager

        async def watch() -> None:
            manager = configured.configure(inheritable_callbacks=[recorder])
            (run,) = await _loop.awaited(manager.on_chat_model_start({}, [messages]))
            async for chunk in _loop.each(getattr(model, f"_{path}")(messages, run_manager=run)):
                look(chunk)

        _loop.run_on(path, watch())
        return self._told(recorder), yielded, late

    def _told(self, recorder: Recorder) -> list[Event]:
        return [event for event in recorder.named("token") if self._token_text(event)]
