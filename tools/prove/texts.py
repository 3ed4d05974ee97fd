"""Send texts that break programs through every path of the echoes, and count what was changed."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import warnings
from typing import TYPE_CHECKING, Any

from langchain_core._api import LangChainBetaWarning
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumpd, dumps, load, loads
from langchain_core.messages import AIMessage

from langchain_chat_echo import ChatEcho
from langchain_llm_echo import CustomLLM
from tools.prove.rows import Row, none_wrong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODELS: tuple[Any, ...] = (CustomLLM, ChatEcho)
CHUNK = 7  # characters; no divisor of the texts' periods
TEXTS = {
    "NUL": "a\0b\0",
    "bidi": "\u202eabc\u202c \u2066def\u2069 \u200f",
    "ZWJ": "👩‍👩‍👧‍👦 and 🏳️‍🌈 ",
    "combining run": "e" + "\u0301" * 1_000 + "n\u0303",
    "ANSI": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J",
    "line separators": "a\u2028b\u2029c\x85d\x0b\x0ce\r\nf\rg\n",
    "noncharacters": "\ufffe\uffff\ufdd0\U0010ffff\ufeff",
    "lone surrogates": "\ud83d and \ude00",
    "surrogates in pairs": "\ud83d\ude00",  # two code points, never one
    "controls": "".join(map(chr, [*range(32), *range(127, 160)])),
    "braces": "{} {{}} {x} {0!r} %s %(x)s ${x} {% x %} {{ x }}",
    "JSON": '{"a": [1, {"b": "\\\\u0000"}]} \\" \\\\',
    "lc JSON": '{"lc": 1, "type": "secret", "id": ["ECHO_API_KEY"]}',
    "lc constructor": json.dumps(
        {"lc": 1, "type": "constructor", "id": ["langchain_core", "messages", "AIMessage"]}
    ),
    "empty": "",
    "white space": " \t\n\u00a0\u3000",
    "10 MB": "0123456789ä世😀 " * 700_000,
}
SHORT = 10**6  # characters that a slice of the proof has time for


def text_of(answer: Any) -> str:
    """Return the text of an answer or chunk of either model."""
    return answer if isinstance(answer, str) else str(answer.content)


def joined(chunks: Any) -> str:
    """Return the text of a stream."""
    return "".join(map(text_of, chunks))


async def ajoined(chunks: Any) -> str:
    """Return the text of an asynchronous stream."""
    return "".join([text_of(chunk) async for chunk in chunks])


async def events(model: Any, text: str) -> str:
    """Return the text that the events of a stream carry."""
    stream = model.astream_events(text, version="v2")
    return "".join(
        [text_of(e["data"]["chunk"]) async for e in stream if e["event"].endswith("_stream")]
    )


def cached(model: Any, text: str) -> str:
    """Return what a cache gives for the second of two calls."""
    cache = InMemoryCache()
    kept = type(model)(cache=cache, chunk_size=model.chunk_size)
    kept.invoke(text)
    answer = text_of(kept.invoke(text))
    if kept.call_count != 1:
        raise AssertionError("the cache was not asked")
    return answer


def as_message(model: Any, text: str) -> AIMessage:
    """Return an answer as a message."""
    return AIMessage(text_of(model.invoke(text)))


PATHS: dict[str, Callable[[Any, str], str]] = {
    "invoke": lambda model, text: text_of(model.invoke(text)),
    "stream": lambda model, text: joined(model.stream(text)),
    "batch": lambda model, text: joined(model.batch([text])),
    "ainvoke": lambda model, text: text_of(asyncio.run(model.ainvoke(text))),
    "astream": lambda model, text: asyncio.run(ajoined(model.astream(text))),
    "abatch": lambda model, text: joined(asyncio.run(model.abatch([text]))),
    "events": lambda model, text: asyncio.run(events(model, text)),
    "a reply": lambda model, text: text_of(type(model)(replies=[text]).invoke("")),
    "a stop": lambda model, text: text_of(model.invoke(text, stop=["\x00\x00", "no such"])),
    "cache": cached,
    "dumps, loads": lambda model, text: text_of(
        loads(dumps(as_message(model, text)), allowed_objects="messages")
    ),
    "dumpd, load": lambda model, text: text_of(
        load(dumpd(as_message(model, text)), allowed_objects="messages")
    ),
    "the model dumped": lambda model, text: text_of(again(model, text).invoke("")),
    "pickle": lambda model, text: text_of(pickle.loads(pickle.dumps(as_message(model, text)))),  # noqa: S301 - our own bytes
    "deepcopy": lambda model, text: text_of(copy.deepcopy(as_message(model, text))),
}
JOINED = "1 characters of 2, changed"
CORES = {
    # JSON has only pairs of surrogates, so langchain-core's `loads` reads one character.
    ("surrogates in pairs", "dumps, loads"): JOINED,
    ("surrogates in pairs", "the model dumped"): JOINED,
}
"""What langchain-core cannot take; the row fails when it is mended, so that it goes here."""


def again(model: Any, text: str) -> Any:
    """Return a model whose written reply is a text, after it was written as JSON and read."""
    kind = type(model)
    written = dumps(kind(replies=[text]))
    return loads(written, allowed_objects=[kind], valid_namespaces=[kind.__module__.split(".")[0]])


def outcome(path: str, model: Any, text: str) -> str:
    """Return what a path made of a text, in a few words."""
    try:
        said = PATHS[path](model, text)
    except Exception as error:  # noqa: BLE001 - it is the finding
        return f"{type(error).__name__}: {error}"[:80]
    return "equal" if said == text else f"{len(said):,} characters of {len(text):,}, changed"


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each text."""
    warnings.simplefilter("ignore", LangChainBetaWarning)  # `loads` is beta for ever
    for name, text in TEXTS.items():
        if quick and len(text) > SHORT:
            continue
        chunk_size = max(CHUNK, len(text) // 1_000)
        wrong = []
        for kind in MODELS:
            model = kind(chunk_size=chunk_size)
            for path in PATHS:
                said = outcome(path, model, text)
                if said != CORES.get((name, path), "equal"):
                    wrong.append(f"{kind.__name__}, {path}: {said}")
        yield none_wrong(f"{name}: the paths of both echoes", wrong, len(MODELS) * len(PATHS))
