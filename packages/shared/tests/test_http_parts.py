from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Hashable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import combinations
from typing import Any

import httpx
import pytest
from pydantic import ConfigDict, Field, SecretStr, ValidationError

from http_models import KEY, LinesLLM, OddLLM
from langchain_model_parts import secret_field
from langchain_model_parts.errors import (
    AuthenticationError,
    BrokenStreamError,
    ConnectionFailedError,
    ProviderError,
    RateLimitError,
    RefusedRequestError,
    TimedOutError,
    UnavailableError,
)
from langchain_model_parts.http import (
    JSON_LINES,
    SERVER_SENT_EVENTS,
    HTTPMixin,
    JSONLines,
    Wire,
    clients,
)
from langchain_model_parts.http.calls import Call, seconds, without
from langchain_model_parts.http.clients import Clients, cancellable, options
from langchain_model_parts.text import TextLLM
from leak_surfaces import library_frames

LINES = '{"t": "a\u2028b\x85c\\n"}\r\n\n  \n[1, 2]\n"🦊"'.encode()


def served(base_url: str, **settings: Any) -> LinesLLM:
    return LinesLLM(base_url=base_url, api_key=SecretStr(KEY), **settings)


@pytest.mark.parametrize("cuts", [0, 1, 2])
def test_json_lines_are_the_same_however_their_bytes_arrive(cuts: int) -> None:
    for places in combinations(range(len(LINES) + 1), cuts):
        lines, said = JSONLines(), []
        for start, end in zip((0, *places), (*places, len(LINES)), strict=True):
            said += lines.feed(LINES[start:end])
        assert [*said, *lines.end()] == [{"t": "a\u2028b\x85c\n"}, [1, 2], "🦊"]


@pytest.mark.parametrize("data", [b'{"t": "on', b'{"t": "\xf0\x9f', b"{} {}", b"nothing"])
def test_a_last_line_that_is_unfinished_is_an_error(data: bytes) -> None:
    lines = JSONLines()
    assert lines.feed(data) == []
    with pytest.raises(ValueError, match=r"Expecting|Unterminated|Extra data|can't decode"):
        lines.end()


def test_a_long_line_is_read_in_linear_time() -> None:
    lines = JSONLines()
    for _ in range(200_000):
        lines.feed(b" ")
    assert lines.feed(b"1\n") == [1]


URLS: dict[str, tuple[str, str]] = {
    "plain": ("http://localhost:8000", "http://localhost:8000"),
    "with a slash": ("https://example.com/v1/", "https://example.com/v1"),
    "an @ in the path": ("http://localhost/@me", "http://localhost/@me"),
    "an @ in the query": ("http://localhost/v1?by=a@b", "http://localhost/v1?by=a@b"),
    "a letter before the slash": ("http://localhost/X/", "http://localhost/X"),
}


@pytest.mark.parametrize(("given", "kept"), URLS.values(), ids=URLS)
def test_a_base_url_is_kept_without_its_last_slash(given: str, kept: str) -> None:
    assert served(given).base_url == kept


@pytest.mark.parametrize(
    "given",
    [
        "localhost:8000",
        "example.com/v1",
        "ftp://example.com",
        "http://",
        "",
        "http://localhost:port",
    ],
)
def test_a_base_url_without_scheme_or_host_is_refused(given: str) -> None:
    message = (
        f"base_url must be a URL with http:// or https:// and a host, got {given!r}: "
        'pass for example base_url="http://localhost:8000".'
    )
    with pytest.raises(ValidationError) as caught:
        served(given)
    assert [str(error["ctx"]["error"]) for error in caught.value.errors()] == [message]


@pytest.mark.parametrize(
    "secret",
    [
        "http://user:pa55word@localhost:8000/v1",
        "HTTPS://pa55word@localhost",
        "user:pa55word@localhost:8000/v1",
        "user:user:pa55word@localhost:8000/v1",
        "http://user:pa55word@localhost/v1?next=http://example.com",
        "http:/user:pa55word@localhost",
        "http://user:pa/55word@localhost",
        b"http://user:pa55word@localhost",
        bytearray(b"http://user:pa55word@localhost"),
        b"http://user:pa55word\xff@localhost",
    ],
)
def test_a_base_url_with_credentials_is_refused_and_not_shown(secret: Any) -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        served(secret)
    error = caught.value
    assert str(error) == (
        "LinesLLM got a base_url with a user or password in it: it would be printed and traced. "
        "Leave it out, and send it in a header from a secret."
    )
    assert "pa55word" not in f"{error!r} {error.__cause__} {error.__context__}"
    assert "pa55word" not in library_frames(error.__traceback__.tb_next.tb_next)  # type: ignore[union-attr]  # our two are first


