"""The wire formats of the field report end an answer where their providers say they do."""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from tools.field.wires import WIRES

from langchain_model_conformance.server import LoopbackServer

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
PROMPT = "one two three"
MESSAGES = [{"role": "user", "content": PROMPT}]
TYPED = [{"role": "user", "content": [{"text": PROMPT}]}]
STOPS = {"stop": ["tw"], "stop_sequences": ["tw"], "max_tokens": 99}
ANTHROPIC = {"messages": MESSAGES, **STOPS}
CONVERSE = {"messages": TYPED, "inferenceConfig": {"stopSequences": ["tw"]}}
GEMINI = {
    "contents": [{"parts": [{"text": PROMPT}]}],
    "generationConfig": {"stopSequences": ["tw"]},
}
OLLAMA = {"prompt": PROMPT, "messages": MESSAGES, "options": {"stop": ["tw"]}}
TGI = {"inputs": PROMPT, "parameters": {"stop": ["tw"]}}
SENT: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": MESSAGES, **STOPS},
    "/v1/completions": {"prompt": PROMPT, **STOPS},
    "/api/generate": OLLAMA,
    "/api/chat": OLLAMA,
    "/v1/messages": ANTHROPIC,
    "/v2/chat": ANTHROPIC,
    "/v1/generate": {"prompt": PROMPT, **STOPS},
    "/tgi": TGI,
    "/tgi-eos": TGI,
    "/v1beta/models/m:generateContent": GEMINI,
    "/v1beta/models/m:streamGenerateContent": GEMINI,
    "/model/m/invoke": {"prompt": PROMPT, **STOPS},
    "/model/claude/invoke": ANTHROPIC,
    "/model/m/invoke-with-response-stream": {"prompt": PROMPT, **STOPS},
    "/model/m/converse": CONVERSE,
    "/model/m/converse-stream": CONVERSE,
    "/prediction-guard/completions": {"prompt": PROMPT, **STOPS},
    "/prediction-guard/chat/completions": {"messages": MESSAGES, **STOPS},
    "/completion": {"prompt": PROMPT, **STOPS},
}
KEEP_THE_STOP = {"/tgi", "/tgi-eos", "/v1/generate"}


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    """Return a server whose pieces are whole answers, so that they can be looked for."""
    with LoopbackServer(*WIRES, piece_size=99) as running:
        yield running


def ask(server: LoopbackServer, path: str, body: dict[str, Any]) -> str:
    """Return what the server answers, as it is sent."""
    data = json.dumps({"model": "m", **body}).encode()
    with urllib.request.urlopen(server.url + path, data, timeout=10) as response:  # noqa: S310 - ours
        return str(response.read().decode("utf-8", "replace"))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("path", SENT)
def test_answer_ends_at_the_stop_as_the_provider_says(
    server: LoopbackServer, path: str, *, stream: bool
) -> None:
    said = ask(server, path, {**SENT[path], "stream": stream})
    for wrapped in re.findall(r'"bytes": "([^"]+)"', said):  # as Bedrock has it
        said += base64.b64decode(wrapped).decode()
    whole = "" if stream else "generated_text|"  # what streamed tokens make is told once more
    texts = re.findall(rf'"(?:{whole}text|content|response)": "([^"]*)"', said)

    assert "".join(texts) == ("one tw" if path in KEEP_THE_STOP else "one ")


def test_every_wire_is_tested() -> None:
    tested = {next(one for one in WIRES if re.search(f"(?:{one.path})$", path)) for path in SENT}

    assert {one.path for one in {*WIRES} - tested} == {":countTokens"}
