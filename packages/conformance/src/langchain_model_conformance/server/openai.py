"""The wire formats of OpenAI, which many providers and servers copy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from langchain_model_conformance.server._answers import Tool, in_pieces
from langchain_model_conformance.server._wire import Stream, Whole, Wire, last_said, sse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_model_conformance.server._answers import Answer, Finish
    from langchain_model_conformance.server._wire import Request, Say

    Event = dict[str, Any]

FINISH_REASONS: dict[Finish, str] = {
    "end": "stop",
    "stop": "stop",
    "limit": "length",
    "tools": "tool_calls",
}


class _OpenAIWire(Wire):
    """What both endpoints share."""

    def error(self, status: int, message: str) -> Event:
        """Return the body of an error."""
        return {"error": {"message": message, "type": "error", "param": None, "code": status}}


class OpenAICompletions(_OpenAIWire):
    """`POST /completions`, whose prompt may be a list of prompts.

    A stop that is named is in `stop_reason` of its choice, as vLLM has it.
    """

    path = "/completions"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one choice for each prompt."""
        body = request.body
        prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
        said = [say(one, body.get("stop"), limit=body.get("max_tokens")) for one in prompts]
        frame = {
            "id": f"cmpl-{request.number}",
            "object": "text_completion",
            "created": 1,
            "model": body["model"],
        }
        ends = [self._choice(at, answer, "") for at, answer in enumerate(said)]
        if not body.get("stream"):
            choices = [end | {"text": answer.text} for end, answer in zip(ends, said, strict=True)]
            return Whole({**frame, "choices": choices, "usage": _usage(said)})
        chunks = [
            {**frame, "choices": [self._choice(at, None, piece)]}
            for at, answer in enumerate(said)
            for piece in answer.pieces
        ]
        chunks += [{**frame, "choices": [end]} for end in ends]
        return _stream(body, chunks, {**frame, "choices": [], "usage": _usage(said)})

    def _choice(self, at: int, ended: Answer | None, text: str) -> Event:
        """Return a choice, with its reason to end if it does."""
        return {"index": at, "text": text, "logprobs": None, **_reasons(ended)}


class OpenAIChat(_OpenAIWire):
    """`POST /chat/completions`, with tools.

    A stop that is named is in `stop_reason` of its choice, as vLLM has it.
    """

    path = "/chat/completions"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one choice."""
        body = request.body
        limit = body.get("max_completion_tokens", body.get("max_tokens"))
        prompt = last_said(body["messages"])
        answer = say(prompt, body.get("stop"), limit=limit, tool=self._tool(body))
        frame = {
            "id": f"chatcmpl-{request.number}",
            "created": 1,
            "model": body["model"],
            "system_fingerprint": "fp_1",
        }
        calls = [_call(at, request.number, one.name) for at, one in enumerate(answer.tool_calls)]
        if not body.get("stream"):
            for call, one in zip(calls, answer.tool_calls, strict=True):
                del call["index"]
                call["function"]["arguments"] = json.dumps(one.arguments)
            message: Event = {"role": "assistant", "content": answer.text, "refusal": None}
            if calls:
                message |= {"content": answer.text or None, "tool_calls": calls}
            choice = {"index": 0, "message": message, "logprobs": None, **_reasons(answer)}
            usage = _usage([answer])
            return Whole(
                {**frame, "object": "chat.completion", "choices": [choice], "usage": usage}
            )
        frame["object"] = "chat.completion.chunk"
        chunks = [{**frame, "choices": [one]} for one in self._choices(answer, calls)]
        return _stream(body, chunks, {**frame, "choices": [], "usage": _usage([answer])})

    @staticmethod
    def _tool(body: Event) -> Tool | None:
        """Return the tool that has to be called, if any has."""
        choice = body.get("tool_choice")
        tools = [one["function"] for one in body.get("tools") or ()]
        if isinstance(choice, dict):
            tools = [one for one in tools if one["name"] == choice["function"]["name"]]
        if not tools or choice in (None, "auto", "none"):
            return None
        return Tool(tools[0]["name"], tools[0].get("parameters", {}))

    @staticmethod
    def _choices(answer: Answer, calls: list[Event]) -> Iterator[Event]:
        """Yield the choice of each chunk."""

        def choice(delta: Event, ended: Answer | None = None) -> Event:
            return {"index": 0, "delta": delta, "logprobs": None, **_reasons(ended)}

        yield choice({"role": "assistant", "content": ""})
        for piece in answer.pieces:
            yield choice({"content": piece})
        for at, call in enumerate(calls):
            yield choice({"tool_calls": [call]})
            arguments = json.dumps(answer.tool_calls[at].arguments)
            for piece in in_pieces(arguments, answer.piece_size):
                yield choice({"tool_calls": [{"index": at, "function": {"arguments": piece}}]})
        yield choice({}, answer)


def _call(at: int, number: int, name: str) -> Event:
    """Return a call of a tool, its arguments to come."""
    function = {"name": name, "arguments": ""}
    return {"index": at, "id": f"call_{number}_{at}", "type": "function", "function": function}


def _reasons(ended: Answer | None) -> Event:
    """Return why an answer ended, if it did."""
    if ended is None:
        return {"finish_reason": None}
    named = {"stop_reason": ended.stop} if ended.stop else {}
    return {"finish_reason": FINISH_REASONS[ended.finish], **named}


def _usage(answers: list[Answer]) -> Event:
    """Return the tokens of all answers."""
    return {
        "prompt_tokens": sum(one.prompt_tokens for one in answers),
        "completion_tokens": sum(one.completion_tokens for one in answers),
        "total_tokens": sum(one.total_tokens for one in answers),
    }


def _stream(body: Event, chunks: list[Event], usage: Event) -> Stream:
    """Return the chunks, the usage where it is asked for, and the mark of the end."""
    asked = (body.get("stream_options") or {}).get("include_usage")
    return Stream([*map(sse, [*chunks, usage] if asked else chunks), sse("[DONE]")])
