"""A bad declaration is one clear failure that says what to write."""

from __future__ import annotations

import os
import re
from collections import UserDict
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.language_models import LLM, BaseLLM
from pydantic import ConfigDict, SecretStr

from conformance_driver import Outcome, run_suite
from healthy_chat import HealthyChat
from healthy_llm import HealthyLLM
from langchain_model_conformance import ChatModelConformanceTests, LLMConformanceTests, checks_of
from planted import DECLARED

GOOD: dict[str, Any] = {**DECLARED, "llm_class": HealthyLLM, "llm_params": {"n": 1000}}
MISSING = object()
KEYED = re.compile("init|secret|docstring_example")


class WithoutCall(LLM):
    """A class that is not finished."""

    @property
    def _llm_type(self) -> str:
        return "unfinished"


class PickyLLM(HealthyLLM):
    """A class whose constructor refuses in its own words."""

    def __init__(self, **given: Any) -> None:
        if given.get("n") == 7:
            raise RuntimeError("n must not be 7")
        super().__init__(**given)


def judged(*only: str, **declared: Any) -> Outcome:
    """Return the outcome of some checks, or all, with declarations changed, or MISSING."""
    members = {name: value for name, value in {**GOOD, **declared}.items() if value is not MISSING}
    return run_suite(type("TestDeclared", (LLMConformanceTests,), members), *only)


BAD = [
    pytest.param({"llm_class": MISSING}, "llm_class is missing: write llm_class", id="no class"),
    pytest.param({"llm_class": HealthyChat}, "must be a subclass of BaseLLM", id="chat class"),
    pytest.param({"llm_class": HealthyLLM()}, "name the class itself", id="an instance"),
    pytest.param({"llm_class": WithoutCall}, "is abstract: implement _call", id="abstract"),
    pytest.param(
        {"stop_policy": MISSING},
        'stop_policy is missing: write one of "include", "exclude", "unsupported"',
        id="no policy",
    ),
    pytest.param(
        {"stop_policy": "sometimes"},
        'must be one of "include", "exclude", "unsupported", got \'sometimes\'',
        id="unknown policy",
    ),
    pytest.param({"llm_params": ["n"]}, 'got list: write {"n": 1000}', id="params no mapping"),
    pytest.param(
        {"secret_params": {"api_key": ""}},
        'environment variables, got dict: write {"api_key": "ECHO_API_KEY"}',
        id="no variable",
    ),
    pytest.param(
        {"secret_params": {"password": "PASSWORD"}},
        "secret_params names 'password', no argument of HealthyLLM.",
        id="unknown secret",
    ),
    pytest.param(
        {"llm_params": {"chunksize": 3}},
        "llm_params names 'chunksize', no argument of HealthyLLM: write 'chunk_size'.",
        id="misspelt argument",
    ),
    pytest.param(
        {"distinguishing_params": {"n": 1000}},
        "distinguishing_params['n'] is the value that llm_params has: write another one",
        id="same value",
    ),
    pytest.param(
        {"llm_params": {}, "distinguishing_params": {"n": 1000}},
        "distinguishing_params['n'] is the value it has by default: write another one",
        id="default value",
    ),
    pytest.param({"empty_prompt": 0}, "empty_prompt must be a str or None, got 0", id="prompt"),
    pytest.param(
        {"default_stop_param": 3},
        'default_stop_param must name an argument, got 3: write "stop"',
        id="stop parameter no name",
    ),
    pytest.param(
        {"expected_completion": lambda _, __: 3},
        "must return the exact text or None, got 3",
        id="completion of another type",
    ),
    pytest.param(
        {"expected_completion": lambda _: "text"},
        "expected_completion(self, prompt) must return the exact text or None",
        id="completion without prompt",
    ),
    pytest.param(
        {"expected_failures": {"stop_respect": "late"}},
        "expected_failures names 'stop_respect', which is no check: write 'stop_respected'.",
        id="unknown check",
    ),
    pytest.param(
        {"expected_failures": {"save[yaml]": "late"}},
        "names 'save[yaml]', which is no check",
        id="unknown case",
    ),
    pytest.param(
        {"test_save": None, "expected_failures": {"save": "late"}},
        "expected_failures names 'save', which this class replaces: delete the entry.",
        id="replaced check",
    ),
    pytest.param(
        {"expected_failures": {"save": ""}},
        "must map check ids to reasons, got {'save': ''}: write",
        id="no reason",
    ),
    pytest.param(
        {"expected_failures": ["save"]},
        'must map check ids to reasons, got [\'save\']: write {"stop_respected": "why"}',
        id="failures no mapping",
    ),
    pytest.param(
        {"stop_polcy": "include"},
        "stop_polcy is no declaration: write 'stop_policy'.",
        id="misspelt attribute",
    ),
    pytest.param(
        {"expected_completions": lambda _, __: ""},
        "expected_completions is no declaration: write 'expected_completion'.",
        id="misspelt method",
    ),
    pytest.param(
        {"llm_params": {"n": "many"}},
        "HealthyLLM refuses llm_params (given: api_key, n): n: Input should be a valid integer",
        id="refused params",
    ),
    pytest.param(
        {"llm_params": {"n": "many", "chunk_size": "few"}},
        "as an integer. chunk_size: Input should be a valid integer",
        id="two refused params",
    ),
    pytest.param(
        {"llm_class": PickyLLM, "distinguishing_params": {"n": 7}},
        "refuses distinguishing_params['n'] (given: api_key, n): RuntimeError: n must not be 7.",
        id="refused distinguishing param",
    ),
]


