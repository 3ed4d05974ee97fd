"""A loopback server that speaks the wire formats of model providers and echoes the prompt.

It exists to drive real clients: what they send is recorded, what they get is what the provider's
documentation describes, in small pieces. It is a simulation, and says so wherever it had to choose.
"""

from __future__ import annotations

import base64
import json
import re
import struct
import threading
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typing_extensions import Self

FAILS = re.compile(r"fail with status (\d{3})")
"""A prompt that holds this is answered with that status."""
SAY_NOTHING = "(say nothing)"
"""The prompt whose answer is empty."""
PIECE = 3  # characters per streamed piece, so that stops of two characters and more straddle pieces
JSON, SSE, NDJSON = "application/json", "text/event-stream", "application/x-ndjson"
AMAZON_STREAM = "application/vnd.amazon.eventstream"

Event = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What a client sent."""

    path: str
    """The path, without the query."""
    body: dict[str, Any]
    """The decoded JSON."""


@dataclass(frozen=True)
class Reply:
    """What a provider answers to one request."""

    whole: Any
    """The answer to a call that does not stream."""
    events: list[bytes]
    """The answer to one that does, event by event as it is written to the wire."""
    media: str
    """The media type of the stream."""


class Answer(NamedTuple):
    """The echo, cut at the stop."""

    text: str
    """What the model says."""
    stop: str | None
    """The stop that ended it, or None."""

    def pieces(self, size: int = PIECE) -> list[str]:
        """Return the text in pieces of `size` characters; the text may be empty."""
        return [self.text[at : at + size] for at in range(0, len(self.text), size)]


class Dialect(NamedTuple):
    """One endpoint: its path, what tells that a call streams, and how it answers."""

    path: str
    reply: Callable[[Request], Reply]
    streams: Callable[[Request], bool] = lambda request: bool(request.body.get("stream"))


def answer(prompt: str, stop: Any, *, keep_stop: bool = False) -> Answer:
    """Return the echo of `prompt`, up to the stop that is completed first.

    Args:
        prompt: What to echo.
        stop: A stop, several, or None.
        keep_stop: Whether the provider leaves the stop at the end of the text.
    """
    text = "" if prompt == SAY_NOTHING else prompt
    stops = [stop] if isinstance(stop, str) else list(stop or ())
    for end in range(1, len(text) + 1):
        for one in sorted(stops, key=len, reverse=True):
            if one and text[:end].endswith(one):
                return Answer(text[:end] if keep_stop else text[: end - len(one)], one)
    return Answer(text, None)


def text_of(content: Any) -> str:
    """Return the text of a message's content: a string, or blocks with text in them."""
    if isinstance(content, list):
        return "".join(block if isinstance(block, str) else block["text"] for block in content)
    return str(content)


def last_said(messages: list[dict[str, Any]]) -> str:
    """Return the text of the last message."""
    return text_of(messages[-1]["content"])


def sse(data: Any, event: str | None = None) -> bytes:
    """Return a server-sent event; providers differ in whether they name it."""
    text = data if isinstance(data, str) else json.dumps(data)
    return (f"event: {event}\n" if event else "").encode() + f"data: {text}\n\n".encode()


# OpenAI and those who copy its API: DeepSeek, Fireworks, Groq, Mistral, NVIDIA, OpenRouter,
# Perplexity, Together, xAI. `stop` is a string or a list; the text ends before it.

USAGE = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}


def openai_chat(request: Request) -> Reply:
    """Answer `POST /chat/completions`."""
    body = request.body
    said = answer(last_said(body["messages"]), body.get("stop"))
    frame = {"id": "chatcmpl-1", "created": 1, "model": body["model"], "system_fingerprint": "fp_1"}

    def chunk(delta: Event, finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**frame, "object": "chat.completion.chunk", "choices": [choice]}

    chunks = [chunk({"role": "assistant", "content": ""})]
    chunks += [chunk({"content": piece}) for piece in said.pieces()]
    chunks.append(chunk({}, "stop"))
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**chunk({}), "choices": [], "usage": USAGE})
    message = {"role": "assistant", "content": said.text, "refusal": None}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    whole = {**frame, "object": "chat.completion", "choices": [choice], "usage": USAGE}
    return Reply(whole, [*map(sse, chunks), sse("[DONE]")], SSE)


