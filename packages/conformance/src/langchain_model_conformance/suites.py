"""The suites: what each kind of model is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.language_models import BaseChatModel, BaseLLM
from langchain_core.messages import HumanMessage

from langchain_model_conformance._declarations import UNDECLARED
from langchain_model_conformance._suite import ConformanceSuite
from langchain_model_conformance.checks.cache import Cache
from langchain_model_conformance.checks.callbacks import RunManager, StringTokenCallbacks
from langchain_model_conformance.checks.calls import Calls, StringCalls
from langchain_model_conformance.checks.composition import Composition
from langchain_model_conformance.checks.concurrency import Concurrency
from langchain_model_conformance.checks.construction import Construction
from langchain_model_conformance.checks.documentation import Documentation
from langchain_model_conformance.checks.identity import Identity
from langchain_model_conformance.checks.messages import Messages
from langchain_model_conformance.checks.paths import Paths, StringPaths
from langchain_model_conformance.checks.secrets import Secrets
from langchain_model_conformance.checks.stop import Stop
from langchain_model_conformance.checks.streaming import Streaming, StringStreaming

if TYPE_CHECKING:
    from collections.abc import Mapping

# pytest runs the checks of the last base first: read the bases from below.


class LLMConformanceTests(
    Composition,
    Cache,
    StringCalls,
    StringStreaming,
    Stop,
    StringTokenCallbacks,
    Concurrency,
    StringPaths,
    Paths,
    Secrets,
    Identity,
    Documentation,
    Construction,
    ConformanceSuite,
):
    """LangChain's contributing checklist for a string LLM.

    Subclass it in a test module under a name that begins with `Test`, declare, and run pytest.
    """

    llm_class: Any = UNDECLARED
    """The class to check, a subclass of `BaseLLM`."""
    llm_params: ClassVar[Mapping[str, Any]] = {}
    """Its constructor arguments, without the secrets: the suite passes canaries for those."""

    _base = BaseLLM
    _class_name: ClassVar[str] = "llm_class"
    _params_name: ClassVar[str] = "llm_params"


class ChatModelConformanceTests(
    Cache,
    Calls,
    Streaming,
    Stop,
    Messages,
    RunManager,
    Concurrency,
    Paths,
    Secrets,
    Documentation,
    Construction,
    ConformanceSuite,
):
    """What langchain-tests does not look at of a chat model; run it beside `ChatModelUnitTests`."""

    chat_model_class: Any = UNDECLARED
    """The class to check, a subclass of `BaseChatModel`; the name is langchain-tests' own."""
    chat_model_params: ClassVar[Mapping[str, Any]] = {}
    """Its constructor arguments, without the secrets: the suite passes canaries for those."""

    _base = BaseChatModel
    _class_name: ClassVar[str] = "chat_model_class"
    _params_name: ClassVar[str] = "chat_model_params"

    def _raw_prompt(self, prompt: str) -> Any:
        return [HumanMessage(prompt)]
