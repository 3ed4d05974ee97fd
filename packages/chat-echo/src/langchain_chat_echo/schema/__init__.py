"""The arguments that an echo gives a tool: a text cast into a JSON schema."""

from langchain_chat_echo.schema.errors import UnsatisfiableSchemaError
from langchain_chat_echo.schema.search import TYPES, echo_value

__all__ = ["TYPES", "UnsatisfiableSchemaError", "echo_value"]
