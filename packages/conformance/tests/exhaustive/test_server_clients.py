"""The loopback server judged by the providers' own clients, which nobody here wrote."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anthropic
import ollama
import openai
import pytest

from langchain_model_conformance.server import (
    EMPTY_PROMPT,
    Answer,
    Break,
    Hang,
    LoopbackServer,
    Malformed,
    Refuse,
    ToolCall,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
PROMPT = "Größe: 東京 🦊 one two\u2028three\nfour"
BEFORE_TWO = "Größe: 東京 🦊 one "
ASKED: list[Any] = [{"role": "user", "content": PROMPT}]
NOTHING: list[Any] = [{"role": "user", "content": EMPTY_PROMPT}]
ADD: dict[str, Any] = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "note": {"type": "string"}},
    "required": ["a", "note"],
}
OPENAI_TOOL: Any = {"type": "function", "function": {"name": "add", "parameters": ADD}}
TWO_CALLS = Answer("sure", (ToolCall("add", {"a": 1}), ToolCall("add", {"a": 2})))
KEY = "sk-a-key-of-nobody"


@pytest.fixture(params=[None, 1], ids=["events-at-once", "single-bytes"])
def server(request: pytest.FixtureRequest) -> Iterator[LoopbackServer]:
    """Return a server that writes as most do, or as the nastiest proxy does."""
    with LoopbackServer(write_size=request.param) as running:
        yield running


@pytest.fixture
def gpt(server: LoopbackServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def claude(server: LoopbackServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.url, api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture
def llama(server: LoopbackServer) -> Iterator[ollama.Client]:
    client = ollama.Client(server.url)
    yield client
    client._client.close()


def test_openai_completions(gpt: openai.OpenAI) -> None:
    whole = gpt.completions.create(model="m", prompt=[PROMPT, "two"], stop=["two"])
    with gpt.completions.create(
        model="m", prompt=PROMPT, stop="two", stream=True, stream_options={"include_usage": True}
    ) as stream:
        *chunks, end, usage = stream

    assert [choice.text for choice in whole.choices] == [BEFORE_TWO, ""]
    assert whole.usage
    assert whole.usage.total_tokens == len(PROMPT) + len(BEFORE_TWO) + len("two")
    assert "".join(chunk.choices[0].text for chunk in chunks) == BEFORE_TWO
    assert len(chunks) == 6
    assert end.choices[0].finish_reason == "stop"
    assert usage.usage
    assert usage.usage.completion_tokens == len(BEFORE_TWO)
    assert {one.id for one in (*chunks, end, usage)} == {"cmpl-2"}


def test_openai_chat(gpt: openai.OpenAI) -> None:
    whole = gpt.chat.completions.create(model="m", messages=ASKED, stop=["two"])
    empty = gpt.chat.completions.create(model="m", messages=NOTHING)
    short = gpt.chat.completions.create(model="m", messages=ASKED, max_completion_tokens=2)
    with gpt.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
        chunks = list(stream)

    assert whole.choices[0].message.content == BEFORE_TWO
    assert whole.choices[0].finish_reason == "stop"
    assert empty.choices[0].message.content == ""
    assert (short.choices[0].message.content, short.choices[0].finish_reason) == ("Gr", "length")
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == PROMPT
    assert chunks[-1].choices[0].finish_reason == "stop"


def called(answer: Any) -> list[tuple[str, Any]]:
    """Return the tools that a whole answer calls."""
    calls = [call.function for call in answer.choices[0].message.tool_calls]
    return [(call.name, json.loads(call.arguments)) for call in calls]


def test_openai_tool_calls(server: LoopbackServer, gpt: openai.OpenAI) -> None:
    forced = gpt.chat.completions.create(
        model="m", messages=ASKED, tools=[OPENAI_TOOL], tool_choice="required"
    )
    named = gpt.chat.completions.create(
        model="m",
        messages=[{"role": "user", "content": '{"a": 7}'}],
        tools=[{"type": "function", "function": {"name": "other"}}, OPENAI_TOOL],
        tool_choice={"type": "function", "function": {"name": "add"}},
    )
    free = gpt.chat.completions.create(model="m", messages=ASKED, tools=[OPENAI_TOOL])
    server.answer = TWO_CALLS
    with gpt.chat.completions.create(model="m", messages=ASKED, stream=True) as stream:
        chunks = list(stream)

    assert forced.choices[0].finish_reason == "tool_calls"
    assert forced.choices[0].message.content is None
    assert called(forced) == [("add", {"a": 0, "note": PROMPT})]
    assert called(named) == [("add", {"a": 7})]
    assert free.choices[0].message.content == PROMPT
    arguments: dict[int, str] = {}
    ids: dict[int, str] = {}
    for chunk in chunks:
        for part in chunk.choices[0].delta.tool_calls or ():
            assert part.function
            ids[part.index] = part.id or ids[part.index]
            arguments[part.index] = arguments.get(part.index, "") + (part.function.arguments or "")
    assert arguments == {0: '{"a": 1}', 1: '{"a": 2}'}
    assert ids == {0: "call_4_0", 1: "call_4_1"}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_anthropic_messages(claude: anthropic.Anthropic) -> None:
    ask = claude.messages.create
    whole = ask(model="m", max_tokens=99, messages=ASKED, stop_sequences=["two", "four"])
    empty = ask(model="m", max_tokens=99, messages=NOTHING)
    short = ask(model="m", max_tokens=2, messages=ASKED)
    with claude.messages.stream(model="m", max_tokens=99, messages=ASKED) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()

    assert [block.text for block in whole.content if block.type == "text"] == [BEFORE_TWO]
    assert (whole.stop_reason, whole.stop_sequence) == ("stop_sequence", "two")
    assert empty.content == []
    assert short.stop_reason == "max_tokens"
    assert pieces[:2] == ["Grö", "ße:"]
    assert "".join(pieces) == PROMPT
    assert (final.stop_reason, final.usage.output_tokens) == ("end_turn", len(PROMPT))


def test_anthropic_tool_calls(server: LoopbackServer, claude: anthropic.Anthropic) -> None:
    tool: Any = {"name": "add", "input_schema": ADD}
    other: Any = {"name": "other", "input_schema": {}}
    asked: dict[str, Any] = {"model": "m", "max_tokens": 99, "messages": ASKED}
    forced = claude.messages.create(**asked, tools=[tool], tool_choice={"type": "any"})
    named = claude.messages.create(
        **asked, tools=[other, tool], tool_choice={"type": "tool", "name": "add"}
    )
    free = claude.messages.create(**asked, tools=[tool], tool_choice={"type": "auto"})
    server.answer = TWO_CALLS
    with claude.messages.stream(**asked) as stream:
        final = stream.get_final_message()

    for answer in (forced, named):
        (block,) = answer.content
        assert block.type == "tool_use"
        assert (block.name, block.input) == ("add", {"a": 0, "note": PROMPT})
        assert answer.stop_reason == "tool_use"
    assert [block.type for block in free.content] == ["text"]
    assert [block.type for block in final.content] == ["text", "tool_use", "tool_use"]
    assert [block.input for block in final.content if block.type == "tool_use"] == [
        {"a": 1},
        {"a": 2},
    ]


def test_ollama_generate(llama: ollama.Client) -> None:
    whole = llama.generate("m", PROMPT, options={"stop": ["two"]})
    short = llama.generate("m", PROMPT, options={"num_predict": 2})
    lines = list(llama.generate("m", PROMPT, stream=True))

    assert (whole.response, whole.done_reason) == (BEFORE_TWO, "stop")
    assert whole.eval_count == len(BEFORE_TWO)
    assert (short.response, short.done_reason) == ("Gr", "length")
    assert "".join(line.response or "" for line in lines) == PROMPT
    assert [line.done for line in lines[-2:]] == [False, True]


def test_ollama_chat(server: LoopbackServer, llama: ollama.Client) -> None:
    whole = llama.chat("m", ASKED, options={"stop": ["two"]})
    lines = list(llama.chat("m", ASKED, stream=True))
    server.answer = TWO_CALLS
    called = llama.chat("m", ASKED)
    streamed = list(llama.chat("m", ASKED, stream=True))

    assert whole.message.content == BEFORE_TWO
    assert "".join(line.message.content or "" for line in lines) == PROMPT
    for message in (called.message, streamed[-2].message):
        calls = message.tool_calls or ()
        assert [call.function.arguments for call in calls] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, "AuthenticationError"), (429, "RateLimitError"), (503, "InternalServerError")],
)
def test_refusals_are_errors_of_the_status(
    server: LoopbackServer, gpt: openai.OpenAI, status: int, error: str
) -> None:
    server.fault = Refuse(status, "no", retry_after=3, quote_key=True)
    with pytest.raises(getattr(openai, error), match=f"no: {KEY}") as refused:
        gpt.completions.create(model="m", prompt=PROMPT)

    assert refused.value.response.headers["retry-after"] == "3"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (429, "rate_limit_error"),
        (503, "overloaded_error"),
    ],
)
def test_refusals_of_anthropic_name_their_kind(
    server: LoopbackServer, claude: anthropic.Anthropic, status: int, kind: str
) -> None:
    server.fault = Refuse(status, "no", quote_key=True)
    with pytest.raises(anthropic.APIStatusError, match=f"{kind}.*no: {KEY}") as refused:
        claude.messages.create(model="m", max_tokens=9, messages=ASKED)

    assert refused.value.status_code == status


def test_refusals_of_ollama_are_a_text(server: LoopbackServer, llama: ollama.Client) -> None:
    server.fault = Refuse(503, "busy")
    with pytest.raises(ollama.ResponseError, match="busy") as refused:
        llama.generate("m", PROMPT)

    assert refused.value.status_code == 503


@pytest.mark.parametrize("fault", [Break(2), Malformed(2)], ids=["broken", "malformed"])
@pytest.mark.parametrize(
    "streaming",
    [
        lambda url: openai.OpenAI(base_url=f"{url}/v1", api_key=KEY).completions.create(
            model="m", prompt=PROMPT, stream=True
        ),
        lambda url: anthropic.Anthropic(base_url=url, api_key=KEY).messages.create(
            model="m", max_tokens=99, messages=ASKED, stream=True
        ),
        lambda url: ollama.Client(url).generate("m", PROMPT, stream=True),
    ],
    ids=["openai", "anthropic", "ollama"],
)
def test_spoilt_streams_raise_in_each_client(
    server: LoopbackServer, streaming: Callable[[str], Iterator[Any]], fault: Any
) -> None:
    server.fault = fault
    stream = streaming(server.url)

    assert next(stream)
    with pytest.raises(
        Exception, match=r"incomplete|Unterminated|delimiter|Expecting|EOF|closed|Connection"
    ):
        list(stream)


def test_closing_a_stream_early_closes_its_connection(
    server: LoopbackServer, gpt: openai.OpenAI
) -> None:
    server.fault = Hang(2)
    with gpt.completions.create(model="m", prompt=PROMPT, stream=True) as stream:
        next(iter(stream))
        assert (server.connections_open, server.requests_open) == (1, 1)

    assert server.wait_until_closed()
    assert server.connections_opened == 1


async def test_asynchronous_clients_are_served_alike(server: LoopbackServer) -> None:
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key=KEY) as client:
        stream = await client.completions.create(model="m", prompt=PROMPT, stream=True)
        pieces = [chunk.choices[0].text async for chunk in stream]

    assert "".join(pieces) == PROMPT
    assert server.wait_until_closed()
