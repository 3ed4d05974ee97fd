from __future__ import annotations

import asyncio
import copy
import gc
import logging
import pickle
import traceback
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from http_models import KEY, WIRES, EventsChat, LinesLLM, OddLLM
from langchain_model_conformance.server import Break, Hang, LoopbackServer, Malformed, Refuse
from langchain_model_parts import http
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
from text_models import PATHS, aask, ask, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from langchain_model_conformance.server import StopRule

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

TEXT = "Größe: 東京 🦊 one\u2028two\x85three END of it"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(*WIRES, stop_rule="ignore") as running:
        yield running
        assert running.wait_until_closed(0.1) or _collected(running), "a connection was left open"


def _collected(server: LoopbackServer) -> bool:
    """Return whether what is still open is closed when nobody holds the models any more."""
    gc.collect()
    return server.wait_until_closed()


def model_of(server: LoopbackServer, cls: Any = LinesLLM, **settings: Any) -> Any:
    return cls(**{"base_url": server.url, "api_key": KEY, **settings})


async def anyhow(model: Any, path: str, prompt: str = "?", **how: Any) -> str:
    """Return the answer on any path, of a test that has a loop already."""
    if path in {"invoke", "batch", "stream"}:
        return await asyncio.to_thread(ask, model, path, prompt, **how)
    return await aask(model, path, prompt, **how)


each_path = pytest.mark.parametrize("path", PATHS)
each_model = pytest.mark.parametrize("cls", [LinesLLM, EventsChat])
each_side = pytest.mark.parametrize("path", ["stream", "astream"])


def test_the_public_names_are_these() -> None:
    assert http.__all__ == [
        "JSON_LINES",
        "SERVER_SENT_EVENTS",
        "AuthenticationError",
        "BrokenStreamError",
        "ConnectionFailedError",
        "HTTPMixin",
        "JSONLines",
        "ProviderError",
        "RateLimitError",
        "RefusedRequestError",
        "TimedOutError",
        "UnavailableError",
        "Wire",
    ]
    assert all(hasattr(http, name) for name in http.__all__)


# Answers.


@each_path
@each_model
@pytest.mark.parametrize("write_size", [1, None])
def test_the_text_is_the_same_however_it_arrives(
    server: LoopbackServer, cls: Any, path: str, write_size: int | None
) -> None:
    server.write_size = write_size
    model, cutting = model_of(server, cls), model_of(server, cls, include_stop=False)
    assert ask(model, path, TEXT) == TEXT
    rules: list[StopRule] = ["ignore", "strip", "keep"]
    for server.stop_rule in rules:
        assert ask(model, path, TEXT, stop=["END"]) == TEXT[:-6]
        assert ask(cutting, path, TEXT, stop=["END"]) == TEXT[:-9]


def test_a_request_holds_the_body_the_headers_and_nothing_else_of_the_model(
    server: LoopbackServer,
) -> None:
    model_of(server, base_url=f"{server.url}/").invoke("one", stop=["END"])
    (request,) = server.requests
    assert request.path == "/v2/generate"
    assert request.body == {"inputs": "one", "halt": ["END"]}
    assert request.headers["x-key"] == KEY
    assert request.headers["content-type"] == "application/json"


def test_a_lone_surrogate_may_be_asked(server: LoopbackServer) -> None:
    server.answer = "one"
    assert model_of(server).invoke("\ud800") == "one"
    assert server.requests[0].body["inputs"] == "\ud800"


@each_path
@pytest.mark.parametrize("kind", ["lines", "events"])
@pytest.mark.parametrize("write_size", [1, None])
def test_what_holds_nothing_is_left_out_and_a_last_line_needs_no_end(
    server: LoopbackServer, path: str, kind: str, write_size: int | None
) -> None:
    server.write_size = write_size
    assert ask(OddLLM(base_url=server.url, kind=kind), path) == "one"


# Connections.


@each_model
def test_one_connection_serves_a_hundred_calls(server: LoopbackServer, cls: Any) -> None:
    model = model_of(server, cls)
    for _ in range(100):
        model.invoke("one")
    assert len(server.requests) == 100
    assert server.connections_opened == 1


