"""LangChain's contributing checklist, executable: subclass, declare, run pytest."""

from langchain_model_conformance._check import Check, Level, checks_of
from langchain_model_conformance._diagnosis import ConformanceFailure, DeclarationFailure
from langchain_model_conformance.suites import ChatModelConformanceTests, LLMConformanceTests

__all__ = [
    "ChatModelConformanceTests",
    "Check",
    "ConformanceFailure",
    "DeclarationFailure",
    "LLMConformanceTests",
    "Level",
    "checks_of",
]
