"""`CompletionsLLM`: any server with OpenAI's `/v1/completions`, as a LangChain LLM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr

from langchain_model_parts import secret_field
from langchain_model_parts.http import SERVER_SENT_EVENTS, HTTPMixin
from langchain_model_parts.text import Finish, TextLLM

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from httpx_sse import ServerSentEvent


class CompletionsLLM(HTTPMixin, TextLLM):
    """A model behind the completions endpoint that OpenAI introduced and many servers copy.

    Example:
        ```python
        llm = CompletionsLLM(base_url="http://localhost:8000/v1", model="small")
        patient = llm.with_retry(stop_after_attempt=3)
        ```

    See https://platform.openai.com/docs/api-reference/completions for what a server may take.
    """

    provider_stop = "hides"  # "stop" is also what a natural end is called

    model: str
    """The name of the model, as the server knows it."""
    temperature: float | None = Field(default=None, ge=0)
    """How much chance there is in the answer; the server's own if `None`."""
    max_tokens: int | None = Field(default=None, ge=1)
    """How many tokens the answer may have; the server's own if `None`."""
    api_key: SecretStr | None = secret_field("COMPLETIONS_API_KEY")
    """The key, where the server asks for one."""

    def request_headers(self) -> dict[str, str]:
        """Return the header that holds the key."""
        if self.api_key is None:
            return {}
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}

    def _deltas(
        self, prompt: str, *, stop: tuple[str, ...], **changed: Any
    ) -> Iterator[str | Finish]:
        body = self._body(prompt, stop, **changed)
        return self._post("completions", body, SERVER_SENT_EVENTS, self._read)

    def _adeltas(
        self, prompt: str, *, stop: tuple[str, ...], **changed: Any
    ) -> AsyncIterator[str | Finish]:
        body = self._body(prompt, stop, **changed)
        return self._apost("completions", body, SERVER_SENT_EVENTS, self._read)

    def _body(
        self,
        prompt: str,
        stop: tuple[str, ...],
        *,
        model: str | None = None,
        temperature: float | None = None,
        max_tokens: int | None = None,
    ) -> dict[str, Any]:
        settings = {
            "stop": stop or None,
            "temperature": self.temperature if temperature is None else temperature,
            "max_tokens": self.max_tokens if max_tokens is None else max_tokens,
        }
        given = {name: value for name, value in settings.items() if value is not None}
        return {"model": model or self.model, "prompt": prompt, "stream": True, **given}

    @staticmethod
    def _read(event: ServerSentEvent) -> Iterator[str | Finish]:
        if event.data == "[DONE]":
            return
        for choice in event.json()["choices"]:  # none, in a report of usage
            yield choice.get("text") or ""
            if reason := choice.get("finish_reason"):  # some servers leave out what is null
                yield Finish(reason)