@each_model
async def test_one_connection_serves_a_hundred_asynchronous_calls(
    server: LoopbackServer, cls: Any
) -> None:
    model = model_of(server, cls)
    for _ in range(100):
        await model.ainvoke("one")
    assert len(server.requests) == 100
    assert server.connections_opened == 1


def test_a_refused_call_keeps_its_connection(server: LoopbackServer) -> None:
    model = model_of(server)
    server.fault = Refuse(503)
    for _ in range(3):
        with pytest.raises(UnavailableError):
            model.invoke("one")
    assert server.connections_opened == 1


async def none_is_open(server: LoopbackServer) -> bool:
    return await asyncio.to_thread(server.wait_until_closed)


async def none_is_answered(server: LoopbackServer) -> None:
    while server.requests_open:  # noqa: ASYNC110 - the server runs in a thread
        await asyncio.sleep(0.001)


@each_path
@each_model
async def test_a_stop_closes_the_connection(server: LoopbackServer, cls: Any, path: str) -> None:
    model = model_of(server, cls)
    server.fault = Hang(after=4)  # what follows the stop never arrives
    assert await anyhow(model, path, "oneEND two three", stop=["END"]) == "oneEND"
    assert await none_is_open(server)


@each_model
async def test_a_caller_who_leaves_closes_the_connection(server: LoopbackServer, cls: Any) -> None:
    model = model_of(server, cls)
    server.fault = Hang(after=3)
    stream = model.stream("one two three")
    assert text_of(next(stream)) == "one"
    assert server.connections_open == 1
    stream.close()
    assert server.wait_until_closed()

    astream = model.astream("one two three")
    assert text_of(await anext(astream)) == "one"
    assert server.connections_open == 1
    await astream.aclose()
    assert await none_is_open(server)


@pytest.mark.parametrize("path", ["ainvoke", "abatch", "astream", "events"])
@pytest.mark.parametrize("after", [0, 3])
@each_model
async def test_a_cancelled_task_closes_the_connection(
    server: LoopbackServer, cls: Any, path: str, after: int
) -> None:
    model = model_of(server, cls)
    server.fault = Hang(after=after)
    task = asyncio.ensure_future(aask(model, path, "one two three"))
    while not server.requests_open:  # noqa: ASYNC110 - the server runs in a thread
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await none_is_open(server)


@pytest.mark.parametrize("path", ["ainvoke", "astream"])
async def test_no_cancellation_is_lost_whenever_it_comes(server: LoopbackServer, path: str) -> None:
    for turns in range(1, 40):
        call = asyncio.ensure_future(aask(model_of(server), path, "one two three"))
        for _ in range(turns):
            await asyncio.sleep(0)
        if not call.done():
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call


async def _one() -> AsyncGenerator[str, None]:
    yield "one"


async def test_an_answer_that_is_not_read_to_its_end_is_closed(server: LoopbackServer) -> None:
    model = model_of(server)
    unread = http.Wire("", lambda _: iter(["one"]), lambda _: _one())
    how: Any = ("v2/generate", {"inputs": "two three"}, unread, list)
    assert list(model._post(*how)) == ["o", "n", "e"]
    assert await none_is_open(server)
    assert [delta async for delta in model._apost(*how)] == ["o", "n", "e"]
    assert await none_is_open(server)


