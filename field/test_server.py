"""The loopback server does what the report says of it: run by `nox -s field` before the report."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from server import DIALECTS, SAY_NOTHING, EchoServer, answer

PROMPT = "one two three"
SENT: dict[str, tuple[str, dict[str, Any]]] = {
    "openai chat": ("/v1/chat/completions", {"messages": [{"content": PROMPT}], "stop": "tw"}),
    "openai completions": ("/v1/completions", {"prompt": PROMPT, "stop": ["tw"]}),
    "ollama generate": ("/api/generate", {"prompt": PROMPT, "options": {"stop": ["tw"]}}),
    "ollama chat": ("/api/chat", {"messages": [{"content": PROMPT}], "options": {"stop": ["tw"]}}),
    "anthropic": ("/v1/messages", {"messages": [{"content": PROMPT}], "stop_sequences": ["tw"]}),
    "cohere": ("/v2/chat", {"messages": [{"content": PROMPT}], "stop_sequences": ["tw"]}),
    "cohere generate": ("/v1/generate", {"prompt": PROMPT, "stop_sequences": ["tw"]}),
    "tgi": ("/tgi", {"inputs": PROMPT, "parameters": {"stop": ["tw"]}}),
    "gemini": (
        "/v1beta/models/m:generateContent",
        {
            "contents": [{"parts": [{"text": PROMPT}]}],
            "generationConfig": {"stopSequences": ["tw"]},
        },
    ),
    "bedrock invoke": ("/model/m/invoke", {"prompt": PROMPT, "stop": ["tw"]}),
    "bedrock converse": (
        "/model/m/converse",
        {
            "messages": [{"content": [{"text": PROMPT}]}],
            "inferenceConfig": {"stopSequences": ["tw"]},
        },
    ),
}
KEEP_THE_STOP = {"tgi", "cohere generate"}


@pytest.fixture(scope="module")
def server() -> EchoServer:
    return EchoServer.start()


def ask(server: EchoServer, path: str, body: dict[str, Any]) -> str:
    """Return what the server answers, as it is sent."""
    data = json.dumps({"model": "m", "stream": False, **body}).encode()
    request = urllib.request.Request(server.url + path, data)  # noqa: S310  # our own address
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  # as above
        return str(response.read().decode())


@pytest.mark.parametrize("name", SENT)
def test_answer_ends_at_the_stop_as_the_provider_says(server: EchoServer, name: str) -> None:
    said = ask(server, *SENT[name])
    wanted = "one tw" if name in KEEP_THE_STOP else "one "

    assert f'"{wanted}"' in said


def test_every_dialect_is_tested() -> None:
    tested = {
        dialect.path
        for dialect in DIALECTS
        for path, _ in SENT.values()
        if re.search(dialect.path, path)
    }

    assert {dialect.path for dialect in DIALECTS} - tested == {":countTokens$"}


def test_pieces_are_so_small_that_a_stop_straddles_them() -> None:
    pieces = answer("abcdefgh", None).pieces()

    assert pieces == ["abc", "def", "gh"]
    assert not any("cd" in piece for piece in pieces)


def test_the_stop_that_is_completed_first_ends_the_answer() -> None:
    assert answer("abcdef", ["bcde", "cd"]).text == "ab"
    assert answer("abcdef", ["bcde", "cd"], keep_stop=True).text == "abcd"


def test_the_prompt_for_an_empty_answer_has_one() -> None:
    assert answer(SAY_NOTHING, None).text == ""


@pytest.mark.parametrize("status", [400, 500])
def test_server_fails_on_demand(server: EchoServer, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as failure:
        ask(server, "/api/generate", {"prompt": f"Please fail with status {status}."})

    assert failure.value.code == status


def test_requests_are_recorded(server: EchoServer) -> None:
    ask(server, "/api/generate", {"prompt": "remember this"})

    assert server.requests[-1].path == "/api/generate"
    assert server.requests[-1].body["prompt"] == "remember this"


def test_only_this_machine_is_served(server: EchoServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
