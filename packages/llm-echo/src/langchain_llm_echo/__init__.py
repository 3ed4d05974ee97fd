"""`CustomLLM`: LangChain's how-to example of a custom LLM, done right."""

from langchain_llm_echo.llms import CustomLLM
from langchain_model_parts.replies import ByPrompt, Failure

__all__ = ["ByPrompt", "CustomLLM", "Failure"]
