"""The server: what it says, and how it behaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from langchain_model_conformance.server._answers import PIECE_SIZE, Answer, StopRule, Tool
from langchain_model_conformance.server._faults import Delivery, Fault, Refuse
from langchain_model_conformance.server._http import Listener, Response
from langchain_model_conformance.server._wire import Request, Whole, Wire, json_text
from langchain_model_conformance.server.anthropic import AnthropicMessages
from langchain_model_conformance.server.ollama import OllamaChat, OllamaGenerate
from langchain_model_conformance.server.openai import OpenAIChat, OpenAICompletions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Self

EMPTY_PROMPT = "(say nothing)"
"""The prompt whose echo is empty."""
ERROR_PROMPT = "Please fail with status 400."
"""A prompt that is refused; the same words ask for any other status."""
Says = str | Answer | Callable[[str, Request], "str | Answer | Refuse"]
"""What a model says: always the same, or what a function makes of the prompt and its request."""

_FAILS = re.compile(r"fail with status (\d{3})")
_NO_HEADERS: Mapping[str, str] = {}
_NO_MODELS = {"object": "list", "data": [], "models": []}


def echo(prompt: str, request: Request) -> str | Refuse:  # noqa: ARG001  # as any function here
    """Return the prompt, nothing for `EMPTY_PROMPT`, a refusal for one like `ERROR_PROMPT`."""
    if failing := _FAILS.search(prompt):
        return Refuse(int(failing[1]))
    return "" if prompt == EMPTY_PROMPT else prompt


class LoopbackServer:
    """A model provider on this machine, which echoes the last thing it is asked.

    It speaks the wire formats of OpenAI, Anthropic and Ollama, or those that it is given, on a
    free port of 127.0.0.1. A request that tells the model to call a tool is answered with a call
    whose arguments echo the prompt. `GET` finds no models under any path.

    Use it as a context manager, or call `start` and `close`. Everything that it is told may be
    changed while it runs, and holds from the next request on:

    ```python
    with LoopbackServer(stop_rule="ignore", write_size=1) as server:
        model = MyLLM(base_url=f"{server.url}/v1")
        server.fault = Hang(after=2)
    ```

    Args:
        *wires: The endpoints to serve. The first whose path matches answers.
        answer: What the model says: a text, an `Answer`, or a function of prompt and request,
            which may also return a `Refuse`. Stops and limits cut it like the echo.
        stop_rule: What is done with a stop; None for what each provider does.
        piece_size: Characters in each streamed piece.
        write_size: Bytes in each write, so that 1 splits events and characters; None for an event
            at once. In a stream each write is an HTTP chunk of its own, so that clients see it as
            it was written.
        pause: Seconds before each event of an answer.
        fault: What goes wrong with each answer: `Refuse`, `Hang`, `Break`, `Malformed` or None.
    """

    def __init__(  # noqa: PLR0913  # without any of them it behaves
        self,
        *wires: Wire,
        answer: Says = echo,
        stop_rule: StopRule | None = None,
        piece_size: int = PIECE_SIZE,
        write_size: int | None = None,
        pause: float = 0.0,
        fault: Refuse | Fault | None = None,
    ) -> None:
        self.wires = wires or PROVIDERS
        """The endpoints."""
        self.answer = answer
        """What the model says."""
        self.stop_rule = stop_rule
        """What is done with a stop; None for what each provider does."""
        self.piece_size = piece_size
        """Characters in each streamed piece."""
        self.write_size = write_size
        """Bytes in each write; None for an event at once."""
        self.pause = pause
        """Seconds before each event."""
        self.fault = fault
        """What goes wrong with each answer, or None."""
        self._running: Listener | None = None

    def start(self) -> Self:
        """Return the server, which answers from now on and has seen nothing yet."""
        self.close()
        self._running = Listener(self._respond)
        return self

    def close(self) -> None:
        """Stop answering, and close every connection. What it saw can still be asked."""
        if self._running:
            self._running.close()

    def __enter__(self) -> Self:
        """Start the server."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Close the server."""
        self.close()

    @property
    def url(self) -> str:
        """The address, without a path: `http://127.0.0.1:49152`."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def requests(self) -> list[Request]:
        """What clients have sent, in order."""
        return [*self._listener.requests]

    @property
    def requests_open(self) -> int:
        """How many requests are being answered now."""
        return self._listener.answering

    @property
    def connections_opened(self) -> int:
        """How many connections clients have made."""
        return self._listener.opened

    @property
    def connections_open(self) -> int:
        """How many connections are open now, those that a client keeps for later included."""
        return len(self._listener.connections)

    def wait_until_closed(self, timeout: float = 5.0) -> bool:
        """Return whether no connection is open, now or within `timeout` seconds.

        A client that closes its connections does not wait until the server has noticed.
        """
        return self._listener.wait_until_closed(timeout)

    @property
    def _listener(self) -> Listener:
        if self._running is None:
            raise RuntimeError("the loopback server was never started: use `with`, or call start()")
        return self._running

    def _respond(self, request: Request) -> Response:
        """Return the answer to a request."""
        if request.method == "GET":
            return self._whole(_NO_MODELS)
        wire = next((w for w in self.wires if re.search(f"(?:{w.path})$", request.path)), None)
        if wire is None:
            known = ", ".join(one.path for one in self.wires)
            return self._whole({"error": f"got {request.path}, and paths end in {known}"}, 404)
        return self._answered(wire, request)

    def _answered(self, wire: Wire, request: Request) -> Response:
        """Return the answer of a wire, as far as nothing goes wrong."""
        if isinstance(self.fault, Refuse):
            return self._refused(wire, request, self.fault)
        try:
            reply = wire.reply(request, partial(self._say, wire, request))
        except _RefusedError as refused:
            return self._refused(wire, request, refused.args[0])
        except Exception as error:  # noqa: BLE001  # the client's fault or the wire's: both are told
            said = f"{type(wire).__name__} cannot read the request: {error!r}"
            return self._whole(wire.error(400, said), 400)
        if isinstance(reply, Whole):
            return self._whole(reply.body, fault=self.fault)
        delivery = _delivered([*reply.events], self.fault)
        headers = {"content-type": reply.media_type}
        return Response(200, headers, delivery, None, self.write_size, self.pause)

    def _say(  # noqa: PLR0913  # the first two are bound, the others are those of `Say`
        self,
        wire: Wire,
        request: Request,
        prompt: str,
        stop: str | Sequence[str] | None = None,
        *,
        limit: int | None = None,
        tool: Tool | None = None,
    ) -> Answer:
        """Return what the model says, as a wire asks for it (see `Say`)."""
        said = self.answer(prompt, request) if callable(self.answer) else self.answer
        if isinstance(said, Refuse):
            raise _RefusedError(said)
        if tool and self.answer is echo:
            said = Answer(tool_calls=(tool.call(prompt),))
        answer = Answer(said) if isinstance(said, str) else said
        answer = replace(answer, prompt_tokens=len(prompt), piece_size=self.piece_size)
        stops = (stop,) if isinstance(stop, str) else stop or ()
        return answer.ended(stops, self.stop_rule or wire.stop_rule, limit)

    def _refused(self, wire: Wire, request: Request, refuse: Refuse) -> Response:
        """Return an error in the words of a wire."""
        quoted = f": {wire.key(request)}" if refuse.quote_key else ""
        after = {} if refuse.retry_after is None else {"retry-after": f"{refuse.retry_after:g}"}
        return self._whole(wire.error(refuse.status, refuse.message + quoted), refuse.status, after)

    def _whole(
        self,
        body: object,
        status: int = 200,
        headers: Mapping[str, str] = _NO_HEADERS,
        fault: Fault | None = None,
    ) -> Response:
        """Return an answer that is not streamed: one event, of JSON."""
        content = json_text(body).encode()
        delivery = _delivered([content], fault)
        sent = sum(map(len, delivery.events))
        length = sent if delivery.ending == "complete" else len(content)
        typed = {"content-type": "application/json", **headers}
        return Response(status, typed, delivery, length, self.write_size, self.pause)


def _delivered(events: list[bytes], fault: Fault | None) -> Delivery:
    """Return what of an answer is sent."""
    return fault.deliver(events) if fault else Delivery(events)


class _RefusedError(Exception):
    """The model does not answer; the only argument is a `Refuse`."""


PROVIDERS: tuple[Wire, ...] = (
    OpenAIChat(),
    OpenAICompletions(),
    AnthropicMessages(),
    OllamaChat(),
    OllamaGenerate(),
)
"""What a server speaks that is given no wires."""
