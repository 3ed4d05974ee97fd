"""Every place where a model's key could show, as text: build a `Subject`, scan its `surfaces`.

No frame here holds the key in a variable or an argument, because reports print both.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import copy
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast
from unittest import mock

import rich
import sentry_sdk
from langchain_core.caches import BaseCache
from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.globals import set_debug, set_verbose
from langchain_core.load import dumpd, dumps, loads
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import ConfigurableField
from langchain_core.tracers import BaseTracer, LangChainTracer
from langsmith import Client
from pydantic import BaseModel, ValidationError, model_validator
from rich.console import Console
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from types import TracebackType

    from langchain_core.outputs import Generation
    from langchain_core.tracers.schemas import Run
    from sentry_sdk.envelope import Envelope

CANARY = "zQ7xV-mK9pR2wL5tY8cB3nF6hJ4dS1gA"
"""The key: high entropy, so that no six characters of it occur anywhere by chance."""

Kind = Literal["llm", "chat", "plain"]
Mode = Literal["argument", "environment"]
MODES: tuple[Mode, ...] = ("argument", "environment")
FAILURES = ("wrong key type", "wrong other field", "failing validator")


def canary() -> Any:
    """Return the key, as `Any`: type checkers want the `SecretStr` that pydantic makes of it."""
    return CANARY


def leaks(shown: str | bytes) -> bool:
    """Whether a text holds the key, its base64 or hex, or any six characters of it in a row."""
    text = shown.decode("latin-1") if isinstance(shown, bytes) else shown
    windows = {CANARY[i : i + 6] for i in range(len(CANARY) - 5)}
    # Of a longer text that is encoded as a whole, base64 has three alignments; the edges differ.
    coded = {base64.b64encode(b"\0" * i + CANARY.encode())[4:-4].decode() for i in range(3)}
    return any(part in text for part in windows | coded | {CANARY.encode().hex()})


@dataclass(frozen=True)
class Subject:
    """A model class to scan, and how it is given its key."""

    model: type[BaseModel]
    kind: Kind
    argument: str = "api_key"
    variable: str = "ECHO_API_KEY"

    def build(self, mode: Mode, model: type[BaseModel] | None = None, **others: Any) -> Any:
        """Return an instance that holds the key."""
        with mock.patch.dict(os.environ):
            if mode == "environment":
                os.environ[self.variable] = canary()
                return (model or self.model)(**others)
            return (model or self.model)(**{self.argument: canary()}, **others)

    def fail(self, failure: str, mode: Mode) -> None:
        """Build it so that construction fails."""
        if failure == "wrong key type":
            self.model(**{self.argument: [canary()]})
        elif failure == "wrong other field":

            class Counting(self.model):  # type: ignore[misc, name-defined]  # a class of any caller
                count_of_leak_scan: int = 0

            self.build(mode, Counting, count_of_leak_scan="seven")
        else:

            class Failing(self.model):  # type: ignore[misc, name-defined]  # a class of any caller
                @model_validator(mode="after")
                def fail_leak_scan(self) -> Any:
                    raise ValueError("no model passes this check")

            self.build(mode, Failing)


def failures(mode: Mode) -> tuple[str, ...]:
    """The failures that can occur; a variable has no wrong type."""
    return FAILURES if mode == "argument" else FAILURES[1:]


def surfaces(subject: Subject, mode: Mode) -> Iterator[tuple[str, str | bytes]]:
    """Yield the name of each surface in this process and what it shows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated door is still a door
        yield from _plain_surfaces(subject, mode)
        yield from _failure_surfaces(subject, mode)
        if subject.kind != "plain":
            yield from _object_surfaces(subject, mode)
            yield from _run_surfaces(subject, mode)
            yield from asyncio.run(_async_run_surfaces(subject, mode))


# --- the model as an object ---