@pytest.mark.parametrize(("declared", "says"), BAD)
def test_bad_declaration_is_one_failure_that_says_what_to_write(
    declared: dict[str, Any], says: str
) -> None:
    outcome = judged(**declared)

    assert list(outcome.failed) == ["declarations"]
    assert says in outcome.failed["declarations"]
    assert outcome.passed == []
    assert set(outcome.skipped.values()) == {
        "the declarations of TestDeclared must be mended first"
    }


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = {"stop_policy": "maybe", "empty_prompt": 1, "stop_polcy": "", "llm_params": {"n": ""}}
    message = judged(**wrong).failed["declarations"]

    assert message.count("\n  * ") == 4


def test_refusal_does_not_quote_a_secret() -> None:
    message = judged(llm_params={"n": "many", "api_key": "hunter2hunter2hunter2"}).failed

    assert "hunter2" not in message["declarations"]


KEY = "REAL-SECRET-KEY-123456"


class QuotingLLM(HealthyLLM):
    """A class whose constructor quotes its key."""

    def __init__(self, **given: Any) -> None:
        raise ValueError(f"bad key {given['api_key']}")


class QuotingWhenAskedLLM(HealthyLLM):
    """A class that quotes its key where the suite shows it.

    >>> QuotingWhenAskedLLM(api_key="wrong").reply("What?", None)
    """

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        key = os.environ.get("HEALTHY_API_KEY")
        raise ValueError(f"401 for Bearer {key}: {prompt}, {stop}")

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"key": self.api_key.get_secret_value() if self.api_key else ""}


@pytest.mark.parametrize(
    "declared",
    [
        {"llm_class": QuotingLLM, "llm_params": {"api_key": KEY}},
        {"llm_class": QuotingWhenAskedLLM, "llm_params": {"api_key": SecretStr(KEY)}},
        {"llm_class": SimpleNamespace(api_key=KEY)},
    ],
    ids=["by the constructor", "by checks", "by an instance"],
)
def test_no_failure_quotes_a_given_secret(declared: dict[str, Any]) -> None:
    failures = judged(**declared).failed

    assert failures
    assert KEY[:8] not in "".join(failures.values())


