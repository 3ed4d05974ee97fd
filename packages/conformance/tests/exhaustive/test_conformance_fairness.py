"""What is fine is not held against an author, whatever it looks like."""

from __future__ import annotations

import functools
import os
import socket
import sys
import threading
import types
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.language_models import LLM
from langchain_core.load import dumpd
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import AliasChoices, ConfigDict, Field, PrivateAttr, SecretStr
from pytest_socket import SocketBlockedError

from conformance_driver import Outcome, run_suite
from healthy_chat import HealthyChat
from healthy_llm import HealthyLLM, key_from_environment
from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests
from langchain_model_conformance.checks import concurrency
from planted import DECLARED, Defect, suite_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.messages import BaseMessage


def outcome_of(model: type[LLM], **declared: Any) -> Outcome:
    """Return what the suite for string LLMs says."""
    return run_suite(suite_for(LLMConformanceTests, "llm", Defect(model, frozenset(), declared)))


class FixedLLM(HealthyLLM):
    """A model with one answer, see https://example.com/api.

    >>> FixedLLM(answer="yes").invoke("Is it?")
    'yes'
    """

    answer: str = "yes"
    """The answer."""

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        super().reply(prompt, None)
        return super().reply(self.answer, stop)

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {**super()._identifying_params, "answer": self.answer}


def other_key() -> SecretStr | None:
    """Return the other key that the environment holds now."""
    key = os.environ.get("OTHER_KEY")
    return SecretStr(key) if key else None


class AliasedLLM(HealthyLLM):
    """A model whose key has another name outside, see https://example.com/api.

    >>> AliasedLLM(n=5, key=None).invoke("This is a foobar thing")
    'This '

    Args:
        key: The key.
    """

    model_config = ConfigDict(populate_by_name=True)

    inner_key: SecretStr | None = Field(default_factory=other_key, alias="key")

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return False