def _plain_surfaces(subject: Subject, mode: Mode) -> Iterator[tuple[str, str]]:
    model = subject.build(mode)
    yield "repr", repr(model)
    yield "str", str(model)
    yield "format", f"{model}"
    yield "vars", repr(vars(model))
    yield "iteration", repr(list(model))
    yield "model_dump", repr(model.model_dump())
    yield "model_dump json mode", repr(model.model_dump(mode="json", exclude={"callbacks"}))
    yield "model_dump_json", model.model_dump_json(exclude={"callbacks"})
    yield "dict", repr(model.dict())
    if hasattr(model, "asdict"):
        yield "asdict", repr(model.asdict())
    yield "copy", repr(copy.copy(model))
    yield "deepcopy", repr(copy.deepcopy(model))
    yield "model_copy", repr(model.model_copy())
    out = io.StringIO()
    print(model, file=out)
    yield "print", out.getvalue()
    yield "rich", _rich(model)
    setattr(model, subject.argument, canary())
    yield "assignment", repr(model)
    try:
        setattr(model, subject.argument, [canary()])
    except TypeError as error:
        yield "wrong assignment", _chain(error) + library_frames(error.__traceback__)
    else:
        yield "wrong assignment", repr(model)


def _rich(model: object) -> str:
    console = Console(file=io.StringIO(), width=10_000)
    rich.print(model, file=console.file)
    console.print(model)
    return cast("io.StringIO", console.file).getvalue()


# --- a constructor that fails ---


def _failure_surfaces(subject: Subject, mode: Mode) -> Iterator[tuple[str, str]]:
    for failure in failures(mode):
        try:
            subject.fail(failure, mode)
        except ValidationError as error:  # noqa: PERF203 - each failure is scanned by itself
            yield f"{failure}: text", f"{error} {error!r}"
            yield f"{failure}: errors()", repr(error.errors())
            yield f"{failure}: json()", error.json()
            yield f"{failure}: cause and context", _chain(error)
            yield f"{failure}: frames", library_frames(error.__traceback__)
            yield f"{failure}: Sentry", _sentry(error)
        else:
            raise AssertionError(f"{subject.model} does not fail on a {failure}")


def _chain(error: BaseException | None) -> str:
    shown = ""
    while error is not None:
        shown += f"{error!r} {error.args!r} {error!s} "
        error = error.__cause__ or error.__context__
    return shown


def library_frames(traceback: TracebackType | None) -> str:
    """Return the local variables of every frame below, save those of this module."""
    shown = ""
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename != __file__:  # the caller's frames are its own
            shown += "".join(map(repr, traceback.tb_frame.f_locals.values()))
        traceback = traceback.tb_next
    return shown


