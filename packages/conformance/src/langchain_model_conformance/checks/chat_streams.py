"""What a chat model's stream adds up to, and what its tools do to the caller's own."""

from __future__ import annotations

import copy
import functools
import operator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import SIX, STREAMS, check
from langchain_model_conformance._diagnosis import found, not_applicable, shown
from langchain_model_conformance._suite import ConformanceSuite
from langchain_model_conformance.checks.calls import DETAILS, FINISH

CONVERSATION = [
    SystemMessage("Answer in French."),
    HumanMessage("My name is Ada."),
    AIMessage("Good day, Ada."),
    HumanMessage("What is my name?"),
]
TOOL_PROMPT = "Call both tools at once: add 1 and 2, and multiply 3 by 4."
PARAMETERS = {
    "type": "object",
    "properties": {name: {"type": "integer"} for name in ("a", "b")},
    "required": ["a", "b"],
}
TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {"name": name, "description": f"To {name}.", "parameters": PARAMETERS},
    }
    for name in ("add", "multiply")
]
SCHEMA: dict[str, Any] = {
    "title": "Answer",
    "description": "The answer to a question.",
    "type": "object",
    "properties": {"text": {"type": "string"}},
    "required": ["text"],
}
OF_CORE = ("run-", "lc_run-")  # the ids that core gives to chunks without one


class ChatStreams(ConformanceSuite):
    """A stream is the message of `invoke` in pieces, of the whole conversation."""

    @check(
        says="Streaming: the chunks add up to the message that invoke returns: its kind of "
        "content, one id, its finish reason and metadata once.",
        mend="Give every chunk the answer's id or none, the same kind of content as invoke, and "
        "the finish reason and other metadata to one chunk only, the last.",
        each=("path", STREAMS),
        needs=("invoke",),
    )
    def test_stream_adds_up(self, path: str) -> None:
        self._require_streaming(path)
        (whole,), chunks = self._heard("invoke")[0], self._heard(path)[0]
        message = functools.reduce(operator.add, chunks)
        ids = {chunk.id for chunk in chunks if chunk.id and not chunk.id.startswith(OF_CORE)}
        if isinstance(message.content, list) and isinstance(whole.content, str):
            found(f"content is a list in {path}, a str in invoke", "a str in both")
        if len(ids) > 1:
            found(f"the chunks of one answer of {path} have {len(ids)} ids", "one")
        for name, value in whole.response_metadata.items():
            told = message.response_metadata.get(name)
            if name in DETAILS[FINISH] and value and not told:
                found(f"{name} is {value!r} in invoke, and lost in {path}", repr(value))
            twice = isinstance(value, str) and told in (value * 2, value * 3, value * len(chunks))
            if value and twice:
                found(f"{name} is sent more than once: {path} adds it up to {told!r}", repr(value))

    @check(
        says="Streaming: parallel tool calls are told apart by their index.",
        mend="Number the tool calls of an answer: index=0 in each chunk of the first, index=1 in "
        "each chunk of the second.",
        each=("path", STREAMS),
        needs=("invoke",),
    )
    def test_parallel_tool_calls(self, path: str) -> None:
        self._require_streaming(path)
        bound = self._bound()
        (whole,) = self._pieces(bound, "invoke", TOOL_PROMPT)
        if len(whole.tool_calls) < 2:  # noqa: PLR2004  # parallel
            not_applicable("the model calls no two tools at once")
        chunks = self._pieces(bound, path, TOOL_PROMPT)
        parts = [part for chunk in chunks for part in chunk.tool_call_chunks]
        for at in {part["index"] for part in parts if part["index"] is not None}:
            ids = {part["id"] for part in parts if part["index"] == at and part["id"]}
            if len(ids) > 1:
                found(f"{path} gives {len(ids)} tool calls the index {at}", "one index for each")
        message = functools.reduce(operator.add, chunks)
        calls, expected = ([(c["name"], c["args"]) for c in m.tool_calls] for m in (message, whole))
        if calls != expected:
            found(f"the tool calls of {path} add up to {shown(calls)}", shown(expected))

    @check(
        says="Every path sends the whole conversation.",
        mend="Convert messages, not messages[-1], in _stream and _astream too.",
        each=("path", SIX[1:]),
        needs=("invoke",),
    )
    def test_conversation_on_every_path(self, path: str) -> None:
        texts, sizes = {}, {}
        for one in ("invoke", path):
            pieces = self._pieces(self._new(), one, [*CONVERSATION])
            message = functools.reduce(operator.add, pieces)
            texts[one] = self._text(message)
            sizes[one] = (getattr(message, "usage_metadata", None) or {}).get("input_tokens")
        if texts[path] != texts["invoke"]:
            found(f"to a conversation {path} answered {shown(texts[path])}", shown(texts["invoke"]))
        if None not in sizes.values() and sizes[path] != sizes["invoke"]:
            found(f"{path} sent {sizes[path]} tokens of a conversation", f"{sizes['invoke']}, all")

    @check(
        says="bind_tools leaves the caller's tools alone.",
        mend="Copy a tool (copy.deepcopy) before changing it; better, convert_to_openai_tool.",
    )
    def test_tools_unchanged(self) -> None:
        tools = copy.deepcopy(TOOLS)
        self._bound(tools).invoke(TOOL_PROMPT)
        if tools != TOOLS:
            found(f"bind_tools made the caller's tools {shown(tools)}", shown(TOOLS))

    @check(
        says="with_structured_output(include_raw=True) returns raw, parsed and parsing_error.",
        mend="Leave with_structured_output to langchain-core, or return all three keys.",
    )
    def test_structured_output_raw(self) -> None:
        self._bound()
        try:
            parsed = self._structured()
        except Exception:  # noqa: BLE001  # whatever it raises
            not_applicable("with_structured_output fails, which langchain-tests reports")
        answer = self._structured(include_raw=True)
        wanted = {"parsed": parsed, "parsing_error": None}
        rest = {**answer} if isinstance(answer, dict) else {}
        if not isinstance(rest.pop("raw", None), BaseMessage) or rest != wanted:
            found(
                f"include_raw=True gave {shown(answer)}",
                f"the message as raw, and {shown(wanted)}",
            )

    def _bound(self, tools: list[dict[str, Any]] | None = None) -> Any:
        """Return a model with tools; one that cannot have any is no subject."""
        if self._model_class.bind_tools is BaseChatModel.bind_tools:
            not_applicable(f"{self._model_class.__name__} does not implement bind_tools")
        return self._new().bind_tools(tools or copy.deepcopy(TOOLS))

    def _structured(self, **how: Any) -> Any:
        return self._new().with_structured_output(copy.deepcopy(SCHEMA), **how).invoke(PROMPT)
