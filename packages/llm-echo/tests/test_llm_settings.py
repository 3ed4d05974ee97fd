from __future__ import annotations

import copy
import json
import pickle
import re
from inspect import signature
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.caches import InMemoryCache
from langchain_core.load import dumps, loads
from langchain_core.runnables import ConfigurableField
from pydantic import SecretStr, ValidationError

from langchain_llm_echo import ByPrompt, CustomLLM
from langchain_model_parts import secret_field

if TYPE_CHECKING:
    from pathlib import Path

KEY: Any = "sk-canary-0123456789"  # Any: pydantic makes the SecretStr


@pytest.mark.parametrize(
    ("settings", "field", "message"),
    [
        ({"n": -1}, "n", "greater than or equal to 0"),
        ({"n": "x"}, "n", "valid integer"),
        ({"stop": [""]}, "stop", "a stop must not be empty"),
        ({"stop": [1]}, "stop", "every stop must be a string, got int at position 0"),
        ({"stop": b"x"}, "stop", "got bytes"),
        ({"chunk_size": 0}, "chunk_size", "must be a whole number from 1 on, or 'word', got 0"),
        ({"sleep": -1}, "sleep", "greater than or equal to 0"),
        ({"stops": ["a"]}, "stops", "CustomLLM has no argument 'stops'; did you mean 'stop'?"),
        ({"apikey": KEY}, "apikey", "CustomLLM has no argument 'apikey'; did you mean 'api_key'?"),
        ({"api_key": [KEY]}, "api_key", "Input should be a valid string"),
        ({"sleep": float("nan")}, "sleep", "finite number"),
        ({"sleep": float("inf")}, "sleep", "finite number"),
    ],
    ids=repr,
)
def test_a_bad_setting_is_refused_by_name(
    settings: dict[str, Any], field: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)) as caught:
        CustomLLM(**settings)
    assert [error["loc"] for error in caught.value.errors()] == [(field,)]
    assert KEY not in f"{caught.value} {caught.value.errors()}"


@pytest.mark.parametrize(
    ("stop", "stops"),
    [("END", ["END"]), (iter(["b", "a", "b"]), ["b", "a"]), (None, None), ([], [])],
    ids=["string", "iterator", "None", "empty"],
)
def test_a_default_stop_may_be_one_string_or_any_iterable(
    stop: Any, stops: list[str] | None
) -> None:
    assert CustomLLM(stop=stop).stop == stops


CONFIGURATIONS: list[dict[str, Any]] = [
    {},
    {"n": 3},
    {"n": 4},
    {"stop": ["b"]},
    {"stop": ["c"]},
    {"include_stop": False},
    {"stop": ["b"], "include_stop": False},
    {"model_name": "other"},
    {"replies": ByPrompt({"": "one"})},
    {"replies": ByPrompt({"": "two"})},
]


CALLS: list[dict[str, Any]] = [{}, {"stop": ["c"]}, {"stop": []}]


