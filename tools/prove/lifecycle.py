"""Leave a stream in every way, and count what was started and what is left behind.

Every start has exactly one end or error event, the upstream is closed at once, and no task, no
warning and no unraisable error is left. Run it under `-X dev -W error`, which shows the last two.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from langchain_core.callbacks import BaseCallbackHandler

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM
from langchain_model_parts import StopSequences
from langchain_model_parts.replies import Failure
from langchain_model_parts.text import Finish, TextChatModel, TextLLM
from tools.prove.rows import Row, none_wrong

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterator,
        Awaitable,
        Callable,
        Generator,
        Iterator,
    )

TEXT = "abcdefgh"
STRAYS: list[str] = []
"""Errors that nobody could raise: in finalizers, in tasks, in closing an abandoned generator."""


class PlannedError(Exception):
    """What is raised on purpose."""


class Events(BaseCallbackHandler):
    """Counts the events of a run; with `fails`, raises at the first token."""

    raise_error = True
    run_inline = True

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.starts = 0
        self.ends = 0

    def on_llm_start(self, *_: Any, **__: Any) -> None:
        """Count a start."""
        self.starts += 1

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        """Count a start."""
        self.starts += 1

    def on_llm_new_token(self, *_: Any, **__: Any) -> None:
        """Raise, if that is planned."""
        if self.fails:
            raise PlannedError

    def on_llm_end(self, *_: Any, **__: Any) -> None:
        """Count an end."""
        self.ends += 1

    def on_llm_error(self, *_: Any, **__: Any) -> None:
        """Count an end."""
        self.ends += 1


@dataclass
class Upstream:
    """A provider that says a text by letters, and counts how many of its answers are open.

    It keeps hold of each answer, as a connection pool does: letting go of one closes nothing.
    """

    fails: bool = False
    """Whether it raises behind the third letter."""
    wait: float = 0
    """Seconds before each letter, on the asynchronous paths."""
    open: int = 0
    kept: list[Any] = field(default_factory=list)

    def say(self, *last: Any) -> Iterator[Any]:
        """Return an answer: the letters, and what is given."""
        self.kept.append(self._say(last))
        return cast("Iterator[Any]", self.kept[-1])

    def asay(self, *last: Any) -> AsyncIterator[Any]:
        """Return what `say` returns, as a connection: closing it awaits too."""
        self.kept.append(self._asay(last))
        return cast("AsyncIterator[Any]", self.kept[-1])

    def _say(self, last: tuple[Any, ...]) -> Generator[Any, None, None]:
        self.open += 1
        try:
            for place, letter in enumerate(TEXT):
                if self.fails and place == 3:
                    raise PlannedError
                yield letter
            yield from last
        finally:
            self.open -= 1

    async def _asay(self, last: tuple[Any, ...]) -> AsyncGenerator[Any, None]:
        said = self._say(last)
        try:
            for letter in said:
                await asyncio.sleep(self.wait)
                yield letter
        finally:
            await asyncio.sleep(0)
            said.close()


@dataclass
class Run:
    """One stream of a subject, not begun, with what it counts."""

    upstream: Upstream
    events: Events
    stream: Callable[[], Any]
    astream: Callable[[], Any]
    ainvoke: Callable[[], Awaitable[Any]] | None = None
    """How a whole answer is asked for; a model's only."""


def of_model(make: Callable[[Upstream], Any]) -> Callable[..., Run]:
    """Return how a model is run."""

    def start(upstream: Upstream, events: Events) -> Run:
        model = make(upstream)
        config: Any = {"callbacks": [events]}
        return Run(
            upstream,
            events,
            lambda: model.stream(TEXT, config),
            lambda: model.astream(TEXT, config),
            lambda: model.ainvoke(TEXT, config),
        )

    return start


def of_cut(upstream: Upstream, events: Events) -> Run:
    """Return how the cutting of a stream is run; it has no events."""
    stops = StopSequences("gX", include=False)
    return Run(
        upstream,
        events,
        lambda: stops.cut_stream(upstream.say()),
        lambda: stops.acut_stream(upstream.asay()),
    )


def echo(model: Any) -> Callable[[Upstream], Any]:
    """Return how an echo is made that fails, and waits, as an upstream would."""

    def make(upstream: Upstream) -> Any:
        replies = [Failure(PlannedError(), after=3)] if upstream.fails else None
        return model(replies=replies, sleep=upstream.wait or None)

    return make


def parts(base: Any) -> Callable[[Upstream], Any]:
    """Return how a model is made of the parts, around an upstream."""

    def make(upstream: Upstream) -> Any:
        class Model(base):  # type: ignore[misc] # made here
            def _deltas(self, _prompt: Any, stop: Any) -> Iterator[Any]:
                del stop
                return upstream.say(Finish())

            def _adeltas(self, _prompt: Any, stop: Any) -> AsyncIterator[Any]:
                del stop
                return upstream.asay(Finish())

        return Model()

    return make


SUBJECTS: dict[str, Callable[..., Run]] = {
    "CustomLLM": of_model(echo(CustomLLM)),
    "ChatEcho": of_model(echo(ChatEcho)),
    "TextLLM": of_model(parts(TextLLM)),
    "TextChatModel": of_model(parts(TextChatModel)),
    "cut_stream and acut_stream": of_cut,
}


# The ways to leave a stream.


def read(run: Run) -> None:
    """Read all."""
    list(run.stream())


def read_failing(run: Run) -> None:
    """Read until the error."""
    with planned():
        list(run.stream())


def close(run: Run) -> None:
    """Close early."""
    stream = run.stream()
    next(stream)
    stream.close()


