from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from langchain_model_parts import SecretsMixin, StrictArgumentsMixin, secret_field
from langchain_model_parts.constructor import argument_names
from leak_surfaces import CANARY, canary, leaks, library_frames
from secret_models import EchoTextChat, EchoTextLLM

if TYPE_CHECKING:
    from collections.abc import Callable


class StrictLLM(StrictArgumentsMixin, EchoTextLLM):
    stop: list[str] | None = None


class StrictChat(StrictArgumentsMixin, EchoTextChat):
    stop: list[str] | None = None


class StrictPlain(StrictArgumentsMixin):
    stop: list[str] | None = None
    n: int = 1


class StrictFirst(StrictArgumentsMixin, SecretsMixin, EchoTextLLM):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    token: SecretStr = secret_field("ECHO_TOKEN", required=True, alias="bearer")


class SecretsFirst(SecretsMixin, StrictArgumentsMixin, EchoTextLLM):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    token: SecretStr = secret_field("ECHO_TOKEN", required=True, alias="bearer")


def shown(error: ValidationError) -> str:
    text = library_frames(error.__traceback__ and error.__traceback__.tb_next)
    text += repr(error.errors()) + error.json() + repr(error.args)
    for linked in (error, error.__cause__, error.__context__):
        text += f"{linked!r} {linked}"
    return text


@pytest.mark.parametrize("model", [StrictLLM, StrictChat, StrictPlain])
def test_an_unknown_argument_is_an_error_that_names_the_nearest_known_one(
    model: type[BaseModel],
) -> None:
    with pytest.raises(ValidationError) as caught:
        model(stops=[canary()])

    (error,) = caught.value.errors()
    assert error["type"] == "unknown_argument"
    assert error["loc"] == ("stops",)
    assert error["msg"] == f"{model.__name__} has no argument 'stops'; did you mean 'stop'?"
    assert error["input"] is list
    assert "input_value" not in str(caught.value)
    assert caught.value.title == model.__name__
    assert isinstance(caught.value, ValueError)
    assert not leaks(shown(caught.value))


def test_without_a_near_name_the_known_ones_are_listed() -> None:
    with pytest.raises(
        ValidationError, match=r"StrictPlain has no argument 'quux'; it takes n, stop\."
    ):
        StrictPlain(quux=1)  # type: ignore[call-arg]  # what is tested


def test_a_name_in_another_case_is_near() -> None:
    with pytest.raises(ValidationError, match=r"no argument 'STOPS'; did you mean 'stop'\?"):
        StrictPlain(STOPS=[])  # type: ignore[call-arg]  # what is tested


def test_each_unknown_argument_is_an_error_of_its_own() -> None:
    names = [f"stop{number}" for number in range(20)]
    with pytest.raises(ValidationError) as caught:
        StrictPlain(n=None, **dict[str, Any]({name: canary() for name in names}))  # type: ignore[arg-type]  # what is tested

    assert [error["loc"] for error in caught.value.errors()] == [(name,) for name in sorted(names)]
    assert not leaks(shown(caught.value))


def test_braces_in_a_name_are_no_template() -> None:
    with pytest.raises(ValidationError, match=r"no argument '\{n\} \{\}'; it takes"):
        StrictPlain(**dict[str, Any]({"{n} {}": 1}))


def test_known_arguments_pass() -> None:
    assert StrictPlain(stop=["x"], n=2).stop == ["x"]
    handler = BaseCallbackHandler()
    for model in (StrictLLM, StrictChat):
        built = model(callbacks=[handler], tags=["t"], metadata={"a": "b"}, cache=False, name="n")
        assert built.callbacks == [handler]
        for name in model.model_fields:
            built = model(**{name: getattr(built, name)})


ALIASES: dict[str, tuple[Any, dict[str, Any], set[str], set[str]]] = {
    "alias": (Field(0, alias="max_tokens"), {}, {"max_tokens"}, {"limit"}),
    "populated by name": (
        Field(0, alias="max_tokens"),
        {"populate_by_name": True},
        {"max_tokens", "limit"},
        {"max"},
    ),
    "validation alias": (
        Field(0, validation_alias="max_tokens", alias="other"),
        {},
        {"max_tokens"},
        {"limit", "other"},
    ),
    "serialization alias": (Field(0, serialization_alias="out"), {}, {"limit"}, {"out"}),
    "choices": (
        Field(0, validation_alias=AliasChoices("max_tokens", "most", AliasPath("limits", "n"))),
        {},
        {"max_tokens", "most", "limits"},
        {"limit", "n"},
    ),
    "choices that hold the name, populated by name": (
        Field(0, validation_alias=AliasChoices("limit", "most")),
        {"populate_by_name": True},
        {"limit", "most"},
        {"max_tokens"},
    ),
    "path": (Field(0, validation_alias=AliasPath("limits", "n")), {}, {"limits"}, {"limit", "n"}),
    "generator": (Field(0), {"alias_generator": str.upper}, {"LIMIT"}, {"limit"}),
}