class BlockChat(HealthyChat):
    """A chat model that answers in content blocks, see https://example.com/api.

    Example:

        .. code-block:: python

            model = BlockChat(n=5)
            await model.ainvoke("This is a foobar thing")

    """

    def _generate(self, messages: Any, stop: Any = None, *_: Any, **__: Any) -> ChatResult:
        message = AIMessage(content=[{"type": "text", "text": self.reply(messages, stop)}])
        return ChatResult(generations=[ChatGeneration(message=message)])

    def chunks(
        self, messages: list[BaseMessage], stop: list[str] | None
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in super().chunks(messages, stop):
            block = {"type": "text", "text": str(chunk.message.content), "index": 0}
            yield ChatGenerationChunk(message=AIMessageChunk(content=[block]))


DOCS = [
    pytest.param(
        """Doc.

        https://example.com/api

        ```python
        model = DocumentedLLM(n=5)
        assert await model.ainvoke("hello") == "hello"
        ```

        Args:
            top_k: How many to take.
        """,
        id="fence that awaits, Args section",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        Example:
            ```python
            import types

            here = types.SimpleNamespace(DocumentedLLM=DocumentedLLM)
            here.DocumentedLLM(n=5)
            ```

        * `top_k` (int): How many to take.
        """,
        id="indented fence, attribute, list of arguments",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        .. code-block:: python

            DocumentedLLM(n=5).invoke("hello")

        top_k: How many to take.
        """,
        id="directive",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        Example:
            ```python
            model = DocumentedLLM(n=5)
            ```

        Streaming:

        ```python
        assert __name__ == "docstring_example"
        for chunk in model.stream("hello"):
            assert len(chunk) <= 5
        ```

        .. code-block:: python

            assert model.invoke("hello") == "hello"

        top_k: How many to take.
        """,
        id="one example in three forms, from top to bottom",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        .. code-block:: python

            model = DocumentedLLM(n=5)

        ```python
        assert model.invoke("hello") == "hello"
        ```

        top_k: How many to take.
        """,
        id="directive above a fence",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        ```python
        >>> DocumentedLLM(n=2).invoke("hello")
        'he'
        ```

        :param int top_k: How many to take.
        """,
        id="prompts in a fence, param",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        ```python
        DocumentedLLM.model_validate({"n": 5})
        ```

        :param top_k: How many to take.
        """,
        id="class method",
    ),
]


@pytest.mark.parametrize("doc", DOCS)
def test_documentation_in_any_usual_form_is_seen(doc: str) -> None:
    members = {
        "__doc__": doc,
        "__module__": __name__,
        "__annotations__": {"top_k": int},
        "top_k": 3,
    }
    model = type("DocumentedLLM", (HealthyLLM,), members)

    assert outcome_of(model).failed == {}


def fixed(answer: str) -> Outcome:
    """Return the outcome for a model that always gives `answer`."""
    return outcome_of(
        FixedLLM,
        llm_params={"answer": answer},
        distinguishing_params={"answer": "no"},
        empty_prompt=None,
        expected_completion=lambda _, __: answer,
    )


@pytest.mark.parametrize("answer", ["ok", "aaaaXaaa", "aaaaX.aaa\u2603"])
def test_short_or_uniform_answer_is_no_failure(answer: str) -> None:
    outcome = fixed(answer)

    assert outcome.failed == {}
    assert "the answer is too short, or too uniform, to be cut" in outcome.skipped.values()


def test_answer_that_repeats_itself_is_cut_where_it_does_not() -> None:
    outcome = fixed("abcdabcdXYZefgh")

    assert outcome.failed == {}
    assert "stop_overlapping[stream]" in outcome.passed


def test_short_answer_need_not_come_in_several_chunks() -> None:
    skipped = fixed("ok").skipped

    assert skipped["several_chunks[stream]"] == "the answer is shorter than 20 characters"


def test_two_chunks_are_several() -> None:
    outcome = outcome_of(HealthyLLM, llm_params={"n": 1000, "chunk_size": 40})

    assert {"several_chunks[stream]", "several_chunks[astream]"} <= set(outcome.passed)


def test_secret_with_an_alias_is_found_under_its_field() -> None:
    outcome = outcome_of(
        AliasedLLM, secret_params={**DECLARED["secret_params"], "key": "OTHER_KEY"}
    )

    assert outcome.failed == {}
    assert "secret_types" in outcome.passed


class ChoosyLLM(HealthyLLM):
    """A model whose key has several names outside, see https://example.com/api.

    >>> ChoosyLLM(n=5, key=None).invoke("This is a foobar thing")
    'This '

    :param svc_key: The key.
    """

    inner_key: SecretStr | None = Field(
        default_factory=other_key, validation_alias=AliasChoices("key", "svc_key")
    )

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return False


def test_secret_with_a_choice_of_aliases_is_found_under_its_field() -> None:
    outcome = outcome_of(ChoosyLLM, secret_params={**DECLARED["secret_params"], "key": "OTHER_KEY"})

    assert outcome.failed == {}
    assert "secret_types" in outcome.passed


def test_secret_with_an_alias_is_no_argument_that_might_distinguish() -> None:
    class KeyOnlyLLM(LLM):
        svc_key: SecretStr | None = Field(default=None, alias="key")

        _call = HealthyLLM._call
        _llm_type = HealthyLLM._llm_type

    outcome = outcome_of(KeyOnlyLLM, secret_params={"key": "KEY"}, distinguishing_params={})

    assert "distinguishing_params_declared" in outcome.passed


class Chunks:
    """An asynchronous iterator that is no generator."""

    def __init__(self, chunks: Iterator[Any]) -> None:
        self.chunks = chunks

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self.chunks)
        except StopIteration:
            raise StopAsyncIteration from None


