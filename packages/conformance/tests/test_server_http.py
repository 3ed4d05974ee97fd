"""The loopback server on its socket: what arrives, in which bytes, and what it counts."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from langchain_model_conformance import server as server_module
from langchain_model_conformance.server import (
    EMPTY_PROMPT,
    ERROR_PROMPT,
    NDJSON,
    Answer,
    Break,
    Fault,
    Hang,
    LoopbackServer,
    Malformed,
    OllamaGenerate,
    Refuse,
    Request,
    Say,
    Stream,
    Whole,
    Wire,
    _http,
    json_line,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
KEY = "sk-never-seen-elsewhere"


class InhouseWire(Wire):
    """The wire format of nobody else."""

    path = "/v2/generate"
    key_headers = ("x-key",)

    def reply(self, request: Request, say: Say) -> Whole | Stream:
        body = request.body
        answer = say(body["inputs"], body.get("halt"), limit=body.get("limit"))
        why = {"stop": "halt"}.get(answer.finish, answer.finish)
        if not body.get("live"):
            return Whole({"out": answer.text, "why": why})
        lines: list[Any] = [{"t": piece} for piece in answer.pieces]
        return Stream(map(json_line, [*lines, {"done": True, "why": why}]), NDJSON)

    def error(self, status: int, message: str) -> Any:
        return {"err": message, "status": status}


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(InhouseWire()) as running:
        yield running


@pytest.fixture
def client(server: LoopbackServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
    yield connection
    connection.close()


def ask(
    client: http.client.HTTPConnection, prompt: str = "abc", **more: Any
) -> http.client.HTTPResponse:
    """Return the response to one request, its body unread."""
    body = json.dumps({"inputs": prompt, **more})
    client.request("POST", "/v2/generate?v=1", body, {"X-Key": KEY})
    return client.getresponse()


def answer(client: http.client.HTTPConnection, prompt: str = "abc", **more: Any) -> Any:
    """Return the decoded body of one answer."""
    return json.loads(ask(client, prompt, **more).read())


def test_a_wire_of_ones_own_answers_at_once_and_in_lines(
    client: http.client.HTTPConnection,
) -> None:
    assert answer(client, "one two", halt=["tw"]) == {"out": "one ", "why": "halt"}
    assert answer(client, "one two", limit=2) == {"out": "on", "why": "limit"}
    assert ask(client, "größe", live=True).read().decode().splitlines() == [
        '{"t": "grö"}',
        '{"t": "ße"}',
        '{"done": true, "why": "end"}',
    ]


def test_requests_are_recorded_with_path_headers_and_body(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    answer(client, "remember this")
    answer(client, "and this")

    first, second = server.requests
    assert (first.method, first.path, first.number) == ("POST", "/v2/generate", 1)
    assert (first.headers["x-key"], first.body) == (KEY, {"inputs": "remember this"})
    assert (second.body, second.number) == ({"inputs": "and this"}, 2)


def test_a_recorded_request_is_shown_without_its_key(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    answer(client)

    assert KEY not in repr(server.requests)


def test_a_body_of_unknown_length_is_read(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    client.request("POST", "/v2/generate", iter([b'{"inputs"', b': "in parts"}']))

    assert json.loads(client.getresponse().read())["out"] == "in parts"
    assert server.requests[0].body == {"inputs": "in parts"}


def test_it_listens_to_this_machine_alone(server: LoopbackServer) -> None:
    assert server.url.startswith("http://127.0.0.1:")


def test_get_finds_no_models(server: LoopbackServer) -> None:
    with urllib.request.urlopen(f"{server.url}/v1/models", timeout=10) as response:  # noqa: S310 - our server
        assert json.load(response) == {"object": "list", "data": [], "models": []}
    assert server.requests[0].method == "GET"


def test_an_unknown_path_is_told_with_the_known_ones(server: LoopbackServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as failure:
        urllib.request.urlopen(f"{server.url}/v9/other", b"{}", timeout=10)  # noqa: S310 - our server

    with failure.value as response:
        assert response.code == 404
        assert json.load(response) == {"error": "got /v9/other, and paths end in /v2/generate"}


@pytest.mark.parametrize("body", [b"{", b"{}"], ids=["no-json", "field-missing"])
def test_a_request_that_cannot_be_read_is_refused_with_the_reason(
    client: http.client.HTTPConnection, body: bytes
) -> None:
    client.request("POST", "/v2/generate", body)
    response = client.getresponse()

    assert response.status == 400
    assert "InhouseWire cannot read the request: " in json.loads(response.read())["err"]


def test_a_wire_without_errors_of_its_own_has_plain_ones(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    class Plain(Wire):
        path = "/v2/generate"

        def reply(self, request: Request, say: Say) -> Whole:
            return Whole(say(request.body["inputs"]).text)

    server.wires = (Plain(),)

    assert answer(client) == "abc"
    assert answer(client, ERROR_PROMPT) == {
        "error": {"message": "refused as asked for", "code": 400}
    }


def test_what_is_said_can_be_given(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    server.answer = "always this"
    assert answer(client, halt="s")["out"] == "alway"
    server.answer = Answer("or that")
    assert answer(client)["out"] == "or that"
    server.answer = lambda prompt, request: f"{prompt} {request.number}"
    assert answer(client)["out"] == "abc 3"
    server.answer = lambda *_: Refuse(503)
    assert ask(client).status == 503


def test_empty_and_failing_prompts_do_what_they_say(client: http.client.HTTPConnection) -> None:
    assert answer(client, EMPTY_PROMPT) == {"out": "", "why": "end"}
    assert answer(client, ERROR_PROMPT)["status"] == 400
    assert answer(client, "Now fail with status 418 instead.")["status"] == 418


@pytest.mark.parametrize(
    ("rule", "out"),
    [("strip", "one "), ("name", "one "), ("keep", "one tw"), ("ignore", "one two")],
)
def test_the_rule_for_stops_can_be_given(
    server: LoopbackServer, client: http.client.HTTPConnection, rule: Any, out: str
) -> None:
    server.stop_rule = rule

    assert answer(client, "one two", halt=["tw"])["out"] == out


def test_refusals_have_a_status_and_say_when_to_come_back(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    server.fault = Refuse(429, retry_after=2.5)
    response = ask(client)

    assert (response.status, response.headers["Retry-After"]) == (429, "2.5")
    assert json.loads(response.read()) == {"err": "refused as asked for", "status": 429}


def test_a_refusal_quotes_the_key_if_told_to(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    server.fault = Refuse(401, "unknown key", quote_key=True)
    response = ask(client)

    assert response.headers["Retry-After"] is None
    assert json.loads(response.read())["err"] == f"unknown key: {KEY}"


@pytest.mark.parametrize("size", [1, 2, 7])
def test_writes_of_a_stream_arrive_one_by_one(
    server: LoopbackServer, client: http.client.HTTPConnection, size: int
) -> None:
    server.write_size = size
    response = ask(client, "größe", live=True)
    arrived = []
    while data := response.read1():
        arrived.append(data)

    assert {len(data) for data in arrived[:3]} == {size}
    assert b"".join(arrived).decode().startswith('{"t": "grö"}\n')


def test_single_bytes_make_a_whole_answer_too(
    server: LoopbackServer, client: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, written = _http._Handler._write, []

    def spy(handler: Any, data: bytes, *, chunked: bool) -> None:
        written.append(data)
        write(handler, data, chunked=chunked)

    monkeypatch.setattr(_http._Handler, "_write", spy)
    server.write_size = 1

    assert answer(client, "größe")["out"] == "größe"
    assert {len(data) for data in written[:-1]} == {1}


def test_pieces_have_the_size_that_is_asked_for(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    server.piece_size = 1

    assert ask(client, "ab", live=True).read().count(b'"t"') == 2


def test_a_pause_comes_before_each_event(
    server: LoopbackServer, client: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    server.pause = 0.25
    assert server._running
    monkeypatch.setattr(server._running.closing, "wait", waited.append)
    ask(client, "abcd", live=True).read()

    assert waited == [0.25] * 3


@pytest.mark.parametrize("live", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("half", [True, False], ids=["half-an-event", "no-half"])
def test_a_broken_answer_is_cut_and_its_connection_closed(
    server: LoopbackServer, client: http.client.HTTPConnection, *, live: bool, half: bool
) -> None:
    server.fault = Break(half=half)

    with ask(client, live=live) as response, pytest.raises(http.client.IncompleteRead):
        response.read()
    assert server.wait_until_closed()


@pytest.mark.parametrize("live", [True, False], ids=["stream", "whole"])
def test_a_clean_break_is_complete_as_http_sees_it(
    server: LoopbackServer, client: http.client.HTTPConnection, *, live: bool
) -> None:
    server.fault = Break(half=True, clean=True)

    with pytest.raises(ValueError, match=r"Unterminated string|Expecting"):
        json.loads(ask(client, "a long answer", live=live).read())
    server.fault = None
    assert answer(client)["out"] == "abc"
    assert server.connections_opened == 1


@pytest.mark.parametrize("live", [True, False], ids=["stream", "whole"])
def test_a_malformed_event_has_its_end_of_line_and_no_end_of_json(
    server: LoopbackServer, client: http.client.HTTPConnection, *, live: bool
) -> None:
    server.fault = Malformed()
    said = ask(client, live=live).read()

    assert said.startswith(b'{"t": "abc\n{"done"' if live else b'{"out": "abc", "why": "end')
    assert not said.endswith(b"}")


@pytest.mark.parametrize("live", [True, False], ids=["stream", "whole"])
def test_a_hanging_answer_waits_until_the_client_leaves(
    server: LoopbackServer, client: http.client.HTTPConnection, *, live: bool
) -> None:
    server.fault = Hang(1)
    response = ask(client, live=live)
    assert not live or response.readline() == b'{"t": "abc"}\n'
    assert client.sock
    client.sock.settimeout(0.05)
    with pytest.raises(TimeoutError):
        response.read()

    assert (server.connections_open, server.requests_open) == (1, 1)
    assert not server.wait_until_closed(0.01)
    response.close()
    client.close()
    assert server.wait_until_closed()
    assert (server.connections_open, server.requests_open) == (0, 0)


def test_open_requests_are_counted(server: LoopbackServer) -> None:
    server.fault = Hang()
    address = server.url.removeprefix("http://")
    clients = [http.client.HTTPConnection(address, timeout=10) for _ in range(2)]
    responses = [ask(client) for client in clients]

    assert server.requests_open == 2
    for response, client in zip(responses, clients, strict=True):
        response.close()
        client.close()
    assert server.wait_until_closed()
    assert server.requests_open == 0


def test_connections_are_counted_and_kept(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    for _ in range(3):
        answer(client)
    assert (server.connections_opened, server.connections_open) == (1, 1)
    client.close()
    assert server.wait_until_closed()
    answer(client)
    assert (server.connections_opened, server.connections_open) == (2, 1)


def test_a_client_that_stops_reading_ends_the_request(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    server.write_size = 1
    response = ask(client, "long " * 20_000, live=True)
    assert response.readline()
    assert server.requests_open == 1
    response.close()
    client.close()

    assert server.wait_until_closed()
    assert server.requests_open == 0


def test_closing_ends_whatever_is_going_on() -> None:
    with LoopbackServer(InhouseWire(), fault=Hang()) as server:
        client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        response = ask(client, live=True)
    with response, pytest.raises(http.client.IncompleteRead):
        response.read()
    client.close()

    assert (server.connections_open, server.requests_open) == (0, 0)
    assert len(server.requests) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])))


def test_closing_ends_a_pause() -> None:
    with LoopbackServer(InhouseWire(), pause=60) as server:
        client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        response = ask(client)
    response.close()
    client.close()

    assert (server.connections_open, server.requests_open) == (0, 0)


def test_a_model_that_never_returns_keeps_no_python_alive(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    server.answer = lambda *_: f"a daemon: {threading.current_thread().daemon}"

    assert answer(client)["out"] == "a daemon: True"


def test_a_closed_server_may_be_closed_again_and_started_anew() -> None:
    server = LoopbackServer(InhouseWire())
    server.close()
    for _ in range(2):
        with server:
            assert server.requests == []
            client = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
            assert answer(client)["out"] == "abc"
            client.close()
        server.close()


def test_a_server_that_was_never_started_says_so() -> None:
    with pytest.raises(RuntimeError, match=r"never started: use `with`, or call start\(\)"):
        _ = LoopbackServer().url


def test_closing_at_once_leaves_no_thread() -> None:
    before = threading.active_count()
    for _ in range(20):
        LoopbackServer().start().close()

    assert threading.active_count() == before


def test_many_threads_get_their_own_answers(server: LoopbackServer) -> None:
    address = server.url.removeprefix("http://")

    def one(number: int) -> str:
        client = http.client.HTTPConnection(address, timeout=10)
        try:
            return str(answer(client, f"prompt {number}")["out"])
        finally:
            client.close()

    with ThreadPoolExecutor(16) as pool:
        said = list(pool.map(one, range(100)))

    assert said == [f"prompt {number}" for number in range(100)]
    assert sorted(request.number for request in server.requests) == list(range(1, 101))
    assert server.connections_opened == 100


def test_a_fault_leaves_models_and_errors_alone(
    server: LoopbackServer, client: http.client.HTTPConnection
) -> None:
    fault: Fault = Malformed()
    server.fault = fault
    client.request("GET", "/v1/models")
    assert json.loads(client.getresponse().read())["data"] == []
    assert answer(client, ERROR_PROMPT)["status"] == 400


def test_separators_that_end_lines_elsewhere_are_escaped_as_ollama_does() -> None:
    with LoopbackServer(OllamaGenerate(), piece_size=9) as server:
        body = json.dumps({"model": "m", "prompt": "a\u2028b\u2029c\x85d"}).encode()
        with urllib.request.urlopen(f"{server.url}/api/generate", body, timeout=10) as response:  # noqa: S310 - our server
            lines = response.read().split(b"\n")

    assert b'"a\\u2028b\\u2029c\xc2\x85d"' in lines[0]
    assert json.loads(lines[0])["response"] == "a\u2028b\u2029c\x85d"


def test_public_names() -> None:
    assert server_module.__all__ == [
        "EMPTY_PROMPT",
        "ERROR_PROMPT",
        "NDJSON",
        "PROVIDERS",
        "SSE",
        "Answer",
        "AnthropicMessages",
        "Break",
        "Delivery",
        "Fault",
        "Finish",
        "Hang",
        "LoopbackServer",
        "Malformed",
        "OllamaChat",
        "OllamaGenerate",
        "OpenAIChat",
        "OpenAICompletions",
        "Refuse",
        "Request",
        "Say",
        "StopRule",
        "Stream",
        "Tool",
        "ToolCall",
        "Whole",
        "Wire",
        "echo",
        "json_line",
        "last_said",
        "sse",
        "text_of",
    ]
    assert all(hasattr(server_module, name) for name in server_module.__all__)