def openai_completions(request: Request) -> Reply:
    """Answer `POST /completions`, whose prompt may be a list of prompts."""
    body = request.body
    prompts = body["prompt"] if isinstance(body["prompt"], list) else [body["prompt"]]
    said = [answer(prompt, body.get("stop")) for prompt in prompts]
    frame = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": body["model"]}

    def choice(at: int, text: str, finish: str | None) -> Event:
        return {"index": at, "text": text, "finish_reason": finish, "logprobs": None}

    chunks = [
        {**frame, "choices": [choice(at, piece, None)]}
        for at, one in enumerate(said)
        for piece in one.pieces()
    ]
    chunks += [{**frame, "choices": [choice(at, "", "stop")]} for at in range(len(said))]
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**frame, "choices": [], "usage": USAGE})
    choices = [choice(at, one.text, "stop") for at, one in enumerate(said)]
    whole = {**frame, "choices": choices, "usage": USAGE}
    return Reply(whole, [*map(sse, chunks), sse("[DONE]")], SSE)


# Ollama: JSON lines; the stop is in the options, and is cut off.


def ollama(request: Request) -> Reply:
    """Answer `POST /api/generate` and `POST /api/chat`."""
    body = request.body
    chat = request.path.endswith("/chat")
    said = answer(
        last_said(body["messages"]) if chat else body["prompt"],
        (body.get("options") or {}).get("stop"),
    )

    def line(text: str, *, done: bool) -> Event:
        holder = {"message": {"role": "assistant", "content": text}} if chat else {"response": text}
        counts = {"prompt_eval_count": 3, "eval_count": 4, "total_duration": 5}
        end = {"done_reason": "stop", **counts} if done else {}
        when = "2026-01-01T00:00:00Z"
        return {"model": body["model"], "created_at": when, **holder, "done": done, **end}

    lines = [line(piece, done=False) for piece in said.pieces()] + [line("", done=True)]
    events = [json.dumps(one).encode() + b"\n" for one in lines]
    return Reply(line(said.text, done=True), events, NDJSON)


def ollama_streams(request: Request) -> bool:
    """Return whether a call streams: it does unless told otherwise."""
    return bool(request.body.get("stream", True))


# Anthropic: the stop is cut off and named; an empty answer has no content block at all.


def anthropic_events(said: Answer, model: str) -> list[Event]:
    """Return the events of a stream of messages."""
    usage = {"input_tokens": 3, "output_tokens": 4}
    message: Event = {"id": "msg_1", "type": "message", "role": "assistant", "model": model}
    message |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    events: list[Event] = [{"type": "message_start", "message": message}]
    if said.text:
        block = {"type": "text", "text": ""}
        events.append({"type": "content_block_start", "index": 0, "content_block": block})
        for piece in said.pieces():
            delta = {"type": "text_delta", "text": piece}
            events.append({"type": "content_block_delta", "index": 0, "delta": delta})
        events.append({"type": "content_block_stop", "index": 0})
    events.append({"type": "message_delta", "delta": anthropic_end(said), "usage": usage})
    return [*events, {"type": "message_stop"}]


def anthropic_end(said: Answer) -> Event:
    """Return why the message ended."""
    reason = "end_turn" if said.stop is None else "stop_sequence"
    return {"stop_reason": reason, "stop_sequence": said.stop}


def anthropic_whole(said: Answer, model: str) -> Event:
    """Return a whole message."""
    started = anthropic_events(said, model)[0]["message"]
    content = [{"type": "text", "text": said.text}] if said.text else []
    return {**started, "content": content, **anthropic_end(said)}


def anthropic(request: Request) -> Reply:
    """Answer `POST /v1/messages`."""
    body = request.body
    said = answer(last_said(body["messages"]), body.get("stop_sequences"))
    events = [sse(event, event["type"]) for event in anthropic_events(said, body["model"])]
    return Reply(anthropic_whole(said, body["model"]), events, SSE)


# Cohere: /v2/chat cuts the stop off, the old /v1/generate leaves it in.


def cohere_chat(request: Request) -> Reply:
    """Answer `POST /v2/chat`."""
    body = request.body
    said = answer(last_said(body["messages"]), body.get("stop_sequences"))
    reason = "COMPLETE" if said.stop is None else "STOP_SEQUENCE"
    units = {"input_tokens": 3, "output_tokens": 4}
    usage = {"billed_units": units, "tokens": units}

    def delta(message: Event) -> Event:
        return {"delta": {"message": message}}

    events: list[Event] = [
        {"type": "message-start", "id": "1", **delta({"role": "assistant", "content": []})},
        {"type": "content-start", "index": 0, **delta({"content": {"type": "text", "text": ""}})},
    ]
    events += [
        {"type": "content-delta", "index": 0, **delta({"content": {"text": piece}})}
        for piece in said.pieces()
    ]
    events += [
        {"type": "content-end", "index": 0},
        {"type": "message-end", "id": "1", "delta": {"finish_reason": reason, "usage": usage}},
    ]
    content = [{"type": "text", "text": said.text}]
    message = {"role": "assistant", "content": content}
    whole = {"id": "1", "finish_reason": reason, "message": message, "usage": usage}
    return Reply(whole, [sse(event, event["type"]) for event in events], SSE)