class NoGeneratorLLM(HealthyLLM):
    """A model that streams from iterators of other kinds, see https://example.com/api.

    >>> NoGeneratorLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    def _stream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Any:
        def told(chunk: Any) -> Any:
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            return chunk

        return map(told, self.chunks(prompt, stop))

    def _astream(
        self, prompt: str, stop: list[str] | None = None, run_manager: Any = None, **_: Any
    ) -> Any:
        return Chunks(self._stream(prompt, stop, run_manager and run_manager.get_sync()))


def turns_of_threads() -> list[float]:
    """Return how long a thread's turn may be in each call that `threads` makes from a thread."""
    turns: list[float] = []

    class CountingLLM(HealthyLLM):
        def _call(self, prompt: str, stop: list[str] | None = None, *_: Any, **__: Any) -> str:
            if threading.current_thread() is not threading.main_thread():
                turns.append(sys.getswitchinterval())
            return self.reply(prompt, stop)

    suite: Any = suite_for(LLMConformanceTests, "llm", Defect(CountingLLM, frozenset()))
    suite().test_threads(path="invoke")
    return turns


def test_threads_ask_in_short_turns_and_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "PATIENCE", 60)
    usual = sys.getswitchinterval()
    turns = turns_of_threads()

    assert len(turns) == concurrency.CALLERS * concurrency.ROUNDS
    assert max(turns) < usual / 100
    assert sys.getswitchinterval() == usual


def test_slow_model_is_not_asked_all_that_often_by_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(concurrency, "PATIENCE", 0)

    assert len(turns_of_threads()) == concurrency.CALLERS


def test_stream_need_not_be_a_generator() -> None:
    outcome = outcome_of(NoGeneratorLLM)

    assert outcome.failed == {}
    assert {"early_close[stream]", "early_close[astream]"} <= set(outcome.passed)


class AsyncStreamLLM(HealthyLLM):
    """A model that streams in the asynchronous way only, see https://example.com/api.

    >>> AsyncStreamLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    _stream = LLM._stream


def test_stream_of_one_kind_is_judged() -> None:
    outcome = outcome_of(AsyncStreamLLM)

    assert outcome.failed == {}
    assert "several_chunks[astream]" in outcome.passed
    assert outcome.skipped["several_chunks[stream]"] == "AsyncStreamLLM does not implement _stream"


class RoundInCirclesLLM(HealthyLLM):
    """A model whose error is its own cause, see https://example.com/api.

    >>> RoundInCirclesLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        try:
            return super().reply(prompt, stop)
        except ValueError as error:
            raise error from error


def test_error_that_is_its_own_cause_is_read_once() -> None:
    assert outcome_of(RoundInCirclesLLM).failed == {}


def test_chat_model_that_answers_in_content_blocks_passes() -> None:
    suite = suite_for(ChatModelConformanceTests, "chat_model", Defect(BlockChat, frozenset()))

    assert run_suite(suite).failed == {}


class ClientLLM(HealthyLLM):
    """A model that keeps a client, see https://example.com/api.

    >>> ClientLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    client: Any = Field(default=None, exclude=True)


def test_field_that_is_kept_out_of_dumps_is_no_argument_to_document() -> None:
    assert outcome_of(ClientLLM).failed == {}


def test_secret_declared_and_passed_as_none_gets_a_canary() -> None:
    assert outcome_of(HealthyLLM, llm_params={"n": 1000, "api_key": None}).failed == {}


def test_class_that_cannot_be_imported_is_not_asked_to_be_pickled() -> None:
    class LocalLLM(HealthyLLM):
        """A model of one function only, see https://example.com/api.

        >>> LocalLLM(n=5).invoke("This is a foobar thing")
        'This '
        """

    outcome = outcome_of(LocalLLM)
    local = f"{LocalLLM.__qualname__} cannot be imported by its name"

    assert outcome.failed == {}
    assert outcome.skipped["pickle"] == outcome.skipped["dumps_round_trip"] == local


UNREACHABLE = [
    pytest.param(
        """Doc, see https://example.com/api.

        >>> ServiceLLM(n=5).connect()
        'connected'
        """,
        id="doctest",
    ),
    pytest.param(
        """Doc, see https://example.com/api.

        ```python
        ServiceLLM(n=5).connect()
        ```
        """,
        id="fence",
    ),
]
ERRORS = [
    pytest.param(ConnectionRefusedError, id="refused"),
    pytest.param(socket.gaierror, id="no such name"),
    pytest.param(TimeoutError, id="timeout"),
    pytest.param(SocketBlockedError, id="blocked"),
]


@pytest.mark.filterwarnings("ignore:A test tried to use")  # what pytest-socket says beside raising
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("doc", UNREACHABLE)
def test_example_that_reaches_no_service_is_no_wrong_example(
    doc: str, error: type[Exception]
) -> None:
    def connect(_: Any) -> str:
        try:
            raise error  # noqa: TRY301  # as a client's socket does
        except Exception as cause:
            raise ValueError("could not ask the service") from cause

    model = type("ServiceLLM", (HealthyLLM,), {"__doc__": doc, "connect": connect})
    skipped = outcome_of(model).skipped

    assert skipped["docstring_example_runs"] == (
        "the example calls a service that cannot be reached from here"
    )


class PathNamedLLM(HealthyLLM):
    """A model whose provider names it by a path, see https://example.com/api.

    >>> PathNamedLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    model_name: str = "publishers/nobody/models/healthy-1"
    """The model's path."""

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        return {**super()._get_ls_params(stop=stop, **kwargs), "ls_model_name": "healthy-1"}