def drop(run: Run) -> None:
    """Drop the iterator."""
    stream = run.stream()
    next(stream)
    del stream


def throw(run: Run) -> None:
    """Throw an error into the iterator."""
    stream = run.stream()
    next(stream)
    with planned():
        stream.throw(PlannedError())


def never(run: Run) -> None:
    """Never begin."""
    run.stream()


async def aread(run: Run) -> None:
    """Read all."""
    async for _ in run.astream():
        pass


async def aread_failing(run: Run) -> None:
    """Read until the error."""
    with planned():
        await aread(run)


async def aclose(run: Run) -> None:
    """Close early."""
    stream = run.astream()
    await anext(stream)
    await stream.aclose()


async def adrop(run: Run) -> None:
    """Drop the iterator: the loop closes it in a task of its own."""
    stream = run.astream()
    await anext(stream)
    del stream
    for _ in range(10):
        await asyncio.sleep(0)


async def athrow(run: Run) -> None:
    """Throw an error into the iterator."""
    stream = run.astream()
    await anext(stream)
    with planned():
        await stream.athrow(PlannedError())


async def anever(run: Run) -> None:
    """Never begin."""
    run.astream()


async def cancel(run: Run) -> None:
    """Cancel the reader in the middle."""
    await cancelled(asyncio.create_task(aread(run)), 0.15)


async def cancel_at_once(run: Run) -> None:
    """Cancel the reader before the first letter."""
    await cancelled(asyncio.create_task(aread(run)), 0.03)


async def cancel_whole(run: Run) -> None:
    """Cancel `ainvoke`."""
    await cancelled(asyncio.ensure_future(run.ainvoke()), 0.03)  # type: ignore[misc] # of a model


async def time_out(run: Run) -> None:
    """Read under `asyncio.timeout`."""
    if sys.version_info >= (3, 11):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.15):
                await aread(run)
            raise AssertionError("it was read to its end")


async def cancelled(task: asyncio.Future[Any], after: float) -> None:
    """Cancel a task that is under way."""
    await asyncio.sleep(after)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    if not task.cancelled():
        raise AssertionError("it was over before it was cancelled")


@contextlib.contextmanager
def planned() -> Iterator[None]:
    """Run a block that must raise the planned error."""
    try:
        yield
    except PlannedError:
        return
    raise AssertionError("the planned error was not raised")


@dataclass(frozen=True)
class Way:
    """A way to leave a stream, and what it needs."""

    leave: Callable[[Run], Any]
    upstream: dict[str, Any] = field(default_factory=dict)
    callback_fails: bool = False
    starts: int = 1
    needs_model: bool = False

    @property
    def name(self) -> str:
        """What is done, in words."""
        how = " (a callback raises)" if self.callback_fails else ""
        return f"{self.leave.__name__}{how}"


WAYS = [
    *(Way(leave) for leave in (read, close, drop, throw)),
    Way(never, starts=0),
    Way(read_failing, {"fails": True}),
    Way(read_failing, callback_fails=True, needs_model=True),
    *(Way(leave) for leave in (aread, aclose, adrop, athrow)),
    Way(anever, starts=0),
    Way(aread_failing, {"fails": True}),
    Way(aread_failing, callback_fails=True, needs_model=True),
    *(Way(leave, {"wait": 0.06}) for leave in (cancel, cancel_at_once, time_out)),
    Way(cancel_whole, {"wait": 0.06}, needs_model=True),
]
CORES = {
    # langchain-core's `BaseChatModel.agenerate` tells nobody that it was cancelled.
    ("ChatEcho", "cancel_whole"): ["0 ends of 1 starts"],
    ("TextChatModel", "cancel_whole"): ["0 ends of 1 starts"],
}
"""What is wrong in langchain-core itself; the row fails when it is mended, so that it goes here."""


def problems(start: Callable[..., Run], way: Way) -> list[str]:
    """Return what is wrong after a stream was left in a way."""
    STRAYS.clear()
    run = start(Upstream(**way.upstream), Events(fails=way.callback_fails))
    found = []

    def look() -> None:
        if run.upstream.open:
            found.append("the upstream is open")

    async def leave() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: STRAYS.append(str(context)))
        await way.leave(run)
        look()
        if left := len(asyncio.all_tasks()) - 1:
            found.append(f"{left} tasks are left")

    try:
        if asyncio.iscoroutinefunction(way.leave):
            asyncio.run(leave())
        else:
            way.leave(run)
            look()
    except Exception as error:  # noqa: BLE001 - it is the finding
        found.append(repr(error))
    gc.collect()  # what was forgotten complains now
    starts, ends = run.events.starts, run.events.ends
    if starts != (way.starts if run.ainvoke else 0):
        found.append(f"{starts} starts")
    if ends != starts:
        found.append(f"{ends} ends of {starts} starts")
    return [*found, *STRAYS]


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each subject."""
    sys.unraisablehook = lambda args: STRAYS.append(repr(args.exc_value))
    logging.getLogger("langchain_core.callbacks.manager").disabled = True  # it tells of our errors
    gc.freeze()  # what the imports made is never looked at again
    rounds = 1 if quick else 5
    for name, start in SUBJECTS.items():
        ways = [way for way in WAYS if not (start is of_cut and way.needs_model)]
        wrong = []
        for _ in range(rounds):
            for way in ways:
                found = problems(start, way)
                if found != [*CORES.get((name, way.name), ())]:
                    wrong.append(f"{way.name}: {', '.join(found) or 'what core did is mended'}")
        yield none_wrong(f"{name}: ways to leave a stream", wrong, len(ways) * rounds)
