"""Whatever the prompt and the settings, all six paths give the same reply."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from langchain_llm_echo import CustomLLM
from llm_paths import PATHS


@given(
    prompt=st.text("ab\n\ud83d", max_size=8),
    n=st.none() | st.integers(0, 8),
    stop=st.none() | st.lists(st.text("ab\n", min_size=1, max_size=3), max_size=3),
    include_stop=st.booleans(),
    chunk_size=st.integers(1, 4),
)
@settings(max_examples=500, deadline=None)
def test_all_paths_agree(prompt: str, n: int | None, stop: list[str] | None, **others: Any) -> None:
    llm = CustomLLM(n=n, **others)
    replies = {name: path(llm, prompt, stop=stop) for name, path in PATHS.items()}
    assert set(replies.values()) == {llm.invoke(prompt, stop=stop)}
