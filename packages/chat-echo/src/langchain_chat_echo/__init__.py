"""`ChatEcho`: an offline chat model that echoes, calls tools and gives structured output."""

from langchain_chat_echo.arguments import echo_value
from langchain_chat_echo.chat_models import ChatEcho
from langchain_chat_echo.json_schema import UnsatisfiableSchemaError

__all__ = ["ChatEcho", "UnsatisfiableSchemaError", "echo_value"]