def test_argument_called_nearly_like_a_field_is_no_misspelling_where_any_is_allowed() -> None:
    class OpenLLM(HealthyLLM):
        model_config = ConfigDict(extra="allow")
        top_k: int = 3

    class ClosedLLM(HealthyLLM):
        top_k: int = 3

    params = {"top_p": 0.5, "max_token": 3}

    for model, given in ((OpenLLM, params), (ClosedLLM, {"top_p": 0.5})):
        outcome = judged("declarations", llm_class=model, llm_params=given)

        assert outcome.passed == ["declarations"]


class Headers(UserDict[str, str]):
    """A mapping of a type of its own."""


def test_mapping_of_another_type_is_passed_as_it_is() -> None:
    class HeadersLLM(HealthyLLM):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        headers: Headers

    outcome = judged(
        "declarations", "init", llm_class=HeadersLLM, llm_params={"headers": Headers(a="b")}
    )

    assert outcome.passed == ["declarations", "init"]


def test_argument_that_only_a_constructor_names_wants_to_be_declared() -> None:
    class PrefixLLM(LLM):
        def __init__(self, *, prefix: str = "", **given: Any) -> None:
            super().__init__(**given)
            self._prefix = prefix

        _call = HealthyLLM._call
        _llm_type = HealthyLLM._llm_type

    failed = judged(
        llm_class=PrefixLLM, llm_params={}, secret_params={}, distinguishing_params={}
    ).failed

    assert "the arguments ['prefix']" in failed["distinguishing_params_declared"]


def test_helpers_and_properties_of_the_user_are_no_declarations() -> None:
    class TestWithHelpers(LLMConformanceTests):
        llm_class = HealthyLLM
        stop_policy = "include"
        distinguishing_params = {"n": 3}  # noqa: RUF012  # as users write it
        secret_params = {"api_key": "HEALTHY_API_KEY"}  # noqa: RUF012  # as users write it
        pytestmark = ()

        @property
        def llm_params(self) -> dict[str, Any]:  # type: ignore[override]  # as langchain-tests has it
            return {"n": 1000}

        def answer_for(self, prompt: str) -> str:
            return prompt[:1000]

        def expected_completion(self, prompt: str) -> str:
            return self.answer_for(prompt)

    assert run_suite(TestWithHelpers, "declarations", "init").passed == ["declarations", "init"]


def test_attributes_of_another_suite_that_is_mixed_in_are_no_declarations() -> None:
    class OtherSuite:
        supports_images = False

    class TestBoth(LLMConformanceTests, OtherSuite):
        supports_images = True

    for name, value in GOOD.items():
        setattr(TestBoth, name, value)

    assert run_suite(TestBoth, "declarations").passed == ["declarations"]


@pytest.mark.parametrize("key", ["a-key-of-the-users", SecretStr("a-key-of-the-users")])
def test_given_secret_is_used_instead_of_a_canary(key: str | SecretStr) -> None:
    with_keys = [about.id for about in checks_of(LLMConformanceTests) if KEYED.match(about.id)]
    outcome = judged(*with_keys, llm_params={"n": 1000, "api_key": key})

    assert outcome.failed == {}
    assert {name.partition("[")[0] for name in outcome.passed} == set(with_keys)


def test_chat_suite_reads_declarations_under_its_own_names() -> None:
    class TestChat(ChatModelConformanceTests):
        stop_policy = "include"

    assert "chat_model_class is missing" in run_suite(TestChat).failed["declarations"]


def test_argument_that_a_class_collects_under_another_name_is_accepted() -> None:
    class TestCollected(LLMConformanceTests):
        llm_class = HealthyLLM
        llm_params = {"anything_else": 1}  # noqa: RUF012  # as users write it
        stop_policy = "include"
        distinguishing_params = {"n": 3}  # noqa: RUF012  # as users write it
        secret_params = {"api_key": "HEALTHY_API_KEY"}  # noqa: RUF012  # as users write it

    assert run_suite(TestCollected, "declarations").passed == ["declarations"]


def test_base_class_is_what_llm_class_must_derive_from() -> None:
    assert LLMConformanceTests._base is BaseLLM
