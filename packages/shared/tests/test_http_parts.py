from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import combinations
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from http_models import KEY, LinesLLM
from langchain_model_parts.http import SERVER_SENT_EVENTS, JSONLines
from langchain_model_parts.http.calls import Call, seconds, without
from langchain_model_parts.http.clients import Clients, options
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
    with pytest.raises(ValidationError, match="must be a URL with http:// or https:// and a host"):
        served(given)


@pytest.mark.parametrize("start", ["http://", "", "user:"])
def test_a_base_url_with_credentials_is_refused_and_not_shown(start: str) -> None:
    secret = f"{start}user:pa55word@localhost:8000/v1"
    with pytest.raises(ValueError, match="base_url with a user or password in it") as caught:
        served(secret)
    error = caught.value
    assert "pa55word" not in f"{error!r} {error.__cause__} {error.__context__}"
    assert "pa55word" not in library_frames(error.__traceback__.tb_next.tb_next)  # type: ignore[union-attr]  # our two are first


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
    soon = datetime.now(timezone.utc) + timedelta(seconds=30)
    wait = seconds(format_datetime(soon, usegmt=True))
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


def test_a_client_uses_and_keeps_a_hundred_connections() -> None:
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    assert options()["limits"] == limits


@pytest.mark.parametrize(("letters", "shown"), [(455, "x" * 455), (456, "x" * 455 + "...")])
def test_five_hundred_characters_of_a_refusal_are_quoted(letters: int, shown: str) -> None:
    call = Call(served("http://localhost"), "a")
    error = call.refusal(httpx.Response(400), b"x" * letters)
    assert str(error) == (
        f"LinesLLM called POST http://localhost/a answered 400 Bad Request: {shown}. "
        "Check base_url and the model's settings."
    )