class _Envelopes(Transport):
    """Keeps what Sentry would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = ""

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent += envelope.serialize().decode()


def _sentry(error: BaseException) -> str:
    transport = _Envelopes()
    client = sentry_sdk.Client(
        dsn="http://key@localhost/1", transport=transport, default_integrations=False
    )
    event, hint = event_from_exception(error, client_options=client.options)
    client.capture_event(event, hint, scope=sentry_sdk.Scope())
    client.close()
    assert '"vars"' in transport.sent, "Sentry recorded no frames"
    return transport.sent


def pytest_failures(
    subjects: Sequence[str], directory: Path
) -> Iterator[tuple[str, Mode, str, str]]:
    """Run failing tests in a process of their own, under pytest's default flags.

    Args:
        subjects: `module:name` of each `Subject`.
        directory: An empty directory to run in.

    Yields:
        The subject, the mode, the failure, and everything that pytest printed about it.
    """
    cases = [(s, mode, f) for s in subjects for mode in MODES for f in failures(mode)]
    (directory / "test_failures.py").write_text(
        "import pytest\nfrom leak_surfaces import load\n"
        f"@pytest.mark.parametrize('case', {cases!r}, ids=range({len(cases)}))\n"
        "def test_failure(case):\n    load(case[0]).fail(case[2], case[1])\n"
    )
    (directory / "pytest.ini").write_text("[pytest]\n")  # or a directory above would configure it
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    output = subprocess.run(
        [sys.executable, "-m", "pytest", "test_failures.py"],
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    ).stdout
    assert f"{len(cases)} failed" in output, output
    shown = dict.fromkeys(range(len(cases)), "")
    number = None
    for line in output.splitlines():
        if header := re.search(r"^(?:_+ |FAILED \S+)test_failure\[(\d+)\]", line):
            number = int(header[1])
        if number is not None:
            shown[number] += line + "\n"
    for number, case in enumerate(cases):
        yield *case, shown[number]


def load(subject: str) -> Subject:
    """Return the `Subject` that `module:name` stands for."""
    module, name = subject.split(":")
    return cast("Subject", getattr(import_module(module), name))


# --- a LangChain model as an object ---


def _object_surfaces(subject: Subject, mode: Mode) -> Iterator[tuple[str, str | bytes]]:
    model = subject.build(mode)
    yield "_identifying_params", repr(model._identifying_params)
    yield "LangSmith params", repr(model._get_ls_params())
    yield "to_json", repr(model.to_json())
    yield "dumpd", repr(dumpd(model))
    yield "dumps", dumps(model)
    yield "lc_attributes and lc_secrets", repr((dict(model), model.lc_attributes, model.lc_secrets))
    yield "bind", repr(model.bind(stop=["x"]))
    yield "with_config", repr(model.with_config(tags=["x"]))
    configurable = model.configurable_fields(
        **{subject.argument: ConfigurableField(id="key", name="key")}
    )
    yield "configurable_fields", repr(configurable)
    schema = configurable.config_schema().model_json_schema()
    yield "configurable_fields JSON schema", json.dumps(schema)
    yield "configured anew", repr(configurable.with_config(tags=["x"]))
    yield "config_schema", json.dumps(model.config_schema(include=["tags"]).model_json_schema())
    graph = (PromptTemplate.from_template("{x}") | model).get_graph()
    yield "get_graph", repr(graph) + json.dumps(graph.to_json()) + graph.draw_mermaid()
    if subject.kind == "llm":
        with tempfile.TemporaryDirectory() as directory:
            for suffix in ("json", "yaml"):
                path = Path(directory, f"model.{suffix}")
                model.save(path)
                yield f"save {suffix}", path.read_bytes()


# --- a LangChain model at work ---


class _Payloads:
    """Everything that callbacks were handed."""

    def __init__(self) -> None:
        self.shown = ""

    def record(self, *args: Any, **kwargs: Any) -> None:
        self.shown += repr((args, kwargs))

    async def arecord(self, *args: Any, **kwargs: Any) -> None:
        self.record(*args, **kwargs)

    def handler(self, base: type[BaseCallbackHandler]) -> BaseCallbackHandler:
        """Return a handler of every event that the core at hand knows."""
        record = self.arecord if issubclass(base, AsyncCallbackHandler) else self.record
        events = {name: staticmethod(record) for name in dir(base) if name.startswith("on_")}
        return cast("BaseCallbackHandler", type("Recorder", (base,), events)())


class _Runs(BaseTracer):
    """A tracer that keeps its runs."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = ""

    def _persist_run(self, run: Run) -> None:
        self.shown += repr(vars(run))


class _Session:
    """The HTTP session of a LangSmith client, without a network."""

    def __init__(self) -> None:
        self.sent = ""
        self.headers: dict[str, str] = {}

    def mount(self, prefix: str, adapter: object) -> None:
        """Take no adapter: nothing is sent."""

    def close(self) -> None:
        """Close nothing."""

    def request(self, method: str, url: str, **kwargs: Any) -> mock.Mock:
        data = kwargs.get("data")
        body = data.decode("latin-1") if isinstance(data, bytes) else data
        self.sent += f"{method} {url} {body} {kwargs}"
        return mock.Mock(status_code=202, text="{}", content=b"{}", json=dict)


class SQLiteCache(BaseCache):
    """A cache in a file, keyed as LangChain's own."""

    def __init__(self, path: Path) -> None:
        self.keys = ""
        self.connection = sqlite3.connect(path, check_same_thread=False)
        self.connection.execute("PRAGMA synchronous = OFF")  # a test needs no fsync
        self.connection.execute("CREATE TABLE cache (key TEXT PRIMARY KEY, answer TEXT)")

    def lookup(self, prompt: str, llm_string: str) -> list[Generation] | None:
        key = prompt + llm_string
        self.keys += key
        found = self.connection.execute("SELECT answer FROM cache WHERE key = ?", (key,)).fetchone()
        return None if found is None else [loads(text) for text in json.loads(found[0])]

    def update(self, prompt: str, llm_string: str, return_val: Sequence[Generation]) -> None:
        answer = json.dumps([dumps(generation) for generation in return_val])
        row = (prompt + llm_string, answer)
        self.connection.execute("INSERT OR REPLACE INTO cache VALUES (?, ?)", row)
        self.connection.commit()

    def clear(self, **kwargs: Any) -> None:
        del kwargs
        self.connection.execute("DELETE FROM cache")


