"""The wire formats that only the field report needs; the others are the packaged server's.

What they answer is what the provider's documentation describes. They are simulations, and say so
wherever they had to choose.
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

from langchain_model_conformance.server import (
    PROVIDERS,
    Answer,
    OpenAIChat,
    OpenAICompletions,
    Request,
    Say,
    Stream,
    Whole,
    Wire,
    last_said,
    sse,
    text_of,
)
from langchain_model_conformance.server.anthropic import message_events, whole_message

AMAZON_STREAM = "application/vnd.amazon.eventstream"

Event = dict[str, Any]


class CohereChat(Wire):
    """`POST /v2/chat` of Cohere."""

    path = "/v2/chat"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one message; the text ends before the stop."""
        body = request.body
        answer = say(last_said(body["messages"]), body.get("stop_sequences"))
        reason = "STOP_SEQUENCE" if answer.finish == "stop" else "COMPLETE"
        units = {"input_tokens": answer.prompt_tokens, "output_tokens": answer.completion_tokens}
        usage = {"billed_units": units, "tokens": units}
        if not body.get("stream"):
            content = [{"type": "text", "text": answer.text}]
            message = {"role": "assistant", "content": content}
            whole = {"id": "1", "finish_reason": reason, "message": message, "usage": usage}
            return Whole(whole)

        def delta(message: Event) -> Event:
            return {"delta": {"message": message}}

        start = {"type": "text", "text": ""}
        events: list[Event] = [
            {"type": "message-start", "id": "1", **delta({"role": "assistant", "content": []})},
            {"type": "content-start", "index": 0, **delta({"content": start})},
        ]
        events += [
            {"type": "content-delta", "index": 0, **delta({"content": {"text": piece}})}
            for piece in answer.pieces
        ]
        events += [
            {"type": "content-end", "index": 0},
            {"type": "message-end", "id": "1", "delta": {"finish_reason": reason, "usage": usage}},
        ]
        return Stream([sse(event, event["type"]) for event in events])


class CohereGenerate(Wire):
    """The old `POST /v1/generate` of Cohere, which streams for no class here."""

    path = "/v1/generate"
    stop_rule = "keep"

    def reply(self, request: Request, say: Say) -> Whole:
        """Return one generation."""
        prompt = request.body["prompt"]
        answer = say(prompt, request.body.get("stop_sequences"))
        generation = {"id": "1", "text": answer.text, "finish_reason": "COMPLETE"}
        return Whole({"id": "1", "prompt": prompt, "generations": [generation]})


class TextGenerationInference(Wire):
    """The root of a server of text-generation-inference.

    At `/tgi` an answer ends because it is long enough, at `/tgi-eos` with the model's end token,
    which is streamed as a special token. It looks for stops at token borders, so a token is one
    character here: any other size would miss stops that end inside one.
    """

    path = "/tgi(-eos)?/?"
    stop_rule = "keep"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one generated text."""
        parameters = request.body.get("parameters") or {}
        answer = say(request.body["inputs"], parameters.get("stop"))
        if not request.body.get("stream"):
            return Whole([{"generated_text": answer.text}])
        tokens = [{"id": 5, "logprob": -0.1, "special": False, "text": one} for one in answer.text]
        reason = "stop_sequence" if answer.finish == "stop" else "length"
        if answer.finish != "stop" and request.path.rstrip("/").endswith("-eos"):
            tokens.append({"id": 2, "logprob": -0.1, "special": True, "text": "</s>"})
            reason = "eos_token"
        if not tokens:  # a server streams at least one token
            tokens.append({"id": 3, "logprob": -0.1, "special": False, "text": ""})
        details = {"finish_reason": reason, "generated_tokens": len(tokens), "seed": None}
        events: list[Event] = [
            {"index": at, "token": token, "generated_text": None, "details": None}
            for at, token in enumerate(tokens, 1)
        ]
        events[-1] |= {"generated_text": answer.text, "details": details}
        return Stream(map(sse, events))


class Gemini(Wire):
    """`:generateContent` and `:streamGenerateContent`; an empty answer has no parts."""

    path = ":(generateContent|streamGenerateContent)"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one candidate; the text ends before the stop."""
        body = request.body
        stop = (body.get("generationConfig") or {}).get("stopSequences")
        answer = say(text_of(body["contents"][-1]["parts"]), stop)
        usage = {
            "promptTokenCount": answer.prompt_tokens,
            "candidatesTokenCount": answer.completion_tokens,
            "totalTokenCount": answer.total_tokens,
        }

        def response(text: str, *, last: bool) -> Event:
            content: Event = {"role": "model"} | ({"parts": [{"text": text}]} if text else {})
            candidate: Event = {"index": 0, "content": content}
            candidate |= {"finishReason": "STOP"} if last else {}
            return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "echo"}

        if not path_streams(request):
            return Whole(response(answer.text, last=True))
        *pieces, end = answer.pieces or [""]
        chunks = [response(piece, last=False) for piece in pieces] + [response(end, last=True)]
        return Stream(map(sse, chunks))


class GeminiCount(Wire):
    """`:countTokens`."""

    path = ":countTokens"

    def reply(self, request: Request, say: Say) -> Whole:  # noqa: ARG002  # nothing is said
        """Return the length of the last message."""
        return Whole({"totalTokens": len(text_of(request.body["contents"][-1]["parts"]))})


