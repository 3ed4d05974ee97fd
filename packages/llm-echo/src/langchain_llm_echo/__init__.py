"""`CustomLLM`: LangChain's how-to example of a custom LLM, done right."""

from langchain_llm_echo.llms import CustomLLM

__all__ = ["CustomLLM"]