def test_a_base_url_with_credentials_is_refused_by_each_of_its_names() -> None:
    class Renamed(LinesLLM):
        model_config = ConfigDict(populate_by_name=True)
        base_url: str = Field(alias="endpoint")

    given: Any = "http://user:pa55word@localhost"
    for name in ("endpoint", "base_url"):
        with pytest.raises(ValueError, match=f"got a {name} with a user or password in it"):
            Renamed(**{name: given})


@pytest.mark.parametrize("given", [0, -1, float("inf"), float("nan")])
def test_a_timeout_is_a_positive_number(given: float) -> None:
    with pytest.raises(ValidationError, match="timeout"):
        served("http://localhost", timeout=given)


def test_no_timeout_is_a_choice() -> None:
    assert served("http://localhost", timeout=None).timeout is None


QUOTED: dict[str, tuple[str, str, str]] = {
    "none of it": ("no such key", "sk-123456789", "no such key"),
    "all of it": ("key sk-123456789!", "sk-123456789", "key ******!"),
    "its beginning": ("sk-1234***", "sk-123456789", "*********"),
    "its end": ("***456789", "sk-123456789", "*********"),
    "five characters": ("sk-12...56789", "sk-123456789", "sk-12...56789"),
    "twice": ("sk-123456789 sk-123456789", "sk-123456789", "****** ******"),
    "five characters after six": ("abcdefg", "abcdef-cdefg", "******g"),
    "a short key": ("key abc", "abc", "key ******"),
    "the beginning of a short key": ("key ab", "abc", "key ab"),
}


@pytest.mark.parametrize(("text", "secret", "shown"), QUOTED.values(), ids=QUOTED)
def test_six_characters_in_a_row_of_a_key_are_not_quoted(
    text: str, secret: str, shown: str
) -> None:
    assert without(text, secret) == shown


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    assert seconds(None) is None
    assert seconds("2") == 2.0
    assert seconds("-2") == 0.0
    assert seconds("inf") is None
    assert seconds("soon") is None
    assert seconds("Wed, 21 Oct 99999999999 07:28:00 GMT") is None
    soon = datetime.now(timezone.utc) + timedelta(seconds=30)
    wait = seconds(format_datetime(soon, usegmt=True))
    assert wait is not None
    assert 28 <= wait <= 30


@pytest.mark.parametrize("written", ["%a, %d %b %Y %H:%M:%S -0000", "%a %b %d %H:%M:%S %Y"])
def test_retry_after_without_a_zone_is_in_utc(written: str) -> None:
    wait = seconds((datetime.now(timezone.utc) + timedelta(seconds=30)).strftime(written))
    assert wait is not None
    assert 28 <= wait <= 30


async def test_half_a_character_at_the_end_of_events_is_an_error() -> None:
    half = b'data: "\xc3'

    async def sent() -> AsyncIterator[bytes]:
        yield half

    headers = {"Content-Type": "text/event-stream"}
    with pytest.raises(UnicodeDecodeError):
        list(SERVER_SENT_EVENTS.read(httpx.Response(200, headers=headers, content=iter([half]))))
    response = httpx.Response(200, headers=headers, content=sent())
    with pytest.raises(UnicodeDecodeError):
        assert [event async for event in SERVER_SENT_EVENTS.aread(response)] == []


def test_clients_have_no_hash() -> None:
    assert not isinstance(Clients(), Hashable)


async def test_the_client_of_a_model_that_is_gone_is_closed_without_the_collector() -> None:
    of_a_model = Clients()
    client = await of_a_model.aclient()
    keeper = clients._KEEPERS[client]  # held here, so that no collector closes it
    del of_a_model
    for _ in range(10):
        await asyncio.sleep(0)
    assert client.is_closed
    assert client not in clients._KEEPERS
    await keeper.aclose()


async def sends(response: httpx.Response, cancelled: BaseException | None) -> httpx.Response:
    """Return a response after a while; when cancelled, at once, or raise what is given."""
    try:
        await asyncio.sleep(5 if response.is_error else 0)  # so it is pending, or has answered
    except asyncio.CancelledError:
        if cancelled:
            raise cancelled from None
    return response


async def test_a_response_and_an_error_are_passed_on() -> None:
    response = httpx.Response(200)
    assert await cancellable(sends(response, None)) is response
    with pytest.raises(ZeroDivisionError):
        await cancellable(_fails())