def cohere_generate(request: Request) -> Reply:
    """Answer `POST /v1/generate`, which streams for no class here."""
    body = request.body
    said = answer(body["prompt"], body.get("stop_sequences"), keep_stop=True)
    generation = {"id": "1", "text": said.text, "finish_reason": "COMPLETE"}
    return Reply({"id": "1", "prompt": body["prompt"], "generations": [generation]}, [], SSE)


# text-generation-inference: the stop stays in the text. It looks for stops at token borders, so a
# token is one character here: any other size would miss stops that end inside one.


def tgi(request: Request) -> Reply:
    """Answer the root of a text-generation-inference server.

    At `/tgi` an answer ends because it is long enough, at `/tgi-eos` with the model's end token,
    which is streamed as a special token.
    """
    parameters = request.body.get("parameters") or {}
    said = answer(request.body["inputs"], parameters.get("stop"), keep_stop=True)
    tokens = [{"id": 5, "logprob": -0.1, "special": False, "text": one} for one in said.pieces(1)]
    reason = "length" if said.stop is None else "stop_sequence"
    if said.stop is None and request.path.endswith("-eos"):
        tokens.append({"id": 2, "logprob": -0.1, "special": True, "text": "</s>"})
        reason = "eos_token"
    if not tokens:  # a server streams at least one token
        tokens.append({"id": 3, "logprob": -0.1, "special": False, "text": ""})
    details = {"finish_reason": reason, "generated_tokens": len(tokens), "seed": None}
    events: list[Event] = [
        {"index": at, "token": token, "generated_text": None, "details": None}
        for at, token in enumerate(tokens, 1)
    ]
    events[-1] |= {"generated_text": said.text, "details": details}
    return Reply([{"generated_text": said.text}], [sse(event) for event in events], SSE)


# Gemini: the stop is cut off; an empty answer is a candidate without parts.


def gemini(request: Request) -> Reply:
    """Answer `POST /v1beta/models/*:generateContent` and `:streamGenerateContent`."""
    body = request.body
    stop = (body.get("generationConfig") or {}).get("stopSequences")
    said = answer(text_of(body["contents"][-1]["parts"]), stop)
    usage = {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7}

    def response(text: str, *, last: bool) -> Event:
        content: Event = {"role": "model"} | ({"parts": [{"text": text}]} if text else {})
        candidate: Event = {"index": 0, "content": content} | (
            {"finishReason": "STOP"} if last else {}
        )
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "echo"}

    *pieces, end = said.pieces() or [""]
    chunks = [response(piece, last=False) for piece in pieces] + [response(end, last=True)]
    return Reply(response(said.text, last=True), list(map(sse, chunks)), SSE)


def gemini_count(request: Request) -> Reply:
    """Answer `POST /v1beta/models/*:countTokens`."""
    return Reply({"totalTokens": len(text_of(request.body["contents"][-1]["parts"]))}, [], SSE)


# Amazon Bedrock: JSON in the binary event stream of AWS.


def amazon_event(kind: str, data: Event) -> bytes:
    """Return one message of `application/vnd.amazon.eventstream`."""
    headers = b"".join(
        struct.pack("!B", len(name)) + name + struct.pack("!BH", 7, len(value)) + value
        for name, value in (
            (b":event-type", kind.encode()),
            (b":content-type", JSON.encode()),
            (b":message-type", b"event"),
        )
    )
    payload = json.dumps(data).encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack("!I", zlib.crc32(message))


def bedrock_invoke(request: Request) -> Reply:
    """Answer `/model/*/invoke` and `/invoke-with-response-stream`, for Anthropic and Mistral."""
    body, model = request.body, request.path.split("/")[-2]
    if "messages" in body:
        said = answer(last_said(body["messages"]), body.get("stop_sequences"))
        events, whole = anthropic_events(said, model), anthropic_whole(said, model)
    else:
        # AWS does not say whether Mistral's text keeps the stop: cutting it is kinder to a client
        # that looks for none, and cannot hurt one that does.
        said = answer(body["prompt"], body.get("stop"))
        whole = {"outputs": [{"text": said.text, "stop_reason": "stop"}]}
        events = [
            {"outputs": [{"text": piece, "stop_reason": None}]} for piece in said.pieces()
        ] + [{"outputs": [{"text": "", "stop_reason": "stop"}]}]
    chunks = [
        amazon_event("chunk", {"bytes": base64.b64encode(json.dumps(event).encode()).decode()})
        for event in events
    ]
    return Reply(whole, chunks, AMAZON_STREAM)