@pytest.mark.parametrize("pair", [*combinations(CONFIGURATIONS, 2)], ids=str)
def test_configurations_that_answer_differently_have_different_identities(
    pair: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    first, second = (CustomLLM(**settings)._identifying_params for settings in pair)
    assert first != second
    assert json.loads(json.dumps(first)) == first


def test_no_model_answers_from_anothers_cache_entry() -> None:
    cache = InMemoryCache()
    prompt = "abc bc"
    for settings in CONFIGURATIONS:
        for call in CALLS:
            expected = CustomLLM(**settings).invoke(prompt, **call)
            llm = CustomLLM(cache=cache, **settings)
            assert llm.invoke(prompt, **call) == expected  # from the model
            assert llm.invoke(prompt, **call) == expected  # from the cache


def test_what_changes_no_answer_is_no_part_of_the_identity() -> None:
    plain = CustomLLM()._identifying_params
    assert CustomLLM(chunk_size=7, sleep=0, api_key=KEY)._identifying_params == plain


def test_the_type_is_the_how_to_pages() -> None:
    assert CustomLLM()._llm_type == "custom"


def test_save_writes_the_identity(tmp_path: Path) -> None:
    CustomLLM(n=3, api_key=KEY).save(tmp_path / "llm.json")
    saved = json.loads((tmp_path / "llm.json").read_text())
    assert saved == {"model_name": "CustomChatModel", "n": 3, "_type": "custom"}


@pytest.mark.parametrize(
    ("settings", "call", "params"),
    [
        ({}, {}, {"ls_model_name": "CustomChatModel"}),
        ({"n": 5}, {}, {"ls_model_name": "CustomChatModel", "ls_max_tokens": 5}),
        ({"stop": ["a"]}, {}, {"ls_model_name": "CustomChatModel", "ls_stop": ["a"]}),
        (
            {"stop": ["a"]},
            {"stop": ["b"]},
            {"ls_model_name": "CustomChatModel", "ls_stop": ["b"]},
        ),
        ({"stop": ["a"]}, {"stop": []}, {"ls_model_name": "CustomChatModel"}),
        ({"model_name": "m"}, {"temperature": 0.5}, {"ls_model_name": "m", "ls_temperature": 0.5}),
        ({}, {"model": "m", "max_tokens": 7}, {"ls_model_name": "m", "ls_max_tokens": 7}),
        ({"n": 5}, {"max_tokens": 7}, {"ls_model_name": "CustomChatModel", "ls_max_tokens": 5}),
    ],
    ids=repr,
)
def test_tracing_is_told_the_provider_the_model_and_its_limits(
    settings: dict[str, Any], call: dict[str, Any], params: dict[str, Any]
) -> None:
    assert CustomLLM(**settings)._get_ls_params(**call) == {
        "ls_provider": "echo",
        "ls_model_type": "llm",
        **params,
    }


def test_one_token_is_one_character() -> None:
    assert CustomLLM().get_num_tokens("cafe\u0301") == 5
    assert CustomLLM().get_token_ids("ab") == [97, 98]


def test_a_custom_tokenizer_is_honoured() -> None:
    llm = CustomLLM(custom_get_token_ids=lambda text: [len(word) for word in text.split()])
    assert llm.get_token_ids("one three") == [3, 5]
    assert llm.get_num_tokens("one three") == 2


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CustomLLM().api_key is None
    monkeypatch.setenv("ECHO_API_KEY", KEY)
    assert CustomLLM().api_key == SecretStr(KEY)
    assert CustomLLM(api_key=SecretStr("sk-own")).api_key == SecretStr("sk-own")


@pytest.mark.filterwarnings("ignore:The function `loads` is in beta")
def test_dumps_and_loads_restore_the_model_and_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    llm = CustomLLM(n=3, stop=["b"], include_stop=False, chunk_size=2, api_key=KEY)
    dumped = dumps(llm)
    assert KEY not in dumped
    monkeypatch.setenv("ECHO_API_KEY", KEY)
    options: dict[str, Any] = {
        "valid_namespaces": ["langchain_llm_echo"],
        "secrets_from_env": True,
    }
    if "allowed_objects" in signature(loads).parameters:  # langchain-core 0.3.81, and from 1.2.5
        options["allowed_objects"] = [CustomLLM]
    assert loads(dumped, **options) == llm


@pytest.mark.parametrize(
    "copied",
    [
        copy.copy,
        copy.deepcopy,
        lambda llm: llm.model_copy(),
        lambda llm: pickle.loads(pickle.dumps(llm)),  # noqa: S301 - our own bytes
    ],
    ids=["copy", "deepcopy", "model_copy", "pickle"],
)
def test_a_copy_answers_the_same(copied: Any) -> None:
    llm = CustomLLM(n=3, stop=["b"], api_key=KEY)
    twin = copied(llm)
    assert twin == llm
    assert twin.invoke("abc") == "ab"


def test_settings_can_be_configured_at_run_time() -> None:
    llm = CustomLLM(n=3).configurable_fields(n=ConfigurableField(id="n"))
    assert llm.invoke("hello") == "hel"
    assert llm.with_config(configurable={"n": 1}).invoke("hello") == "h"


def test_a_subclass_hides_a_key_of_its_own() -> None:
    class Signed(CustomLLM):
        signature_key: SecretStr | None = secret_field("ECHO_SIGNATURE_KEY")

    model = Signed(api_key=SecretStr("one"), signature_key=SecretStr(" two "))
    assert model.signature_key == SecretStr("two")
    assert model.lc_secrets == {
        "api_key": "ECHO_API_KEY",
        "signature_key": "ECHO_SIGNATURE_KEY",
    }
