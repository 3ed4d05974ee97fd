"""Models made of deltas, with a provider in memory that treats stops as it is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_model_parts.text import Finish, TextChatModel, TextLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_model_parts.text import ProviderStop

KINDS: list[ProviderStop] = ["ignores", "keeps", "names", "strips", "hides"]
PATHS = ("invoke", "ainvoke", "batch", "abatch", "stream", "astream", "events")


def answer(
    deltas: tuple[str, ...], stop: tuple[str, ...], kind: str, tie: str
) -> Iterator[str | Finish]:
    """Yield what a provider sends that would say `deltas` and is told `stop`.

    Args:
        deltas: What it would say if nobody told it to stop.
        stop: The stops that it is told.
        kind: What it does at a stop.
        tie: Which of two stops that end together it takes: the `"longest"` or the `"shortest"`.
    """
    text = "".join(deltas)
    hits = [(text.find(one) + len(one), one) for one in stop if one in text]
    if kind == "ignores" or not hits:
        yield from deltas
        yield Finish("over", info={"server": "in memory"})
        return
    sign = -1 if tie == "longest" else 1
    end, hit = min(hits, key=lambda found: (found[0], sign * len(found[1])))
    yield from text[: end if kind == "keeps" else end - len(hit)]
    named: dict[str, str | bool] = {"names": hit, "strips": True}
    yield Finish("over" if kind == "hides" else "halt", stop=named.get(kind, False))


class Spoken(TextLLM):
    """Says its deltas, to whatever it is asked."""

    kind: ClassVar[str] = "ignores"
    deltas: tuple[str, ...] = ()
    tie: str = "longest"

    def _deltas(self, prompt: str, *, stop: tuple[str, ...]) -> Iterator[str | Finish]:
        del prompt
        return answer(self.deltas, stop, self.kind, self.tie)

    async def _adeltas(self, prompt: str, *, stop: tuple[str, ...]) -> AsyncIterator[str | Finish]:
        for delta in self._deltas(prompt, stop=stop):
            await asyncio.sleep(0)
            yield delta


class SpokenChat(TextChatModel):
    """The same for messages."""

    kind: ClassVar[str] = "ignores"
    deltas: tuple[str, ...] = ()
    tie: str = "longest"

    def _deltas(self, messages: Any, *, stop: tuple[str, ...]) -> Iterator[Any]:
        del messages
        return answer(self.deltas, stop, self.kind, self.tie)

    async def _adeltas(self, messages: Any, *, stop: tuple[str, ...]) -> AsyncIterator[Any]:
        for delta in self._deltas(messages, stop=stop):
            await asyncio.sleep(0)
            yield delta


def of_kind(base: Any, kind: str, declared: str | None = None) -> Any:
    """Return a model class whose provider is of a kind, and declared as one."""
    names = {"kind": kind, "provider_stop": declared or kind, "__module__": __name__}
    return type(f"{kind.title()}{base.__name__}", (base,), names)


def text_of(piece: Any) -> str:
    """Return the text of a string, a message or a chunk of either."""
    content = piece if isinstance(piece, str) else getattr(piece, "content", None)
    return content if isinstance(content, str) else str(piece.text)


async def aask(model: Any, path: str, prompt: Any, **how: Any) -> str:
    """Return the answer on an asynchronous path."""
    if path == "ainvoke":
        return text_of(await model.ainvoke(prompt, **how))
    if path == "abatch":
        return text_of((await model.abatch([prompt], **how))[0])
    if path == "astream":
        return "".join([text_of(piece) async for piece in model.astream(prompt, **how)])
    shown = [
        text_of(event["data"]["chunk"])
        async for event in model.astream_events(prompt, version="v2", **how)
        if event["event"] in {"on_llm_stream", "on_chat_model_stream"}
    ]
    return "".join(shown)


def ask(model: Any, path: str, prompt: Any = "?", **how: Any) -> str:
    """Return the answer on any path."""
    if path == "invoke":
        return text_of(model.invoke(prompt, **how))
    if path == "batch":
        return text_of(model.batch([prompt], **how)[0])
    if path == "stream":
        return "".join(map(text_of, model.stream(prompt, **how)))
    return asyncio.run(aask(model, path, prompt, **how))