def bedrock_converse(request: Request) -> Reply:
    """Answer `/model/*/converse` and `/converse-stream`, as for a model of Anthropic's."""
    body = request.body
    stop = (body.get("inferenceConfig") or {}).get("stopSequences")
    said = answer(last_said(body["messages"]), stop)
    reason = "end_turn" if said.stop is None else "stop_sequence"
    usage = {"inputTokens": 3, "outputTokens": 4, "totalTokens": 7}
    metrics = {"latencyMs": 1}
    events = [amazon_event("messageStart", {"role": "assistant"})]
    for piece in said.pieces():
        delta = {"contentBlockIndex": 0, "delta": {"text": piece}}
        events.append(amazon_event("contentBlockDelta", delta))
    if said.text:
        events.append(amazon_event("contentBlockStop", {"contentBlockIndex": 0}))
    events.append(amazon_event("messageStop", {"stopReason": reason}))
    events.append(amazon_event("metadata", {"usage": usage, "metrics": metrics}))
    message = {"role": "assistant", "content": [{"text": said.text}] if said.text else []}
    whole = {"output": {"message": message}, "stopReason": reason, "usage": usage}
    return Reply({**whole, "metrics": metrics}, events, AMAZON_STREAM)


def path_streams(request: Request) -> bool:
    """Return whether a call streams, where its path tells."""
    return "stream" in request.path.lower().rpartition("/")[2]


DIALECTS = (
    Dialect(r"/chat/completions$", openai_chat),
    Dialect(r"/completions$", openai_completions),
    Dialect(r"/api/(generate|chat)$", ollama, ollama_streams),
    Dialect(r"/v1/messages$", anthropic),
    Dialect(r"/v2/chat$", cohere_chat),
    Dialect(r"/v1/generate$", cohere_generate),
    Dialect(r"/tgi(-eos)?/?$", tgi),
    Dialect(r":countTokens$", gemini_count),
    Dialect(r":(generateContent|streamGenerateContent)$", gemini, path_streams),
    Dialect(r"/model/[^/]+/invoke(-with-response-stream)?$", bedrock_invoke, path_streams),
    Dialect(r"/model/[^/]+/converse(-stream)?$", bedrock_converse, path_streams),
)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections, and allows chunks
    disable_nagle_algorithm = True  # each event leaves when it is written
    server: EchoServer

    def do_GET(self) -> None:
        """Tell which models there are: some clients ask before the first call."""
        self._send(200, {"object": "list", "data": []})

    def do_POST(self) -> None:
        """Record the request and answer it, in whole or event by event."""
        size = int(self.headers.get("content-length", 0))
        path = unquote(self.path.partition("?")[0])
        raw = self.rfile.read(size) if size else self._chunked_body()
        request = Request(path, json.loads(raw or b"{}"))
        self.server.requests.append(request)
        failing = FAILS.search(raw.decode())
        dialect = next((one for one in DIALECTS if re.search(one.path, path)), None)
        if failing or dialect is None:
            status = int(failing[1]) if failing else 404
            error = {"type": "invalid_request_error", "message": "as asked for", "code": status}
            self._send(status, {"error": error, "message": "as asked for"})
            return
        reply = dialect.reply(request)
        if dialect.streams(request):
            self._stream(reply)
        else:
            self._send(200, reply.whole)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _chunked_body(self) -> bytes:
        return b"".join(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        while self.headers.get("transfer-encoding") == "chunked":
            size = int(self.rfile.readline(), 16)
            yield self.rfile.read(size)
            self.rfile.readline()
            if not size:
                return

    def _send(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", JSON)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("content-type", reply.media)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        try:
            for event in [*reply.events, b""]:
                self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
        except OSError:  # the client stopped reading, as a caller may
            self.close_connection = True


class EchoServer(ThreadingHTTPServer):
    """A server on a free loopback port, answering from threads until the process ends."""

    daemon_threads = True
    request_queue_size = 128  # many callers that start at once

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Request] = []
        """What has been asked so far."""

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Keep quiet about connections that a client dropped."""

    @classmethod
    def start(cls) -> Self:
        """Return a server that is answering."""
        server = cls()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server
