"""Tokens: counting them as the user says."""

from __future__ import annotations

from langchain_model_conformance._check import Level, check
from langchain_model_conformance._diagnosis import found
from langchain_model_conformance._suite import ConformanceSuite


class Tokens(ConformanceSuite):
    """`get_num_tokens` is what text splitters and context limits rely on."""

    @check(
        Level.SHOULD,
        says="get_num_tokens honours custom_get_token_ids.",
        mend="In get_num_tokens and get_token_ids ask super() when custom_get_token_ids is set.",
    )
    def test_custom_token_ids(self) -> None:
        model = self._new(custom_get_token_ids=lambda _: [7, 8, 9])
        ids, number = model.get_token_ids("some text"), model.get_num_tokens("some text")
        if ids != [7, 8, 9] or number != 3:  # noqa: PLR2004  # the length of that list
            found(f"token ids {ids}, {number} tokens", "[7, 8, 9], 3 tokens")
