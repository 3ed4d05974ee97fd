"""The suite's own parts: what judges others has to be right itself."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import inspect
import itertools
import os
import re
import socket
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

import langsmith.utils
import pytest
from langchain_core.tracers.context import _tracing_v2_is_enabled

from healthy_llm import HealthyLLM
from langchain_model_conformance import (
    ChatModelConformanceTests,
    Check,
    ConformanceFailure,
    Level,
    LLMConformanceTests,
    _loop,
    checks_of,
)
from langchain_model_conformance._check import SIX, check_of
from langchain_model_conformance._declarations import DECLARATIONS
from langchain_model_conformance._diagnosis import (
    all_errors,
    describe_error,
    not_applicable,
    shown,
)
from langchain_model_conformance._fields import fresh, held, owner
from langchain_model_conformance._isolation import environment, isolated, no_network
from langchain_model_conformance._leaks import canary, censored, leaks
from langchain_model_conformance._oracle import cut
from langchain_model_conformance._recording import Event, Recorder, RecordingCache
from planted import DECLARED

if TYPE_CHECKING:
    from collections.abc import Callable

CUTS = [
    pytest.param("hello", [], "hello", "hello", id="no stop"),
    pytest.param("hello", ["x"], "hello", "hello", id="absent"),
    pytest.param("hello", ["l"], "hel", "he", id="first occurrence"),
    pytest.param("hello", ["o", "e"], "he", "h", id="earliest, not first listed"),
    pytest.param("abcd", ["abcd", "bc"], "abc", "a", id="completed first"),
    pytest.param("xab", ["b", "ab"], "xab", "x", id="longest of a tie"),
    pytest.param("h.llo", [".l"], "h.l", "h", id="literal"),
    pytest.param("hello", ["h"], "h", "", id="at the start"),
    pytest.param("hello", ["hello!"], "hello", "hello", id="never completed"),
    pytest.param("", ["a"], "", "", id="empty text"),
]


@pytest.mark.parametrize(("text", "stop", "included", "excluded"), CUTS)
def test_oracle_cuts_where_the_rule_says(
    text: str, stop: list[str], included: str, excluded: str
) -> None:
    assert cut(text, stop, include=True) == included
    assert cut(text, stop, include=False) == excluded


def test_private_loop_leaves_no_loop_and_no_task_behind() -> None:
    told: list[str] = []

    async def never_ends() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    async def work() -> str:
        told.append("started")
        task = asyncio.ensure_future(never_ends())
        await asyncio.sleep(0)
        return f"done, the task is {'over' if task.done() else 'alive'}"

    assert _loop.run(work()) == "done, the task is alive"
    assert told == ["started", "cancelled"]


def test_private_loop_is_not_made_the_threads_own() -> None:
    own = asyncio.new_event_loop()
    asyncio.set_event_loop(own)
    try:
        _loop.run(asyncio.sleep(0))
        assert asyncio.get_event_loop() is own
    finally:
        asyncio.set_event_loop(None)
        own.close()


def test_private_loop_is_closed_when_python_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    at_exit: list[Any] = []
    monkeypatch.setattr("atexit.register", lambda *call: at_exit.append(call))
    loop = _loop._the_loop.__wrapped__()
    ((close, *arguments),) = at_exit
    close(*arguments)

    assert loop.is_closed()


def test_nothing_is_said_when_python_ends_after_a_thread_was_awaited() -> None:
    code = """
import asyncio
from langchain_model_conformance import _loop
_loop.run(asyncio.to_thread(int))
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert ended.stderr == ""


def test_canary_is_stable_and_differs_by_name_and_generation() -> None:
    assert canary("api_key") == canary("api_key")
    assert len({canary("api_key"), canary("token"), canary("api_key", 2)}) == 3
    assert len(canary("api_key")) == 32


@pytest.mark.parametrize(
    ("said", "leaked"),
    [
        ("nothing", False),
        (canary("key"), True),
        (canary("key")[:6], True),
        (canary("key")[:5], False),
        (base64.b64encode(canary("key").encode()).decode(), True),
        (canary("key").encode().hex(), True),
        (f" {base64.b64encode(b'api:' + canary('key').encode()).decode()} ", True),
    ],
    ids=[
        "nothing",
        "whole",
        "six characters",
        "five characters",
        "base64",
        "hexadecimal",
        "basic auth",
    ],
)
def test_leak_is_the_whole_secret_an_encoding_or_six_characters_in_a_row(
    said: str, *, leaked: bool
) -> None:
    assert leaks(canary("key"), f"before{said}after") is leaked


def test_short_secret_is_looked_for_as_a_whole() -> None:
    assert leaks("test-key", "the test-key")
    assert not leaks("test-key", "a test-k")


KEY = "REAL-SECRET-KEY-123456"