def test_model_name_without_its_path_is_the_same_name() -> None:
    assert outcome_of(PathNamedLLM).failed == {}


class ClientKeyLLM(HealthyLLM):
    """A model that hands its key to a client, see https://example.com/api.

    >>> ClientKeyLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    def __init__(self, *, service_token: str | None = None, **given: Any) -> None:
        """Make a client.

        Args:
            service_token: What the client is given.
            given: The fields.
        """
        del service_token
        super().__init__(**given)


def test_key_that_no_field_holds_is_not_looked_for_in_fields() -> None:
    outcome = outcome_of(
        ClientKeyLLM, secret_params={**DECLARED["secret_params"], "service_token": "SERVICE_TOKEN"}
    )
    unseen = "service_token is no field of the model: how it is kept cannot be seen"

    assert outcome.failed == {}
    assert outcome.skipped["secret_types"] == outcome.skipped["init_from_env"] == unseen


class TwoNamesLLM(HealthyLLM):
    """A model whose key fills an inherited field as well, see https://example.com/api.

    >>> TwoNamesLLM(n=5, key=None).invoke("This is a foobar thing")
    'This '

    Args:
        key: The key.
    """

    inherited_key: SecretStr | None = Field(default=None, alias="key")
    own_key: SecretStr | None = Field(default_factory=other_key, alias="key")

    @classmethod
    def is_lc_serializable(cls) -> bool:
        return False


def test_argument_that_fills_two_fields_may_be_read_from_the_environment_by_one() -> None:
    secrets = {**DECLARED["secret_params"], "key": "OTHER_KEY"}

    assert outcome_of(TwoNamesLLM, secret_params=secrets).failed == {}


class DescribedByTheMainThreadLLM(HealthyLLM):
    """A model that meets core's race whenever it can, see https://example.com/api.

    >>> DescribedByTheMainThreadLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    @functools.cached_property
    def _serialized(self) -> dict[str, Any]:
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("dictionary changed size during iteration")
        return dict(dumpd(self))


def test_race_of_core_is_not_held_against_a_model() -> None:
    assert outcome_of(DescribedByTheMainThreadLLM).failed == {}