async def _fails() -> httpx.Response:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "cancelled",
    [
        pytest.param(None, id="that goes on"),
        pytest.param(asyncio.CancelledError(), id="that ends"),
        pytest.param(httpx.ConnectError("no"), id="that fails"),
    ],
)
async def test_cancelling_is_heeded_by_a_request(cancelled: BaseException | None) -> None:
    response = httpx.Response(500, stream=httpx.ByteStream(b""))
    task = asyncio.ensure_future(cancellable(sends(response, cancelled)))
    for _ in range(3):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert response.is_closed == (cancelled is None)


@pytest.mark.parametrize("lost", [True, False])
async def test_a_request_is_a_task_of_its_own_only_where_cancelling_could_be_lost(
    lost: bool,  # noqa: FBT001 - what a Python does
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tasks: list[Any] = []

    async def answer(_: httpx.Request) -> httpx.Response:
        tasks.append(asyncio.current_task())
        return httpx.Response(200)

    monkeypatch.setattr(clients, "IS_CANCELLING_LOST", lost)
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        response = await clients.asked(client, client.build_request("GET", "http://localhost"))
    assert response.status_code == 200
    assert [task is asyncio.current_task() for task in tasks] == [not lost]


def test_cancelling_could_be_lost_before_python_3_11() -> None:
    assert clients.IS_CANCELLING_LOST is (sys.version_info < (3, 11))


def test_a_client_uses_and_keeps_a_hundred_connections() -> None:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    assert options.__wrapped__()["limits"] == limits  # anew: others have called it before


def test_an_error_takes_its_message_by_name_too() -> None:
    assert str(RateLimitError(message="Too many.")) == "Too many."


# Calls, without a server.


def test_a_request_waits_for_the_provider_and_not_for_its_own_connections() -> None:
    request = Call(served("http://localhost", timeout=7), "a").request(httpx.Client(), {"b": 1})
    assert (request.method, request.content) == ("POST", b'{"b": 1}')
    timeout = {"connect": 7, "read": 7, "write": 7, "pool": None}
    assert request.extensions["timeout"] == timeout


def test_a_path_follows_the_base_url_after_one_slash() -> None:
    model = served("http://localhost").model_copy(update={"base_url": "http://localhost/X//"})
    for path in ("X/a/", "/X/a/", "//X/a/"):
        assert Call(model, path).request(httpx.Client(), {}).url == "http://localhost/X/X/a/"


@pytest.mark.parametrize(
    ("wire", "content_type", "answered"),
    [
        (JSON_LINES, None, True),
        (JSON_LINES, "text/html", True),
        (SERVER_SENT_EVENTS, None, False),
        (SERVER_SENT_EVENTS, "application/json", False),
        (SERVER_SENT_EVENTS, "text/event-stream; charset=utf-8", True),
    ],
)
def test_an_answer_is_known_by_its_content_type(
    wire: Wire,
    content_type: str | None,
    answered: bool,  # noqa: FBT001 - what a case expects
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    call = Call(served("http://localhost"), "a")
    assert call.is_answered(httpx.Response(200, headers=headers), wire) is answered
    assert not call.is_answered(httpx.Response(500, headers=headers), wire)


class TwoKeys(OddLLM):
    other_key: SecretStr | None = secret_field("OTHER_KEY")


class NoKey(HTTPMixin, TextLLM):
    """What a server of one's own needs."""


REFUSALS: dict[str, tuple[Any, httpx.Response, bytes, type[ProviderError], str]] = {
    "401": (
        TwoKeys,
        httpx.Response(401),
        b"no",
        AuthenticationError,
        "answered 401 Unauthorized: no. Check api_key (ODD_KEY), other_key (OTHER_KEY).",
    ),
    "403 without a key": (
        NoKey,
        httpx.Response(403),
        b"no",
        AuthenticationError,
        "answered 403 Forbidden: no. Check the headers.",
    ),
    "402": (
        NoKey,
        httpx.Response(402),
        b"pay",
        RefusedRequestError,
        "answered 402 Payment Required: pay. Check base_url and the model's settings.",
    ),
    "429": (
        NoKey,
        httpx.Response(429),
        b"slow down",
        RateLimitError,
        "answered 429 Too Many Requests: slow down. Wait, then ask again.",
    ),
    "500": (
        NoKey,
        httpx.Response(500),
        b"",
        UnavailableError,
        "answered 500 Internal Server Error: . Ask again later.",
    ),
    "no UTF-8": (
        NoKey,
        httpx.Response(404),
        b"\xffno",
        RefusedRequestError,
        "answered 404 Not Found: \ufffdno. Check base_url and the model's settings.",
    ),
    "a success that is no answer": (
        NoKey,
        httpx.Response(200),
        b"<html>",
        BrokenStreamError,
        "answered 200 OK: <html>. Ask again.",
    ),
}


@pytest.mark.parametrize(
    ("cls", "response", "words", "kind", "says"), REFUSALS.values(), ids=REFUSALS
)
def test_a_refusal_says_what_the_server_said_and_what_to_do(
    cls: Any, response: httpx.Response, words: bytes, kind: type[ProviderError], says: str
) -> None:
    error = Call(cls(base_url="http://localhost"), "a").refusal(response, words)
    assert type(error) is kind
    assert str(error) == f"{cls.__name__} called POST http://localhost/a {says}"


FAILURES: dict[str, tuple[Exception, httpx.Response | None, type[ProviderError], str]] = {
    "a timeout": (
        httpx.ReadTimeout("slow"),
        None,
        TimedOutError,
        "said nothing for 60.0 seconds. Raise timeout, or ask again.",
    ),
    "a timeout in the middle": (
        httpx.ReadTimeout("slow"),
        httpx.Response(200),
        TimedOutError,
        "said nothing for 60.0 seconds. Raise timeout, or ask again.",
    ),
    "a broken connection": (
        httpx.ReadError("reset"),
        httpx.Response(200),
        BrokenStreamError,
        "broke off (reset). Ask again.",
    ),
    "an event that cannot be read": (
        ValueError("sent 'x'"),
        httpx.Response(200),
        BrokenStreamError,
        "was not understood (sent 'x'). Ask again.",
    ),
    "no connection": (
        httpx.ConnectError("refused"),
        None,
        ConnectionFailedError,
        "could not be reached (refused). Check base_url, or ask again.",
    ),
    "no answer": (
        httpx.RemoteProtocolError("hung up"),
        None,
        ConnectionFailedError,
        "could not be reached (hung up). Check base_url, or ask again.",
    ),
    "a proxy": (
        httpx.ProxyError("down"),
        None,
        ConnectionFailedError,
        "could not be reached (down). Check base_url, or ask again.",
    ),
    "a header that cannot be sent": (
        httpx.LocalProtocolError(f"Illegal header value {KEY}"),
        None,
        RefusedRequestError,
        "could not be asked (LocalProtocolError). Check base_url and the headers.",
    ),
}


@pytest.mark.parametrize(("error", "response", "kind", "says"), FAILURES.values(), ids=FAILURES)
def test_a_failure_says_what_happened_and_what_to_do(
    error: Exception, response: httpx.Response | None, kind: type[ProviderError], says: str
) -> None:
    failure = Call(served("http://localhost", timeout=60.0), "a").failure(error, response)
    assert type(failure) is kind
    assert str(failure) == f"LinesLLM called POST http://localhost/a {says}"
    assert (failure.status, failure.retry_after) == (None, None)


class Refusal(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A refusal without an end, and how much of it was read."""

    read = 0
    closed = False

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.read += 1
            yield b"x"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for byte in self:
            yield byte

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize("path", ["invoke", "ainvoke"])
async def test_two_thousand_bytes_of_a_refusal_are_read(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = Refusal()
    transport = httpx.MockTransport(lambda _: httpx.Response(400, stream=refusal))
    monkeypatch.setattr(clients, "options", lambda: {"transport": transport})
    model = served("http://localhost")
    with pytest.raises(RefusedRequestError, match="answered 400 Bad Request: xxxxx"):
        await model.ainvoke("one") if path == "ainvoke" else model.invoke("one")
    assert refusal.read == 2000
    assert refusal.closed


@pytest.mark.parametrize("path", ["invoke", "ainvoke"])
async def test_a_refusal_may_say_nothing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(400))
    monkeypatch.setattr(clients, "options", lambda: {"transport": transport})
    model = served("http://localhost")
    with pytest.raises(RefusedRequestError, match=r"answered 400 Bad Request: \. Check base_url"):
        await model.ainvoke("one") if path == "ainvoke" else model.invoke("one")


@pytest.mark.parametrize(("letters", "shown"), [(455, "x" * 455), (456, "x" * 455 + "...")])
def test_five_hundred_characters_of_a_refusal_are_quoted(letters: int, shown: str) -> None:
    call = Call(served("http://localhost"), "a")
    error = call.refusal(httpx.Response(400), b"x" * letters)
    assert str(error) == (
        f"LinesLLM called POST http://localhost/a answered 400 Bad Request: {shown}. "
        "Check base_url and the model's settings."
    )