@pytest.mark.parametrize(
    ("text", "secret", "shown_as"),
    [
        (f"401 for '{KEY}'.", KEY, f"401 for '{'*' * 22}'."),
        ("bad key REAL-SECR", KEY, "bad key *********"),
        ("REAL-SECRET-KEY-123456REAL-SECRET-", KEY, "*" * 34),
        ("the password hunter2", "hunter2", "the password *******"),
        ("secret_params names 'key'", "my-secret-api-key", "secret_params names 'key'"),
        ("a test", "test", "a test"),
        ("nothing", KEY, "nothing"),
    ],
    ids=["whole", "cut off", "twice", "short", "a common word", "nobody's key", "none"],
)
def test_secret_is_censored_whole_and_in_longer_pieces(
    text: str, secret: str, shown_as: str
) -> None:
    assert censored(text, [secret]) == shown_as


def test_errors_are_followed_by_cause_and_by_context_and_each_only_once() -> None:
    first, second, third = ValueError("1"), ValueError("2"), ValueError("3")
    first.__cause__, first.__context__ = second, third
    third.__cause__ = first

    assert all_errors(first) == [first, second, third]


@pytest.mark.parametrize("variable", ["LANGSMITH_TRACING", "LANGSMITH_TRACING_V2"])
@pytest.mark.parametrize("asked_before", [True, False])
def test_user_who_traces_is_not_traced_in_a_check_and_traced_afterwards(
    monkeypatch: pytest.MonkeyPatch, variable: str, *, asked_before: bool
) -> None:
    reads: Any = langsmith.utils.get_env_var
    reads.cache_clear()
    monkeypatch.setenv(variable, "true")
    try:
        assert not asked_before or _tracing_v2_is_enabled()
        with isolated():
            assert not _tracing_v2_is_enabled()

        assert _tracing_v2_is_enabled()
    finally:
        reads.cache_clear()


def test_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONFORMANCE_OLD", "old")
    with environment({"CONFORMANCE_OLD": "other", "CONFORMANCE_NEW": "new"}):
        assert os.environ["CONFORMANCE_OLD"] == "other"
        assert os.environ["CONFORMANCE_NEW"] == "new"

    assert os.environ["CONFORMANCE_OLD"] == "old"
    assert "CONFORMANCE_NEW" not in os.environ


def test_long_value_is_shortened_in_the_middle() -> None:
    text = shown("a" * 300 + "b" * 300)

    assert len(text) == 203
    assert text.startswith("'aaa")
    assert text.endswith("bbb'")


def test_error_is_described_by_type_first_line_and_place() -> None:
    try:
        int("no number\nthe second")
    except ValueError as error:
        said = describe_error(error)

    assert said.startswith(
        "ValueError: invalid literal for int() with base 10: 'no number\\nthe second' at "
    )
    assert said.endswith("in test_error_is_described_by_type_first_line_and_place")


def test_error_without_text_or_place_is_described_by_its_type() -> None:
    assert describe_error(KeyError()) == "KeyError: "


def test_recorder_tells_what_happened_in_one_line() -> None:
    recorder = Recorder()

    assert recorder.names() == "nothing"


def test_recording_cache_counts_hits_and_forgets_when_cleared() -> None:
    cache = RecordingCache()
    cache.update("prompt", "model", [])
    cache.lookup("prompt", "model")
    cache.clear()

    assert cache.lookup("prompt", "model") is None
    assert cache.hits == 1


@pytest.mark.parametrize("suite", [LLMConformanceTests, ChatModelConformanceTests])
def test_check_ids_are_the_test_names(suite: type) -> None:
    ids = {about.id for about in checks_of(suite)}

    assert ids == {name.removeprefix("test_") for name in dir(suite) if name.startswith("test_")}


def test_cases_have_the_names_that_expected_failures_may_use() -> None:
    cases = {about.id: about.cases for about in checks_of(LLMConformanceTests)}

    assert {name: cases[name] for name in cases if not set(cases[name]) <= set(SIX)} == {
        "copies": ("copy", "deepcopy", "model_copy"),
        "secret_surfaces": (
            *("repr", "str", "print", "vars", "model_dump", "model_dump_json", "dict", "save"),
            *("identifying_params", "langsmith_params", "copy", "deepcopy", "dumps", "to_json"),
            *("graph", "cache_key"),
        ),
        "secret_logs": ("logging", "debug", "verbose"),
        "prompt_types": ("string_value", "chat_value", "messages", "tuples"),
        "astream_events": ("v1", "v2"),
        "astream_events_in_chain": ("v1", "v2"),
        "astream_log": ("alone", "chain"),
        "composes": ("with_config", "with_retry", "with_fallbacks", "as_fallback", "bind", "chain"),
    }


@pytest.mark.parametrize("suite", [LLMConformanceTests, ChatModelConformanceTests])
def test_every_check_says_one_line_and_what_to_change(suite: type) -> None:
    silent = [
        about.id
        for about in checks_of(suite)
        if not re.fullmatch(r".+[.]", about.says) or not re.fullmatch(r".+[.]", about.mend)
    ]

    assert silent == []


