"""`InhouseLLM`: a whole LangChain integration of a server that speaks a wire of its own.

The server takes `{"inputs": str, "limit": int, "halt": [str], "live": true}` at `/v2/generate`,
with the key in the header `X-Key`, and answers in JSON lines: `{"t": "piece"}`, then
`{"done": true, "why": "halt" | "limit" | "end"}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr

from langchain_model_parts import secret_field
from langchain_model_parts.http import JSON_LINES, HTTPMixin
from langchain_model_parts.text import Finish, TextLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


class InhouseLLM(HTTPMixin, TextLLM):
    """The model behind the in-house server.

    Example:
        ```python
        llm = InhouseLLM(base_url="http://localhost:8000", api_key="...")
        patient = llm.with_retry(stop_after_attempt=3)
        ```

    See https://example.com/inhouse for the server.
    """

    provider_stop = "strips"

    model_name: str = "inhouse"
    """The name to report to callbacks and tracing."""
    limit: int = Field(default=256, ge=1)
    """How many characters an answer may have; a call's own `limit` takes its place."""
    api_key: SecretStr = secret_field("INHOUSE_KEY", required=True)
    """The key, read from `INHOUSE_KEY`."""

    def request_headers(self) -> dict[str, str]:
        """Return the header that holds the key."""
        return {"X-Key": self.api_key.get_secret_value()}

    def _deltas(
        self, prompt: str, *, stop: tuple[str, ...], limit: int | None = None
    ) -> Iterator[str | Finish]:
        return self._post("v2/generate", self._body(prompt, stop, limit), JSON_LINES, self._read)

    def _adeltas(
        self, prompt: str, *, stop: tuple[str, ...], limit: int | None = None
    ) -> AsyncIterator[str | Finish]:
        return self._apost("v2/generate", self._body(prompt, stop, limit), JSON_LINES, self._read)

    def _body(self, prompt: str, stop: tuple[str, ...], limit: int | None) -> dict[str, Any]:
        limit = self.limit if limit is None else limit
        halt = {"halt": stop} if stop else {}
        return {"inputs": prompt, "limit": limit, "live": True, **halt}

    @staticmethod
    def _read(event: dict[str, Any]) -> Iterator[str | Finish]:
        if event.get("done"):
            yield Finish(event["why"], stop=event["why"] == "halt")
        else:
            yield event["t"]
