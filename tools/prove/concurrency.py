"""Ask one model from many threads, tasks and event loops at once, and count what came out wrong."""

from __future__ import annotations

import asyncio
import random
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM
from langchain_model_parts.replies import WrittenReplies
from tools.prove.rows import Row, none_wrong

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MODELS: tuple[Any, ...] = (CustomLLM, ChatEcho)
EACH = 10
"""One written reply in so many is an error."""


class PlannedError(Exception):
    """A written error; its text tells it from the others."""


def written(count: int) -> list[Any]:
    """Return so many replies, all different, some of them errors."""
    return [
        PlannedError(f"error {number}") if number % EACH == 0 else f"reply {number}"
        for number in range(count)
    ]


def text_of(answer: Any) -> str:
    """Return the text of an answer or a chunk of either model, or of an error."""
    return str(getattr(answer, "content", answer))


def streamed(model: Any, prompt: str) -> str:
    """Return what a stream said, or the error that ended it."""
    try:
        return "".join(map(text_of, model.stream(prompt)))
    except PlannedError as error:
        return str(error)


async def astreamed(model: Any, prompt: str) -> str:
    """Return what `streamed` returns."""
    try:
        return "".join([text_of(chunk) async for chunk in model.astream(prompt)])
    except PlannedError as error:
        return str(error)


def not_once(answers: Iterable[str], replies: Iterable[Any]) -> list[str]:
    """Return the replies that did not come exactly once, and the answers that nobody wrote."""
    counted = Counter(answers)
    counted.subtract(map(str, replies))
    return [f"{text!r}: {count:+d}" for text, count in counted.items() if count]


def others(answers: Iterable[str], prompts: Iterable[str]) -> list[str]:
    """Return the answers that are not the echo of their prompt."""
    pairs = zip(answers, prompts, strict=True)
    return [f"{answer!r} to {prompt!r}" for answer, prompt in pairs if answer != prompt]


def threads(model: Any, workers: int, each: int) -> tuple[list[str], list[str]]:
    """Return what is wrong with echoes, and with written replies, from threads that stream."""
    prompts = [f"prompt {number}" for number in range(workers * each)]
    written_model = model(replies=written(len(prompts)))

    def work(start: int) -> list[tuple[str, str]]:
        mine = prompts[start::workers]
        return [(streamed(model(), prompt), streamed(written_model, prompt)) for prompt in mine]

    with taking_turns(), ThreadPoolExecutor(workers) as pool:
        by_worker = [*pool.map(work, range(workers))]
    answered = [by_worker[number % workers][number // workers] for number in range(len(prompts))]
    echoed, said = zip(*answered, strict=True)
    return others(echoed, prompts), not_once(said, written(len(prompts)))


def drawn(workers: int, each: int) -> list[str]:
    """Return what is wrong with entries that threads draw from one list, some to give back."""
    replies = WrittenReplies(range(workers * each))

    def draw(_: int) -> list[str]:
        mine: list[str] = []
        while len(mine) < each:
            index = replies.take()
            if random.random() < 1 / EACH:  # noqa: S311 - no secret
                replies.give_back(index)
            else:
                mine.append(str(replies[index]))
        return mine

    with taking_turns(), ThreadPoolExecutor(workers) as pool:
        by_worker = [*pool.map(draw, range(workers))]
    return not_once([entry for mine in by_worker for entry in mine], replies)


@contextmanager
def taking_turns() -> Iterator[None]:
    """Let threads take turns far more often than they would."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


async def batch(model: Any, count: int) -> tuple[list[str], list[str]]:
    """Return what is wrong with one `abatch` of echoes, and one of written replies."""
    prompts = [f"prompt {number}" for number in range(count)]
    echoed = await model().abatch(prompts)
    # One error is the answer to all prompts that langchain-core asks a string LLM at once.
    config: Any = {"max_concurrency": 1} if model is CustomLLM else None
    written_model = model(replies=written(count))
    said = await written_model.abatch(prompts, config, return_exceptions=True)
    return others(map(text_of, echoed), prompts), not_once(map(text_of, said), written(count))


async def at_once(model: Any, count: int) -> tuple[list[str], list[str]]:
    """Return what is wrong with so many `astream`s at once."""
    prompts = [f"prompt {number}" for number in range(count)]
    echo, written_model = model(sleep=0), model(replies=written(count), sleep=0)
    echoed = await asyncio.gather(*(astreamed(echo, prompt) for prompt in prompts))
    said = await asyncio.gather(*(astreamed(written_model, prompt) for prompt in prompts))
    return others(echoed, prompts), not_once(said, written(count))


def two_loops(model: Any, count: int) -> tuple[list[str], list[str]]:
    """Return what is wrong when one model is asked in a loop, and then in another."""
    prompts = [f"prompt {number}" for number in range(count)]
    echo, written_model = model(sleep=0), model(replies=written(count), sleep=0)

    async def ask(mine: list[str]) -> list[tuple[str, str]]:
        return [
            (await astreamed(echo, prompt), await astreamed(written_model, prompt))
            for prompt in mine
        ]

    half = count // 2
    answered = [*asyncio.run(ask(prompts[:half])), *asyncio.run(ask(prompts[half:]))]
    echoed, said = zip(*answered, strict=True)
    in_order = [str(reply) for reply in written(count)]
    return others(echoed, prompts), others(said, in_order)


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield two rows for each model and kind of crowd: echoes, and written replies."""
    workers, each, prompts, streams = (8, 10, 200, 100) if quick else (32, 50, 5_000, 1_000)
    draws = 2_000  # of each thread: they collide in a line or two
    wrong = drawn(workers, draws)
    yield none_wrong(f"{workers} threads draw {draws:,} replies each", wrong, workers * draws)
    for model in MODELS:
        crowds = [
            (f"{workers} threads of {each} streams", workers * each, threads(model, workers, each)),
            (f"an abatch of {prompts:,}", prompts, asyncio.run(batch(model, prompts))),
            (f"{streams:,} astreams at once", streams, asyncio.run(at_once(model, streams))),
            ("two event loops in turn", streams, two_loops(model, streams)),
        ]
        for crowd, tried, (echoes, replies) in crowds:
            yield none_wrong(f"{model.__name__}, {crowd}: echoes in order", echoes, tried)
            yield none_wrong(f"{model.__name__}, {crowd}: each reply once", replies, tried)