class BedrockInvoke(Wire):
    """`/model/*/invoke` and `/invoke-with-response-stream`, for Anthropic and Mistral."""

    path = "/model/[^/]+/invoke(-with-response-stream)?"
    stop_rule = "name"  # as Anthropic does; no other maker has a place for it

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one answer in the words of the model's maker."""
        body, model = request.body, request.path.split("/")[-2]
        if "messages" in body:
            answer = say(last_said(body["messages"]), body.get("stop_sequences"))
            message = {"id": "msg_1", "type": "message", "role": "assistant", "model": model}
            events, whole = [*message_events(message, answer)], whole_message(message, answer)
        else:
            # AWS does not say whether Mistral's text keeps the stop: cutting it is kinder to a
            # client that looks for none, and cannot hurt one that does.
            answer = say(body["prompt"], body.get("stop"))
            whole = {"outputs": [{"text": answer.text, "stop_reason": "stop"}]}
            ends = [(piece, None) for piece in answer.pieces] + [("", "stop")]
            events = [{"outputs": [{"text": one, "stop_reason": why}]} for one, why in ends]
        if not path_streams(request):
            return Whole(whole)
        chunks = [base64.b64encode(json.dumps(event).encode()).decode() for event in events]
        return Stream([amazon_event("chunk", {"bytes": one}) for one in chunks], AMAZON_STREAM)


class BedrockConverse(Wire):
    """`/model/*/converse` and `/converse-stream`, as for a model of Anthropic's."""

    path = "/model/[^/]+/converse(-stream)?"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one message; the text ends before the stop."""
        body = request.body
        stop = (body.get("inferenceConfig") or {}).get("stopSequences")
        answer = say(last_said(body["messages"]), stop)
        reason = "stop_sequence" if answer.finish == "stop" else "end_turn"
        end: Event = {"usage": amazon_usage(answer), "metrics": {"latencyMs": 1}}
        if not path_streams(request):
            content = [{"text": answer.text}] if answer.text else []
            message = {"role": "assistant", "content": content}
            return Whole({"output": {"message": message}, "stopReason": reason, **end})
        events = [amazon_event("messageStart", {"role": "assistant"})]
        for piece in answer.pieces:
            delta = {"contentBlockIndex": 0, "delta": {"text": piece}}
            events.append(amazon_event("contentBlockDelta", delta))
        if answer.text:
            events.append(amazon_event("contentBlockStop", {"contentBlockIndex": 0}))
        events.append(amazon_event("messageStop", {"stopReason": reason}))
        return Stream([*events, amazon_event("metadata", end)], AMAZON_STREAM)


class Llamafile(Wire):
    """`POST /completion` of llama.cpp's server, which a llamafile starts."""

    path = "/completion"

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        """Return one content; the text ends before the stop."""
        body = request.body
        tokens = body.get("n_predict", -1)
        answer = say(body["prompt"], body.get("stop"), limit=tokens if tokens >= 0 else None)
        end = {"stop": True, "model": "echo", "tokens_predicted": answer.completion_tokens}
        if not body.get("stream"):
            return Whole({"content": answer.text, **end})
        chunks = [{"content": piece, "stop": False} for piece in answer.pieces]
        return Stream(map(sse, [*chunks, {"content": "", **end}]))


class PredictionGuardCompletions(OpenAICompletions):
    """`POST /completions` of Prediction Guard: OpenAI's, but that an error is a text."""

    path = "/prediction-guard/completions"

    def error(self, status: int, message: str) -> Event:  # noqa: ARG002  # the base has it
        """Return the body of an error."""
        return {"error": message}


class PredictionGuardChat(OpenAIChat):
    """`POST /chat/completions` of Prediction Guard: OpenAI's, but that an error is a text."""

    path = "/prediction-guard/chat/completions"

    def error(self, status: int, message: str) -> Event:  # noqa: ARG002  # the base has it
        """Return the body of an error."""
        return {"error": message}


def path_streams(request: Request) -> bool:
    """Return whether a call streams, where its path tells."""
    return "stream" in request.path.lower().rpartition("/")[2]


def amazon_event(kind: str, data: Event) -> bytes:
    """Return one message of `application/vnd.amazon.eventstream`: JSON in a binary frame."""
    headers = b"".join(
        struct.pack("!B", len(name)) + name + struct.pack("!BH", 7, len(value)) + value
        for name, value in (
            (b":event-type", kind.encode()),
            (b":content-type", b"application/json"),
            (b":message-type", b"event"),
        )
    )
    payload = json.dumps(data).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack("!I", zlib.crc32(message))


def amazon_usage(answer: Answer) -> Event:
    """Return the tokens of a message."""
    return {
        "inputTokens": answer.prompt_tokens,
        "outputTokens": answer.completion_tokens,
        "totalTokens": answer.total_tokens,
    }


WIRES: tuple[Wire, ...] = (
    PredictionGuardChat(),  # before those of OpenAI, which end the same
    PredictionGuardCompletions(),
    *PROVIDERS,
    CohereChat(),
    CohereGenerate(),
    TextGenerationInference(),
    Gemini(),
    GeminiCount(),
    BedrockInvoke(),
    BedrockConverse(),
    Llamafile(),
)
"""What the report's server speaks."""
