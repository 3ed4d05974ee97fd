"""Messages: the conversation belongs to the caller, each answer is new, a stream adds up to it."""

from __future__ import annotations

import copy
import functools
import operator
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from langchain_model_conformance._asking import PROMPT
from langchain_model_conformance._check import SIX, STREAMS, must, on
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, same, shown
from langchain_model_conformance._suite import ConformanceSuite
from langchain_model_conformance.checks.calls import DETAILS, FINISH

CONVERSATION: list[BaseMessage] = [
    SystemMessage("Answer in French."),
    HumanMessage("My name is Ada."),
    AIMessage("Good day, Ada."),
    HumanMessage("What is my name?"),
]
MUTABLE = ("content", "tool_calls", "additional_kwargs", "response_metadata", "usage_metadata")
TOOL_PROMPT = "Call both tools at once: add 1 and 2, and multiply 3 by 4."


def _object(**types: str) -> dict[str, Any]:
    """Return the JSON schema of an object with these properties."""
    properties = {name: {"type": kind} for name, kind in types.items()}
    return {"type": "object", "properties": properties, "required": [*types]}


NUMBERS = _object(a="integer", b="integer")
TOOLS: list[dict[str, Any]] = [
    {"type": "function", "function": {"name": name, "description": name, "parameters": NUMBERS}}
    for name in ("add", "multiply")
]
SCHEMA = {"title": "Answer", "description": "Answer a question.", **_object(text="string")}
OF_CORE = ("run-", "lc_run-")  # the ids that core gives to chunks without one


class Messages(ConformanceSuite):
    """What goes in stays as it is; what comes out is new, and the same in a stream."""

    @must("Copy a message (model_copy) before changing it, and never append to the list.")
    def test_messages_unchanged(self, path: str) -> None:
        """A conversation is used again: the caller's messages and their list stay as they are."""
        before, asked = (copy.deepcopy(CONVERSATION) for _ in range(2))
        self._ask(self._new(), path, asked)
        same(len(asked), len(before), f"{path} changed the list: it now has messages")
        changed = [at for at, message in enumerate(asked) if message != before[at]]
        if changed:
            found(f"{path} changed messages {changed} of {len(asked)}", "none changed")

    @must("Build a new AIMessage, with dictionaries of its own, for each answer.")
    def test_answers_are_new(self, path: str) -> None:
        """Messages are mutable: an answer is shared with no other call, nor with its prompt."""
        asked, model = [HumanMessage("A question.")], self._new()
        first, second = (self._pieces(model, path, asked) for _ in range(2))
        if any(piece is asked[0] for piece in [*first, *second]):
            found(f"{path} handed out the caller's own message", "a new one")
        shared = {
            name
            for one in first
            for other in second
            for name, value in _parts(one).items()
            if value is _parts(other).get(name)
        }
        if shared:
            found(f"two answers of {path} share {shown(sorted(shared))}", "nothing shared")

    @must(
        "Give every chunk the answer's id or none, the same kind of content as invoke, and the "
        "finish reason and other metadata to one chunk only, the last."
    )
    @on(STREAMS)
    def test_stream_adds_up(self, path: str) -> None:
        """Streaming: the chunks add up to the message of invoke, with one id, and metadata once."""
        self._require_path("invoke")
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

    @must("Number the tool calls of an answer: index=0 in each chunk of the first, then index=1.")
    @on(STREAMS)
    def test_parallel_tool_calls(self, path: str) -> None:
        """Streaming: parallel tool calls are told apart by their index."""
        self._require_path("invoke")
        bound = self._bound()
        (whole,) = self._pieces(bound, "invoke", TOOL_PROMPT)
        if len(whole.tool_calls) < 2:  # noqa: PLR2004  # parallel
            not_applicable("the model calls no two tools at once")
        chunks = self._pieces(bound, path, TOOL_PROMPT)
        ids: dict[Any, set[str]] = {}
        for part in (part for chunk in chunks for part in chunk.tool_call_chunks if part["id"]):
            ids.setdefault(part["index"], set()).add(part["id"])
        for at, known in ids.items():
            if at is not None and len(known) > 1:
                found(f"{path} gives {len(known)} tool calls the index {at}", "one index for each")
        message = functools.reduce(operator.add, chunks)
        calls, expected = ([(c["name"], c["args"]) for c in m.tool_calls] for m in (message, whole))
        same(calls, expected, f"the tool calls of {path} add up to")

    @must("Convert messages, not messages[-1], in _stream and _astream too.")
    @on(SIX[1:])
    def test_conversation_on_every_path(self, path: str) -> None:
        """Every path sends the whole conversation."""
        self._require_path("invoke")
        asked = (
            self._pieces(self._new(), one, copy.deepcopy(CONVERSATION)) for one in ("invoke", path)
        )
        whole, other = (functools.reduce(operator.add, pieces) for pieces in asked)
        same(self._text(other), self._text(whole), f"to a conversation {path} answered")
        sent, all_sent = (
            (getattr(message, "usage_metadata", None) or {}).get("input_tokens")
            for message in (other, whole)
        )
        if None not in (sent, all_sent) and sent != all_sent:
            found(f"{path} sent {sent} tokens of a conversation", f"{all_sent}, all")

    @must("Copy a tool (copy.deepcopy) before changing it; better, convert_to_openai_tool.")
    def test_tools_unchanged(self) -> None:
        """bind_tools leaves the caller's tools alone."""
        tools = copy.deepcopy(TOOLS)
        self._bound(tools).invoke(TOOL_PROMPT)
        same(tools, TOOLS, "bind_tools made the caller's tools")

    @must("Leave with_structured_output to langchain-core, or return all three keys.")
    def test_structured_output_raw(self) -> None:
        """with_structured_output(include_raw=True) returns raw, parsed and parsing_error."""
        self._bound()
        parsed, error = attempt(self._structured)
        if error:
            not_applicable("with_structured_output fails, which langchain-tests reports")
        answer = self._structured(include_raw=True)
        wanted = {"parsed": parsed, "parsing_error": None}
        rest = {**answer} if isinstance(answer, dict) else {}
        if not isinstance(rest.pop("raw", None), BaseMessage) or rest != wanted:
            expected = f"the message as raw, and {shown(wanted)}"
            found(f"include_raw=True gave {shown(answer)}", expected)

    def _bound(self, tools: list[dict[str, Any]] | None = None) -> Any:
        """Return a model with tools; one that cannot have any is no subject."""
        if self._model_class.bind_tools is BaseChatModel.bind_tools:
            not_applicable(f"{self._model_class.__name__} does not implement bind_tools")
        return self._new().bind_tools(tools or copy.deepcopy(TOOLS))

    def _structured(self, **how: Any) -> Any:
        return self._new().with_structured_output(copy.deepcopy(SCHEMA), **how).invoke(PROMPT)


def _parts(message: Any) -> dict[str, Any]:
    """Return the message and what of it can be changed in place."""
    parts = {name: getattr(message, name, None) for name in MUTABLE}
    mutable = {name: part for name, part in parts.items() if isinstance(part, (dict, list))}
    return {"the message": message, **mutable}
