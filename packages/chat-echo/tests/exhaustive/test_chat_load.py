"""Many streams at once do not disturb each other."""

from __future__ import annotations

import asyncio

from langchain_chat_echo import ChatEcho


def test_a_thousand_concurrent_streams_are_all_right() -> None:
    async def collect(text: str) -> str:
        model = ChatEcho(sleep=0, chunk_size=3)
        return "".join([str(chunk.content) async for chunk in model.astream(text)])

    async def main() -> list[str]:
        return await asyncio.gather(*(collect(f"prompt {number}") for number in range(1_000)))

    assert asyncio.run(main()) == [f"prompt {number}" for number in range(1_000)]
