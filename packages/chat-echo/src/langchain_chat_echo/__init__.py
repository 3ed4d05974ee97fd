"""`ChatEcho`: an offline chat model that echoes, calls tools and gives structured output."""

from langchain_chat_echo.chat_models import ChatEcho
from langchain_chat_echo.entries import CallTool
from langchain_chat_echo.schema import UnsatisfiableSchemaError, echo_value
from langchain_model_parts.replies import ByPrompt, ByTurn, Failure

__all__ = [
    "ByPrompt",
    "ByTurn",
    "CallTool",
    "ChatEcho",
    "Failure",
    "UnsatisfiableSchemaError",
    "echo_value",
]
