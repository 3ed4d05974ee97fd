"""Models that keep their key to themselves, and the controls that show it wherever they can."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import LLM, BaseChatModel
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from langchain_model_parts import SecretsMixin, secret_field
from leak_surfaces import Subject

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage


class EchoTextLLM(LLM):
    """Answers with its prompt."""

    @property
    def _llm_type(self) -> str:
        return "echo-text"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    def _call(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        del args, kwargs
        return prompt


class EchoTextChat(BaseChatModel):
    """Answers with the text of the last message."""

    @property
    def _llm_type(self) -> str:
        return "echo-text"

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return True

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        del args, kwargs
        content = messages[-1].content
        blocks = [content] if isinstance(content, str) else content
        text = "".join(b if isinstance(b, str) else b.get("text", "") for b in blocks)
        message = AIMessage(content=text)
        return ChatResult(generations=[ChatGeneration(message=message)])


class SealedLLM(SecretsMixin, EchoTextLLM):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")


class SealedChat(SecretsMixin, EchoTextChat):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")


class SealedPlain(SecretsMixin):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")


class LeakyMixin(BaseModel):
    """Keeps its key as a plain string, and quotes everything it was given in its errors."""

    api_key: str

    def __init__(self, /, **data: Any) -> None:
        data.setdefault("api_key", os.environ.get("ECHO_API_KEY"))
        data.setdefault("name", data["api_key"])
        try:
            super().__init__(**data)
        except ValidationError as error:
            kind = PydanticCustomError("leaky", f"cannot be built from {data!r}")
            details = InitErrorDetails(type=kind, input=data)
            raise ValidationError.from_exception_data(type(self).__name__, [details]) from error

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"api_key": self.api_key}

    def _get_ls_params(self, *args: Any, **kwargs: Any) -> Any:
        del args, kwargs
        return {"ls_provider": self.api_key}


class LeakyLLM(LeakyMixin, EchoTextLLM):
    def _call(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        del args, kwargs
        return prompt + self.api_key


class LeakyChat(LeakyMixin, EchoTextChat):
    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        message = AIMessage(content=f"{messages[-1].content}{self.api_key}")
        return super()._generate([message], *args, **kwargs)


class LeakyPlain(LeakyMixin):
    pass


SEALED_LLM = Subject(SealedLLM, "llm")
SEALED_CHAT = Subject(SealedChat, "chat")
SEALED_PLAIN = Subject(SealedPlain, "plain")
LEAKY_LLM = Subject(LeakyLLM, "llm")
LEAKY_CHAT = Subject(LeakyChat, "chat")
LEAKY_PLAIN = Subject(LeakyPlain, "plain")