FAULTS: dict[str, Any] = {
    "a timeout at once": Hang(),
    "a timeout in the middle": Hang(after=2),
    "a closed connection": Break(after=2),
    "an answer that ends too early": Break(after=2, clean=True),
    "half an event": Break(after=2, half=True, clean=True),
    "a malformed event": Malformed(after=2),
    "an unknown event": Malformed(after=2, event=b'data: {"x": 1}\n\n'),
    "an event that is not UTF-8": Malformed(after=2, event=b'data: "\xff\xfe"\n\n'),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@each_path
@each_model
async def test_an_error_closes_the_connection(
    server: LoopbackServer, cls: Any, path: str, fault: Any
) -> None:
    model = model_of(server, cls, timeout=0.2 if isinstance(fault, Hang) else 60)
    server.fault = fault
    with pytest.raises(TimedOutError if isinstance(fault, Hang) else BrokenStreamError):
        await anyhow(model, path, "größe two three")
    if getattr(fault, "clean", False):  # the answer was over, and its connection may be kept
        await asyncio.wait_for(none_is_answered(server), 5)
        assert server.connections_open == 1
    else:
        assert await none_is_open(server)
        assert server.requests_open == 0


# Clients.


COPIES: dict[str, Callable[[Any], Any]] = {
    "pickle": lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301 - our own bytes
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda model: model.model_copy(),
    "deep model_copy": lambda model: model.model_copy(deep=True),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@each_model
async def test_a_copy_made_after_a_call_has_connections_of_its_own(
    server: LoopbackServer, cls: Any, copied: Callable[[Any], Any]
) -> None:
    model = model_of(server, cls)
    model.invoke("one")
    await model.ainvoke("one")
    twin = copied(model)
    assert twin == model
    assert text_of(twin.invoke("two")) == "two"
    assert text_of(await twin.ainvoke("two")) == "two"
    assert server.connections_opened == 4


def test_models_that_differ_are_not_equal(server: LoopbackServer) -> None:
    assert model_of(server) == model_of(server)
    assert model_of(server) != model_of(server, timeout=1)
    assert model_of(server)._clients != 1


@each_model
def test_a_model_that_is_gone_has_closed_its_connections(server: LoopbackServer, cls: Any) -> None:
    model = model_of(server, cls)
    model.invoke("one")
    assert server.connections_open == 1
    del model
    gc.collect()
    assert server.wait_until_closed()


@each_model
async def test_a_model_that_is_gone_has_closed_its_asynchronous_connections(
    server: LoopbackServer, cls: Any
) -> None:
    model = model_of(server, cls)
    await model.ainvoke("one")
    assert server.connections_open == 1
    del model
    gc.collect()
    assert await none_is_open(server)
    assert http.clients._KEEPERS == {}


@each_model
def test_a_loop_that_ends_closes_its_connections(server: LoopbackServer, cls: Any) -> None:
    model = model_of(server, cls)
    for _ in range(3):
        assert text_of(asyncio.run(model.ainvoke("one"))) == "one"
        assert server.wait_until_closed()
    assert server.connections_opened == 3
    assert len(model._clients._by_loop) == 1  # those of dead loops are forgotten


def test_a_model_forgets_the_loops_that_ended(server: LoopbackServer) -> None:
    model = model_of(server)
    loops = []

    async def main() -> str:
        loops.append(weakref.ref(asyncio.get_running_loop()))
        return str(await model.ainvoke("one"))

    for _ in range(3):
        assert asyncio.run(main()) == "one"
    gc.collect()
    assert [loop() is None for loop in loops] == [True, True, False]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # whoever closes a loop so has these
def test_a_model_forgets_a_loop_that_was_closed_without_shutting_down(
    server: LoopbackServer,
) -> None:
    model = model_of(server)
    loop = asyncio.new_event_loop()
    assert loop.run_until_complete(model.ainvoke("one")) == "one"
    loop.close()
    assert len(http.clients._KEEPERS) == 1
    assert asyncio.run(model.ainvoke("two")) == "two"
    assert http.clients._KEEPERS == {}
    del loop
    gc.collect()


@pytest.mark.parametrize("steps", range(6))
@each_model
def test_a_model_that_is_gone_as_its_loop_ends_has_closed_its_connections(
    server: LoopbackServer, cls: Any, steps: int
) -> None:
    async def main() -> str:
        model = model_of(server, cls)
        said = text_of(await model.ainvoke("one"))
        del model
        for _ in range(steps):
            await asyncio.sleep(0)
        return said

    for _ in range(20):
        assert asyncio.run(main()) == "one"
        assert server.wait_until_closed()
    assert http.clients._KEEPERS == {}


@pytest.mark.parametrize("steps", range(6))
def test_a_loop_that_shuts_down_waits_for_the_client_of_a_model_that_is_gone(
    server: LoopbackServer, caplog: pytest.LogCaptureFixture, steps: int
) -> None:
    loop = asyncio.new_event_loop()
    model = model_of(server)
    assert loop.run_until_complete(model.ainvoke("one")) == "one"
    del model
    gc.collect()
    for _ in range(steps):
        loop.run_until_complete(asyncio.sleep(0))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    gc.collect()
    assert caplog.messages == []
    assert server.wait_until_closed()


def test_models_that_are_gone_before_their_loop_shuts_down_are_closed_once(
    server: LoopbackServer, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.new_event_loop()
    models = [model_of(server) for _ in range(3)]
    for model in models:
        assert loop.run_until_complete(model.ainvoke("one")) == "one"
    del model
    models.clear()  # asks the loop to close three clients, as soon as it runs
    gc.collect()
    loop.run_until_complete(loop.shutdown_asyncgens())  # which asks the same
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()
    assert caplog.messages == []
    assert server.wait_until_closed()


async def test_a_synchronous_call_inside_a_running_loop(server: LoopbackServer) -> None:
    model = model_of(server)
    assert model.invoke("one") == "one"
    assert await model.ainvoke("two") == "two"


def test_thirty_two_threads_share_a_client(server: LoopbackServer) -> None:
    model = model_of(server)
    with ThreadPoolExecutor(32) as threads:
        said = list(threads.map(model.invoke, [f"question {i}" for i in range(320)]))
    assert said == [f"question {i}" for i in range(320)]
    assert server.connections_opened <= 32
    gc.collect()


def test_loops_in_several_threads_have_clients_of_their_own(server: LoopbackServer) -> None:
    model = model_of(server)

    def in_a_loop(prompt: str) -> str:
        return str(asyncio.run(model.ainvoke(prompt)))

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(in_a_loop, [f"question {i}" for i in range(64)]))
    assert said == [f"question {i}" for i in range(64)]


def test_models_share_one_set_of_certificates(server: LoopbackServer) -> None:
    first, second = model_of(server), model_of(server)
    assert first._clients.client() is first._clients.client()
    assert first._clients.client() is not second._clients.client()
    assert http.clients.options()["verify"] is http.clients.options()["verify"]


# Errors.

REFUSED: dict[str, tuple[Any, type[ProviderError], int | None, float | None, str]] = {
    "401": (Refuse(401), AuthenticationError, 401, None, "Check api_key (LINES_KEY)."),
    "403": (Refuse(403), AuthenticationError, 403, None, "Check api_key (LINES_KEY)."),
    "401 with the key": (Refuse(401, quote_key=True), AuthenticationError, 401, None, "Check"),
    "429": (Refuse(429, retry_after=2), RateLimitError, 429, 2.0, "Wait, then ask again."),
    "503": (Refuse(503, retry_after=7), UnavailableError, 503, 7.0, "Ask again later."),
    "500": (Refuse(500), UnavailableError, 500, None, "Ask again later."),
    "400": (Refuse(400), RefusedRequestError, 400, None, "Check base_url and the model's"),
    "302": (Refuse(302), RefusedRequestError, 302, None, "Check base_url and the model's"),
    "timeout": (Hang(), TimedOutError, None, None, "said nothing for 0.2 seconds. Raise timeout"),
    "closed": (Break(), BrokenStreamError, None, None, "broke off"),
    "early end": (Break(after=1, clean=True), BrokenStreamError, None, None, "broke off"),
    "malformed": (
        Malformed(after=1),
        BrokenStreamError,
        None,
        None,
        "was not understood (Unterminated string",
    ),
    "unknown": (
        Malformed(after=1, event=b'{"x": 1}\n'),
        BrokenStreamError,
        None,
        None,
        "was not understood (sent {'x': 1}, which cannot be read: KeyError: 't'). Ask again.",
    ),
    "an error in its place": (
        Malformed(event=f'{{"err": "no {KEY}"}}\n'.encode()),
        BrokenStreamError,
        None,
        None,
        "sent {'err': 'no ******'}, which cannot be read",
    ),
    "not UTF-8": (
        Malformed(after=1, event=b'{"t": "\xff"}\n'),
        BrokenStreamError,
        None,
        None,
        "can't decode byte 0xff",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
@each_path
def test_an_error_says_what_was_attempted_and_what_to_do(
    server: LoopbackServer, path: str, case: tuple[Any, ...]
) -> None:
    server.fault, kind, status, retry_after, says = case
    with pytest.raises(ProviderError) as caught:
        ask(
            model_of(server, timeout=0.2 if isinstance(server.fault, Hang) else 60), path, "one two"
        )
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.retry_after) == (status, retry_after)
    assert says in str(error)
    assert str(error).startswith("LinesLLM")
    assert leaked(error) == []


def leaked(error: BaseException) -> list[str]:
    """Return where an error, or what hangs on it, shows the key or holds a request."""
    chain = [error, *filter(None, (error.__cause__, error.__context__))]
    shown = {"text": f"{error!r} {error} {error.__dict__}", "chain": ""}
    if chain[1:]:
        shown["chain"] = f"{KEY} {chain!r}"
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [frame for frame in frames.stack if "/tests/" not in frame.filename]
    shown["frames"] = "".join(str(frame.locals) for frame in ours)
    pieces = [KEY[at : at + 6] for at in range(len(KEY) - 5)]
    return [where for where, said in shown.items() if any(piece in said for piece in pieces)]


@each_side
async def test_a_server_that_is_not_there(path: str) -> None:
    with LoopbackServer(*WIRES) as server:
        model = model_of(server)
    with pytest.raises(ConnectionFailedError, match="could not be reached") as caught:
        await anyhow(model, path)
    assert leaked(caught.value) == []


@each_side
async def test_a_key_that_no_header_can_hold(server: LoopbackServer, path: str) -> None:
    for key in (f"{KEY}é", f"{KEY}\n{KEY}"):
        model = model_of(server, api_key=key)
        with pytest.raises(RefusedRequestError, match="Check base_url and the headers") as caught:
            await anyhow(model, path)
        assert leaked(caught.value) == []
    assert server.requests == []


@each_side
async def test_an_answer_that_is_no_event_stream(server: LoopbackServer, path: str) -> None:
    class Elsewhere(EventsChat):
        def _post(self, path: str, *arguments: Any) -> Any:
            del path
            return super()._post("v2/generate", {"inputs": "one"}, *arguments[1:])

        def _apost(self, path: str, *arguments: Any) -> Any:
            del path
            return super()._apost("v2/generate", {"inputs": "one"}, *arguments[1:])

    model = model_of(server, Elsewhere)
    with pytest.raises(BrokenStreamError, match=r'answered 200 OK: \{"t": "one"\}') as caught:
        await anyhow(model, path)
    assert leaked(caught.value) == []


def test_a_call_without_a_key_fails_like_any_other(server: LoopbackServer) -> None:
    server.fault = Refuse(401)
    with pytest.raises(AuthenticationError, match=r"Check api_key \(ODD_KEY\)"):
        OddLLM(base_url=server.url).invoke("one")
    assert "authorization" not in server.requests[0].headers


def test_a_body_that_is_not_json_shows_no_key(server: LoopbackServer) -> None:
    with pytest.raises(TypeError, match="not JSON serializable") as caught:
        model_of(server).invoke("one", limit=object())
    assert leaked(caught.value) == []


def test_errors_are_retried(server: LoopbackServer) -> None:
    failures = iter([Refuse(429), Refuse(503)])
    server.answer = lambda prompt, _: next(failures, prompt)
    kinds = (RateLimitError, UnavailableError)
    patient = model_of(server).with_retry(
        retry_if_exception_type=kinds, wait_exponential_jitter=False
    )
    assert patient.invoke("one") == "one"
    assert len(server.requests) == 3


def test_an_error_can_be_pickled() -> None:
    error = RateLimitError("Too many.", status=429, retry_after=2.0)
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (str(twin), twin.status, twin.retry_after) == ("Too many.", 429, 2.0)


def test_no_log_shows_the_key(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        model_of(server).invoke("one")
    assert "v2/generate" in caplog.text
    assert KEY not in caplog.text
