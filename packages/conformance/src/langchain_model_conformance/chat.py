"""The suite for chat models: what the standard chat suites leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from langchain_model_conformance._declarations import UNDECLARED
from langchain_model_conformance._suite import ConformanceSuite
from langchain_model_conformance.checks.batch import Batch
from langchain_model_conformance.checks.cache import Cache
from langchain_model_conformance.checks.calls import Calls
from langchain_model_conformance.checks.chat_streams import ChatStreams
from langchain_model_conformance.checks.concurrency import Concurrency
from langchain_model_conformance.checks.construction import Construction
from langchain_model_conformance.checks.documentation import Documentation
from langchain_model_conformance.checks.key_traces import KeyTraces
from langchain_model_conformance.checks.messages import Messages
from langchain_model_conformance.checks.paths import Paths
from langchain_model_conformance.checks.run_manager import RunManager
from langchain_model_conformance.checks.secrets import Secrets
from langchain_model_conformance.checks.stop import Stop
from langchain_model_conformance.checks.streaming import Streaming

if TYPE_CHECKING:
    from collections.abc import Mapping


class ChatModelConformanceTests(
    # pytest runs the checks of the last base first: read this from below.
    Cache,
    ChatStreams,
    Calls,
    Streaming,
    Stop,
    Messages,
    RunManager,
    Concurrency,
    Batch,
    Paths,
    KeyTraces,
    Secrets,
    Documentation,
    Construction,
    ConformanceSuite,
):
    """What langchain-tests does not look at; run it beside `ChatModelUnitTests`.

    Subclass it in a test module under a name that begins with `Test`, declare, and run pytest.
    """

    chat_model_class: Any = UNDECLARED
    """The class to check, a subclass of `BaseChatModel`; the name is langchain-tests' own."""
    chat_model_params: ClassVar[Mapping[str, Any]] = {}
    """Its constructor arguments, without the secrets: the suite passes canaries for those."""

    _base = BaseChatModel
    _class_name: ClassVar[str] = "chat_model_class"
    _params_name: ClassVar[str] = "chat_model_params"

    def _raw_prompt(self, prompt: str) -> Any:
        return [HumanMessage(prompt)]