@pytest.mark.parametrize(("field", "config", "known", "unknown"), ALIASES.values(), ids=ALIASES)
def test_aliases_are_honoured(
    field: Any, config: dict[str, Any], known: set[str], unknown: set[str]
) -> None:
    namespace = {
        "__annotations__": {"limit": int},
        "__module__": __name__,
        "limit": field,
        "model_config": ConfigDict(**config),  # type: ignore[typeddict-item]  # data of a case
    }
    model: Callable[..., Any] = type("Limited", (StrictArgumentsMixin,), namespace)
    for name in known:
        assert model(**{name: {"n": 5} if name == "limits" else 5}).limit == 5
    for name in unknown:
        with pytest.raises(ValidationError, match=f"Limited has no argument '{name}'"):
            model(**{name: 5})


BY: dict[str, tuple[dict[str, Any], list[str]]] = {
    "neither is said": ({}, ["max_tokens"]),
    "by name too": ({"validate_by_name": True}, ["max_tokens", "limit"]),
    "by name only": ({"validate_by_name": True, "validate_by_alias": False}, ["limit"]),
    "by alias only": ({"validate_by_name": False, "validate_by_alias": True}, ["max_tokens"]),
}


@pytest.mark.parametrize(("config", "names"), BY.values(), ids=BY)
def test_what_pydantic_validates_by_decides_on_the_names(
    config: dict[str, Any], names: list[str]
) -> None:
    class Limited(BaseModel):
        model_config = ConfigDict(**config)  # type: ignore[typeddict-item]  # data of a case
        limit: int = Field(0, alias="max_tokens")

    assert argument_names(Limited, "limit") == names


def test_extra_allow_switches_the_check_off_and_forbid_shows_no_value() -> None:
    class Open(StrictPlain):
        model_config = ConfigDict(extra="allow")

    class Closed(StrictPlain):
        model_config = ConfigDict(extra="forbid")

    assert Open(stops=["x"]).model_extra == {"stops": ["x"]}  # type: ignore[call-arg]  # extra
    with pytest.raises(ValidationError, match="Closed has no argument 'stops'") as caught:
        Closed(stops=[canary()])  # type: ignore[call-arg]  # what is tested
    assert not leaks(shown(caught.value))


def test_one_argument_under_two_names_is_refused_without_its_values() -> None:
    class Limited(StrictArgumentsMixin):
        limit: Any = Field(None, validation_alias=AliasChoices("limit", "max_tokens", "most"))

    build: Callable[..., Limited] = Limited
    assert build(most=1).limit == 1
    with pytest.raises(ValidationError) as caught:
        build(limit=None, max_tokens=canary(), most=canary())
    assert [(error["type"], error["loc"]) for error in caught.value.errors()] == [
        ("repeated_argument", ("max_tokens",)),
        ("repeated_argument", ("most",)),
    ]
    assert "Limited got 'limit' and 'max_tokens', the same thing; pass one." in str(caught.value)
    assert not leaks(shown(caught.value))


def test_an_alias_and_the_name_are_refused_together() -> None:
    class Limited(StrictArgumentsMixin):
        model_config = ConfigDict(populate_by_name=True)
        limit: int = Field(0, alias="max_tokens")

    with pytest.raises(
        ValidationError, match="got 'max_tokens' and 'limit', the same thing; pass one"
    ):
        Limited(limit=1, max_tokens=1)  # type: ignore[call-arg]  # bad input


def test_a_subclass_knows_its_own_arguments() -> None:
    class Child(StrictPlain):
        stops: int = 0

    assert Child(stops=1, n=2).stops == 1
    with pytest.raises(ValidationError, match="Child has no argument"):
        Child(stopss=1)  # type: ignore[call-arg]  # what is tested


def test_a_nested_model_is_checked_too() -> None:
    class Outer(BaseModel):
        inner: StrictPlain

    with pytest.raises(ValidationError, match="StrictPlain has no argument 'stops'") as caught:
        Outer(inner={"stops": 1})  # type: ignore[arg-type]  # pydantic builds it

    assert caught.value.errors()[0]["loc"] == ("inner", "stops")


@pytest.mark.parametrize("model", [StrictFirst, SecretsFirst])
def test_secrets_compose_in_either_order(
    model: type[StrictFirst | SecretsFirst], monkeypatch: pytest.MonkeyPatch
) -> None:
    build: Callable[..., StrictFirst | SecretsFirst] = model
    built = build(api_key="k\n", bearer="b")
    assert (built.api_key, built.token) == (SecretStr("k"), SecretStr("b"))
    # By its field name, as LangChain's `loads` does.
    assert build(token=canary()).token == SecretStr(CANARY)
    monkeypatch.setenv("ECHO_TOKEN", "t")
    assert build().token == SecretStr("t")
    assert built.lc_secrets == {"api_key": "ECHO_API_KEY", "token": "ECHO_TOKEN"}


@pytest.mark.parametrize("model", [StrictFirst, SecretsFirst])
@pytest.mark.parametrize("key", [canary(), "", [canary()]], ids=["good", "blank", "wrong type"])
def test_a_misspelt_key_is_reported_before_a_missing_or_bad_one(
    model: type[BaseModel], key: object
) -> None:
    with pytest.raises(ValidationError, match="no argument 'apikey'; did you mean 'api_key'") as e:
        model(apikey=canary(), api_key=key)

    assert not leaks(shown(e.value))


@pytest.mark.parametrize("model", [StrictFirst, SecretsFirst])
def test_the_unknown_value_is_sealed_where_another_step_fails(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        model(apikey=canary(), tags="no list", bearer="")

    assert not leaks(shown(caught.value))
