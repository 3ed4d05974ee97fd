"""A callback handler that records the calls of any LangChain model; it needs langchain-core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import BaseCallbackHandler

from langchain_model_parts.calls import Call, Calls, CallsMixin

if TYPE_CHECKING:
    from uuid import UUID

    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import LLMResult


class CallRecorder(CallsMixin, BaseCallbackHandler):
    """Records what models are asked and what they answer, as the echoes do by themselves.

    Pass it in `callbacks`, to one model or to a whole chain. `Call.options` holds all that the
    model tells LangChain of the call, its own settings too. An answer from a cache is recorded too.

    Examples:
        >>> from langchain_core.language_models import FakeListLLM
        >>> recorder = CallRecorder()
        >>> FakeListLLM(responses=["Paris"]).invoke("Where?", config={"callbacks": [recorder]})
        'Paris'
        >>> recorder.calls[-1].prompt, recorder.calls[-1].answer
        ('Where?', 'Paris')
    """

    run_inline = True  # so that calls are recorded in the order in which they are made

    def __init__(self) -> None:
        self.calls = Calls()
        """The calls of all models, in the order in which they were made."""
        self._open: dict[UUID, Call] = {}

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002 - LangChain's signature
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """Record what a chat model is asked."""
        self._record(messages[0], run_id, kwargs)

    def on_llm_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002 - LangChain's signature
        prompts: list[str],
        *,
        run_id: UUID,
        **kwargs: Any,
    ) -> None:
        """Record what a string LLM is asked."""
        self._record(prompts[0], run_id, kwargs)

    def _record(self, asked: str | list[Any], run_id: UUID, kwargs: dict[str, Any]) -> None:
        options = dict(kwargs.get("invocation_params") or {})
        call = Call(asked, options.pop("stop", None), options)
        self._open[run_id] = call
        self.calls.add(call)

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_: Any) -> None:
        """Record what a model answers."""
        generation = response.generations[0][0]
        self._open.pop(run_id).answer = getattr(generation, "message", generation.text)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **_: Any) -> None:
        """Record what a model raises."""
        self._open.pop(run_id).error = error