@pytest.mark.parametrize("suite", [LLMConformanceTests, ChatModelConformanceTests])
def test_no_helper_hides_another_of_the_same_name(suite: type) -> None:
    """Mixins share one namespace; only the suites' own settings are meant to be overridden."""
    meant = {"_raw_prompt", "_base", "_class_name", "_params_name"}
    bases = [base for base in inspect.getmro(suite) if base is not object]
    names = itertools.chain.from_iterable(
        {name for name in vars(base) if not name.startswith("__")} for base in bases
    )
    hidden = {name for name, times in Counter(names).items() if times > 1}

    assert hidden - meant <= {"_abc_impl"}


def test_check_has_one_case_and_wants_a_working_path_unless_it_says_otherwise() -> None:
    about = Check("one", Level.MUST, "", "")

    assert (about.argument, about.cases, about.finds_broken_paths) == ("", (), False)


@pytest.mark.parametrize(
    "value",
    [
        Check("one", Level.MUST, "", ""),
        DECLARATIONS[0],
        Event("end", UUID(int=1), None, {}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_known_and_what_was_told_cannot_be_changed(value: Any) -> None:
    (first, *_) = dataclasses.fields(value)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, first.name, None)


def test_failure_carries_its_parts() -> None:
    about = check_of(LLMConformanceTests.test_save)
    assert about is not None
    failure = ConformanceFailure(about, "save", "this", "that")

    assert (failure.check.id, failure.name, failure.observed, failure.expected) == (
        "save",
        "save",
        "this",
        "that",
    )


def test_check_that_awaits_on_a_synchronous_path_is_told_so() -> None:
    with pytest.raises(RuntimeError, match="awaited something on invoke: await only on ainvoke"):
        _loop.run_on("invoke", asyncio.sleep(0))


class NeverRuns(HealthyLLM):
    """A model that fails."""

    asked: ClassVar[list[str]] = []

    def reply(self, prompt: str, stop: list[str] | None) -> str:
        self.asked.append(prompt)
        raise ConnectionError(prompt, stop)


def test_suite_stops_asking_a_model_that_does_not_settle() -> None:
    suite: Any = type("TestNever", (LLMConformanceTests,), {**DECLARED, "llm_class": NeverRuns})
    suite()._settle("invoke")

    assert len(NeverRuns.asked) == 8


def test_containers_are_copied_and_what_is_in_them_is_not() -> None:
    leaf = object()
    value = {"list": [leaf], "tuple": (leaf,), "set": {leaf}, "leaf": leaf}
    copied = fresh(value)

    assert copied == value
    assert copied is not value
    assert copied["list"] is not value["list"]
    assert fresh(leaf) is leaf


def test_what_a_model_holds_may_be_no_field() -> None:
    assert held(HealthyLLM(n=1), "lc_secrets") == [{"api_key": "HEALTHY_API_KEY"}]
    assert held(HealthyLLM(n=1), "no_such_attribute") is None


def test_field_belongs_to_the_mixin_that_annotates_it_again() -> None:
    mixin = type("Mixin", (), {"__annotations__": {"n": int}})
    model = type("Model", (mixin, HealthyLLM), {"__module__": __name__})

    assert owner(model, "n") is mixin
    assert owner(model, "chunk_size") is HealthyLLM


def test_refused_connection_says_by_whom() -> None:
    with no_network() as attempts, pytest.raises(ConnectionRefusedError, match="this suite opens"):
        socket.create_connection(("127.0.0.1", 9))

    assert attempts


def test_token_may_be_told_in_content_blocks() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    suite: Any = type("TestOf", (LLMConformanceTests,), {"llm_class": HealthyLLM})

    assert suite()._token_text(Event("token", UUID(int=1), blocks, {})) == "ab"


def test_stop_is_a_letter_that_comes_first_in_the_middle_of_the_answer() -> None:
    declared = {"llm_class": HealthyLLM, "stop_policy": "include"}
    suite: Any = type("TestOf", (LLMConformanceTests,), declared)
    suite.expected_completion = lambda _, __: "abcabcab, aXYcab"

    assert suite()._single_stop() == ("abcabcab, aXYcab", "X")


def fails() -> None:
    raise ValueError("as before")


@pytest.mark.parametrize(
    ("others", "stale"),
    [(lambda: not_applicable("no"), True), (fails, False), (list, False)],
    ids=["do not apply", "fail", "pass"],
)
def test_entry_for_a_whole_check_is_stale_if_no_case_applies(
    others: Callable[[], Any], *, stale: bool
) -> None:
    about = Check("one", Level.MUST, "", "", "case", ("a", "b"))
    declared = {"llm_class": HealthyLLM, "expected_failures": {"one": "late"}}
    suite: Any = type("TestStale", (LLMConformanceTests,), declared)

    def body(case: str) -> None:
        others() if case == "a" else not_applicable("no")

    assert suite()._is_stale(about, {"case": "b"}, body) is stale
    assert not suite()._is_stale(about, {"case": "a"}, body)