def _broken(subject: Subject) -> type[BaseModel]:
    """Return the class with an answer that always fails."""

    class Broken(subject.model):  # type: ignore[misc, name-defined]  # a class of any caller
        def _generate(self, *_args: Any, **_kwargs: Any) -> Any:
            raise RuntimeError("no answer")

        async def _agenerate(self, *_args: Any, **_kwargs: Any) -> Any:
            raise RuntimeError("no answer")

    return Broken


def _run_surfaces(subject: Subject, mode: Mode) -> Iterator[tuple[str, str | bytes]]:
    calls: dict[str, Callable[[Any, Any], Any]] = {
        "invoke": lambda model, config: model.invoke("x", config),
        "batch": lambda model, config: model.batch(["x", "y"], config),
        "stream": lambda model, config: list(model.stream("x", config)),
    }
    for name, call in calls.items():
        payloads = _Payloads()
        call(subject.build(mode), {"callbacks": [payloads.handler(BaseCallbackHandler)]})
        yield f"callbacks of {name}", payloads.shown
    payloads = _Payloads()
    with contextlib.suppress(RuntimeError):
        broken = subject.build(mode, _broken(subject))
        broken.invoke("x", {"callbacks": [payloads.handler(BaseCallbackHandler)]})
    assert "no answer" in payloads.shown, "on_llm_error was not called"
    yield "callbacks of an error", payloads.shown

    runs = _Runs()
    subject.build(mode).invoke("x", {"callbacks": [runs]})
    yield "a tracer's run", runs.shown
    session = _Session()
    client = Client(
        api_url="http://localhost",
        api_key="none",
        session=cast("Any", session),
        auto_batch_tracing=False,
    )
    tracer = LangChainTracer(client=client, project_name="scan")
    subject.build(mode).invoke("x", {"callbacks": [tracer]})
    tracer.wait_for_futures()
    assert "POST" in session.sent, "LangSmith was sent nothing"
    yield "LangSmith's requests", session.sent
    for name, switch in (("set_debug", set_debug), ("set_verbose", set_verbose)):
        out = io.StringIO()
        switch(True)  # noqa: FBT003 - LangChain's signature
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            chain = PromptTemplate.from_template("{x}") | subject.build(mode)
            chain.invoke({"x": "x"})
            # What verbose mode prints is the prompt: the model itself is for the reader to print.
            print(chain)  # noqa: T201 - captured
        switch(False)  # noqa: FBT003 - LangChain's signature
        yield name, out.getvalue()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "cache.sqlite")
        cache = SQLiteCache(path)
        for _ in range(2):
            subject.build(mode, cache=cache).invoke("x")
        cache.connection.close()
        yield "cache key", cache.keys
        yield "SQLite cache file", path.read_bytes()


async def _async_run_surfaces(subject: Subject, mode: Mode) -> list[tuple[str, str]]:
    async def drain(items: AsyncIterator[Any]) -> str:
        return "".join([repr(item) async for item in items])

    calls: dict[str, Callable[[Any, Any], Any]] = {
        "ainvoke": lambda model, config: model.ainvoke("x", config),
        "abatch": lambda model, config: model.abatch(["x", "y"], config),
        "astream": lambda model, config: drain(model.astream("x", config)),
    }
    shown = []
    for name, call in calls.items():
        payloads = _Payloads()
        await call(subject.build(mode), {"callbacks": [payloads.handler(AsyncCallbackHandler)]})
        shown.append((f"callbacks of {name}", payloads.shown))
    payloads = _Payloads()
    with contextlib.suppress(RuntimeError):
        broken = subject.build(mode, _broken(subject))
        await broken.ainvoke("x", {"callbacks": [payloads.handler(AsyncCallbackHandler)]})
    assert "no answer" in payloads.shown, "on_llm_error was not called"
    shown.append(("callbacks of an async error", payloads.shown))
    chain = PromptTemplate.from_template("{x}") | subject.build(mode)
    shown.append(("astream_log", await drain(chain.astream_log({"x": "x"}))))
    for version in ("v1", "v2"):
        events = await drain(chain.astream_events({"x": "x"}, version=version))
        shown.append((f"astream_events {version}", events))
    return shown