def test_field_of_another_distributions_class_is_not_held_against_a_subclass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with `openai_api_key` in the classes of providers that copy OpenAI's API."""
    elsewhere = types.ModuleType("other_distribution")
    elsewhere.__file__ = "/venv/lib/python3/site-packages/other_distribution/__init__.py"
    monkeypatch.setitem(sys.modules, "other_distribution", elsewhere)
    members = {
        "__module__": "other_distribution.llms",
        "__doc__": HealthyLLM.__doc__,
        "__annotations__": {"other_api_key": SecretStr | None, "top_k": int},
        "other_api_key": None,
        "top_k": 3,
    }
    base: Any = type("OtherLLM", (HealthyLLM,), members)
    doc = "See https://example.com/api.\n\n>>> OwnLLM(n=2).invoke('hello')\n'he'\n"
    own: Any = type("OwnLLM", (base,), {"__doc__": doc, "__module__": __name__})
    declared = {**DECLARED["secret_params"], "other_api_key": "OTHER_KEY"}

    assert "secrets_declared" in outcome_of(base).failed
    assert "init_args_documented" in outcome_of(base).failed
    assert "init_from_env" in outcome_of(base, secret_params=declared).failed
    assert outcome_of(own).failed == {}
    assert outcome_of(own, secret_params=declared).failed == {}
    foreign = outcome_of(own, secret_params={"other_api_key": "OTHER_KEY"}).skipped
    assert foreign["init_from_env"] == "another distribution declares the secret's field"


class Client:
    """What a service's package offers."""

    def __init__(self, key: str) -> None:
        self.__headers = {"headers": [("Authorization", f"Bearer {key}".encode())]}
        self.itself = self


class ClientKeepsItsKeyLLM(HealthyLLM):
    """A model that leaves its key to a client, see https://example.com/api.

    >>> ClientKeepsItsKeyLLM(n=5).invoke("This is a foobar thing")
    'This '
    """

    api_key: SecretStr | None = Field(default=None, description="The key.")
    _client: Any = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        key = self.api_key or key_from_environment()
        self._client = Client(key.get_secret_value() if key else "")


def test_key_that_a_client_takes_from_the_environment_is_read_from_there() -> None:
    outcome = outcome_of(ClientKeepsItsKeyLLM)

    assert "init_from_env" in outcome.passed


@pytest.mark.parametrize(
    "call",
    ["socket.create_connection(('198.51.100.7', 443), 9)", "socket.getaddrinfo('example.com', 1)"],
    ids=["an address", "a name"],
)
def test_example_opens_no_connection_even_where_it_hides_the_refusal(call: str) -> None:
    doc = f"""See https://example.com/api.

    ```python
    import socket
    model = HidingLLM(n=5)
    try:
        {call}
    except OSError:
        model = None
    model.invoke("This is a foobar thing")
    ```
    """
    model: Any = type("HidingLLM", (HealthyLLM,), {"__doc__": doc, "__module__": __name__})

    assert outcome_of(model).skipped["docstring_example_runs"] == (
        "the example calls a service that cannot be reached from here"
    )


def test_wrong_declaration_is_named_as_a_possible_culprit() -> None:
    told = {
        "expected_completion": outcome_of(HealthyLLM, expected_completion=lambda _, __: "no"),
        "empty_prompt": outcome_of(HealthyLLM, empty_prompt="something"),
        "error_prompt": outcome_of(HealthyLLM, error_prompt="something"),
    }
    reported = {name: outcome.failed_ids() for name, outcome in told.items()}

    assert reported == {
        "expected_completion": {"same_text_on_every_path"},
        "empty_prompt": {"empty_answer"},
        "error_prompt": {"error_reported_once"},
    }
    for name, outcome in told.items():
        (message, *_) = outcome.failed.values()
        assert f"If the model is right, correct {name}." in message


class ConfusedLLM(HealthyLLM):
    """A model with an error where none is expected, see https://example.com/api.

    >>> ConfusedLLM(n=5).n
    5
    """

    def get_num_tokens(self, text: str) -> int:
        raise LookupError(text)


def test_exception_that_no_check_expects_has_a_mend_of_its_own() -> None:
    failed = outcome_of(ConfusedLLM).failed

    assert list(failed) == ["custom_token_ids"]
    assert "Make the same call by hand" in failed["custom_token_ids"]


def test_helper_on_the_class_is_no_declaration() -> None:
    assert outcome_of(HealthyLLM, server=object(), models=3).failed == {}
