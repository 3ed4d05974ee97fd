from __future__ import annotations

import inspect
import traceback
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest
from langchain_core.load import dumpd, dumps, loads
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from langchain_model_parts import SecretsMixin, secret_field
from leak_surfaces import CANARY, canary, leaks, library_frames
from secret_models import EchoTextChat, EchoTextLLM, SealedLLM

if TYPE_CHECKING:
    from collections.abc import Callable


class EchoLLM(SecretsMixin, EchoTextLLM):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    token: SecretStr = secret_field("ECHO_TOKEN", "ECHO_OLD_TOKEN", required=True)


class Model(SecretsMixin):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    n: int = 1


class Aliased(SecretsMixin):
    echo_key: SecretStr | None = secret_field("ECHO_API_KEY", alias="api_key")


class Populated(Aliased):
    model_config = ConfigDict(populate_by_name=True)


class Choosing(SecretsMixin):
    echo_key: SecretStr = secret_field(
        "ECHO_API_KEY", required=True, validation_alias=AliasChoices("api_key", "key")
    )


def shown(error: BaseException) -> str:
    """Return all that an error and the library's frames below it could show."""
    text = library_frames(error.__traceback__ and error.__traceback__.tb_next) + repr(error.args)
    if isinstance(error, ValidationError):
        text += repr(error.errors()) + error.json()
    for linked in (error, error.__cause__, error.__context__):
        text += f"{linked!r} {linked}"
    return text


# --- where the value comes from ---


def test_an_optional_secret_that_is_not_set_is_none() -> None:
    assert Model().api_key is None


def test_a_required_secret_that_is_not_set_is_an_error_that_names_all_ways_to_set_it() -> None:
    with pytest.raises(ValueError, match="EchoLLM needs token") as caught:
        EchoLLM()

    assert type(caught.value) is ValueError
    assert str(caught.value) == (
        "EchoLLM needs token: pass token=... or set ECHO_TOKEN or ECHO_OLD_TOKEN."
    )


def test_a_blank_variable_counts_as_unset_and_the_error_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ECHO_API_KEY", "")
    monkeypatch.setenv("ECHO_TOKEN", " \n")
    assert Model().api_key is None
    with pytest.raises(ValueError, match="EchoLLM needs token") as caught:
        EchoLLM()

    assert str(caught.value) == (
        "EchoLLM needs token: pass token=... or set ECHO_TOKEN or ECHO_OLD_TOKEN. "
        "(ECHO_TOKEN is set but blank.)"
    )
    monkeypatch.setenv("ECHO_OLD_TOKEN", "")
    with pytest.raises(ValueError, match=r"blank\.\) \(ECHO_OLD_TOKEN is set but blank\.\)$"):
        EchoLLM()


def test_the_first_variable_that_is_not_blank_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_OLD_TOKEN", "old")
    assert EchoLLM().token.get_secret_value() == "old"
    monkeypatch.setenv("ECHO_TOKEN", " ")
    assert EchoLLM().token.get_secret_value() == "old"
    monkeypatch.setenv("ECHO_TOKEN", "new")
    assert EchoLLM().token.get_secret_value() == "new"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"api_key": "given"}, "given"),
        ({"api_key": SecretStr("given")}, "given"),
        ({"api_key": None}, "from the environment"),
        ({}, "from the environment"),
        ({"api_key": " \tgiven\r\n"}, "given"),
        ({"api_key": SecretStr("given\n")}, "given"),
        ({"api_key": "k" * 100_000}, "k" * 100_000),
        ({"api_key": "a*"}, "a*"),
    ],
    ids=["str", "SecretStr", "None", "absent", "padded", "padded SecretStr", "huge", "asterisk"],
)
def test_an_argument_takes_precedence_and_whitespace_is_stripped(
    given: dict[str, Any], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_API_KEY", "  from the environment\r\n")

    key = Model(**given).api_key

    assert type(key) is SecretStr
    assert key.get_secret_value() == expected


def test_only_the_characters_of_a_str_subclass_are_kept() -> None:
    class Talkative(str):
        __slots__ = ()

        def strip(self, chars: str | None = None, /) -> str:
            raise AssertionError((str(self), chars))

    for text in (Talkative(canary()), Talkative(f" {canary()} ")):
        key = Model(api_key=text).api_key  # type: ignore[arg-type]  # pydantic takes it
        assert key is not None
        assert type(key.get_secret_value()) is str
        assert key.get_secret_value() == CANARY


# --- what is refused ---


@pytest.mark.parametrize("wrap", [str, SecretStr])
@pytest.mark.parametrize(
    ("value", "kind"),
    [("", "blank value ''"), (" \r\n", "blank value ''"), ("**********", "masked value '*****")],
    ids=["empty", "whitespace", "asterisks"],
)
def test_a_blank_or_masked_argument_is_an_error_even_if_the_environment_has_a_key(
    value: str, kind: str, wrap: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHO_API_KEY", canary())
    with pytest.raises(ValueError, match="Model got the") as caught:
        Model(api_key=wrap(value))

    assert f"Model got the {kind}" in str(caught.value)
    assert "pass the key itself, or leave it out and set ECHO_API_KEY." in str(caught.value)
    assert not leaks(shown(caught.value))


def test_a_long_masked_argument_is_not_quoted_whole() -> None:
    with pytest.raises(ValueError, match="got the masked value") as caught:
        Model(api_key=SecretStr("*" * 10_000))
    assert len(str(caught.value)) < 200


def test_a_blank_argument_is_an_error_that_names_each_variable() -> None:
    class Renamed(SecretsMixin):
        api_key: SecretStr | None = secret_field("NEW_API_KEY", "OLD_API_KEY")

    with pytest.raises(ValueError, match=r"leave it out and set NEW_API_KEY or OLD_API_KEY\.$"):
        Renamed(api_key=SecretStr(""))


def test_a_key_of_equal_letters_is_not_masked() -> None:
    assert Model(api_key=SecretStr("XXXX")).api_key == SecretStr("XXXX")


def test_a_masked_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_API_KEY", "**********")
    with pytest.raises(ValueError, match="masked value") as caught:
        Model()

    assert str(caught.value) == (
        "Model found the masked value '**********' in the variable ECHO_API_KEY: "
        "set it to the key itself, or pass api_key=..."
    )


class Talking:
    def __repr__(self) -> str:
        return CANARY


WRONG: dict[str, Callable[[], object]] = {
    "list": lambda: [canary()],
    "dict": lambda: {"key": canary()},
    "bytes": lambda: canary().encode(),
    "callable": lambda: canary,
    "talking object": Talking,
    "SecretStr of a list": lambda: SecretStr([canary()]),  # type: ignore[arg-type]  # bad input
    "number": lambda: 5,
}


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("model", [Model, Aliased, EchoLLM])
def test_a_wrong_type_is_pydantics_error_and_shows_the_type_only(
    model: type[BaseModel], value: Callable[[], object]
) -> None:
    with pytest.raises(ValidationError) as caught:
        model(api_key=value(), **({"token": canary()} if model is EchoLLM else {}))

    (error,) = caught.value.errors()
    assert error["msg"] == "Input should be a valid string"
    assert error["loc"] == ("api_key",)
    assert isinstance(error["input"], type)
    assert "input_value" not in str(caught.value)
    assert not leaks(shown(caught.value))
    assert not leaks("".join(traceback.format_exception(caught.value)))


BAD_KEYS: dict[str, Any] = {"blank": "", "masked": "***", "list": [], "none": None}


@pytest.mark.parametrize("bad", BAD_KEYS.values(), ids=BAD_KEYS)
def test_when_one_secret_is_bad_the_other_is_sealed_already(bad: Any) -> None:
    with pytest.raises(ValueError, match="token") as caught:
        EchoLLM(api_key=canary(), token=bad)
    assert not leaks(shown(caught.value))


@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_failing_model_validator_shows_no_input(mode: Any) -> None:
    class Failing(Model):
        @model_validator(mode=mode)
        def fail(self: Any) -> Any:
            raise ValueError("no model passes this check")

    with pytest.raises(ValidationError, match="no model passes") as caught:
        Failing(api_key=canary())

    assert "input_value" not in str(caught.value)
    assert not leaks(shown(caught.value))


@pytest.mark.parametrize(
    "env", [(), ("LANGCHAIN_KEY",), ("ECHO_KEY", "LANGSMITH_KEY")], ids=["none", "first", "second"]
)
def test_a_variable_that_tracing_records_cannot_hold_a_secret(env: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="name at least one, and none that starts with LANGCHAIN_"):
        secret_field(*env)


@pytest.mark.parametrize(
    "alias",
    [AliasPath("keys", 0), AliasChoices("key", AliasPath("keys", 0))],
    ids=["path", "choice"],
)
def test_a_secret_inside_another_argument_is_refused(alias: Any) -> None:
    with pytest.raises(ValueError, match=r"cannot be read from Alias.*use a plain alias\.$"):
        secret_field("ECHO_API_KEY", validation_alias=alias)


def test_a_list_of_variables_is_refused() -> None:
    with pytest.raises(TypeError) as caught:
        secret_field(["A", "B"])  # type: ignore[arg-type]  # bad input
    assert str(caught.value) == (
        "A secret is read from variables named by strings, got (['A', 'B'],): "
        'pass for example secret_field("MY_API_KEY", "MY_OLD_API_KEY").'
    )


# --- assignment ---


@pytest.mark.parametrize("value", ["new\n", SecretStr("new")], ids=["str", "SecretStr"])
def test_assignment_seals(value: Any) -> None:
    model = EchoLLM(token=canary())
    model.token = value

    assert type(model.token) is SecretStr
    assert model.token.get_secret_value() == "new"


def test_assignment_leaves_other_fields_alone() -> None:
    model = Model()
    model.n = 2

    assert model.n == 2


def test_a_list_that_is_assigned_is_an_error_that_says_so() -> None:
    model: Any = Model()
    with pytest.raises(TypeError) as caught:
        model.api_key = [canary()]
    assert str(caught.value) == "Model.api_key is a secret, got <class 'list'>: assign a string."


def test_none_can_be_assigned_to_an_optional_secret_only(monkeypatch: pytest.MonkeyPatch) -> None:
    model = EchoLLM(api_key=canary(), token=canary())
    monkeypatch.setenv("ECHO_TOKEN", canary())
    model.api_key = None
    assert model.api_key is None
    with pytest.raises(TypeError, match=r"^EchoLLM\.token is a secret, got None: assign a string"):
        model.token = None  # type: ignore[assignment]  # bad input


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_assignment_of_a_wrong_type_names_the_type_only(value: Callable[[], object]) -> None:
    model = Model()
    with pytest.raises(TypeError, match=r"Model\.api_key is a secret, got <class '.+'>:") as caught:
        model.api_key = value()  # type: ignore[assignment]  # bad input

    assert model.api_key is None
    assert not leaks(shown(caught.value))


@pytest.mark.parametrize("value", ["", "**********"], ids=["blank", "masked"])
def test_assignment_of_a_blank_or_masked_string_is_an_error(value: Any) -> None:
    model = Model()
    with pytest.raises(ValueError, match=r"Model.api_key got the (blank|masked) value") as caught:
        model.api_key = value

    assert str(caught.value).endswith(f"value {value!r}: assign the key itself.")
    assert model.api_key is None


# --- names ---


@pytest.mark.parametrize("model", [Aliased, Populated])
def test_assignment_under_an_alias_fails_without_the_key(model: type[Any]) -> None:
    built = model()
    with pytest.raises(ValueError, match='no field "api_key"') as caught:
        built.api_key = canary()

    assert not leaks(shown(caught.value))


@pytest.mark.parametrize("model", [Aliased, Populated, Choosing])
@pytest.mark.parametrize("name", ["api_key", "echo_key"])
def test_both_names_are_sealed_and_taken(model: type[Any], name: str) -> None:
    assert model(**{name: canary()}).echo_key == SecretStr(CANARY)
    with pytest.raises(ValueError, match="api_key") as caught:
        model(**{name: [canary()]})
    assert not leaks(shown(caught.value))


@pytest.mark.parametrize("model", [Aliased, Populated, Choosing])
def test_of_two_names_at_once_the_alias_counts_and_none_does_not(model: type[Any]) -> None:
    assert model(api_key="alias", echo_key="name").echo_key == SecretStr("alias")
    assert model(echo_key="name", api_key=None).echo_key == SecretStr("name")
    with pytest.raises(ValueError, match="blank value ''"):
        model(api_key="", echo_key="name")
    with pytest.raises(ValueError, match="api_key") as caught:
        model(api_key=[canary()], echo_key=canary())
    assert not leaks(shown(caught.value))


def test_every_choice_of_an_alias_is_taken() -> None:
    assert Choosing(key="k").echo_key == SecretStr("k")  # type: ignore[call-arg]  # another choice


def test_the_error_names_the_argument_as_the_constructor_does() -> None:
    with pytest.raises(
        ValueError, match=r"Choosing needs api_key: pass api_key=\.\.\. or set ECHO_API_KEY\.$"
    ):
        Choosing()


def test_an_alias_generator_names_secrets_too() -> None:
    class Camel(SecretsMixin):
        model_config = ConfigDict(alias_generator=lambda name: name.replace("_k", "K"))
        api_key: SecretStr | None = secret_field("ECHO_API_KEY")

    assert Camel(apiKey="k").api_key == SecretStr("k")  # type: ignore[call-arg]  # generated


# --- what stays as pydantic makes it ---


class PlainModel(BaseModel):
    api_key: SecretStr | None = None
    n: int = 1


def test_signature_and_json_schema_are_those_of_plain_fields() -> None:
    class Described(SecretsMixin):
        token: SecretStr = secret_field("ECHO_TOKEN", required=True, description="A token")

    class PlainDescribed(BaseModel):
        token: SecretStr = Field(description="A token")

    assert inspect.signature(Model) == inspect.signature(PlainModel)
    schema = PlainModel.model_json_schema()
    assert Model.model_json_schema() == schema | {"title": "Model"}
    assert str(inspect.signature(Described)) == str(inspect.signature(PlainDescribed))
    schema = PlainDescribed.model_json_schema()
    assert Described.model_json_schema() == schema | {"title": "Described"}


def test_model_validate_seals_and_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_API_KEY", "from the environment")
    model = Model.model_validate({"api_key": None, "n": 2})

    assert model == Model(n=2)
    assert Model.model_validate({"api_key": "k\n"}).api_key == SecretStr("k")


# --- lc_secrets ---


class Child(EchoLLM):
    extra_key: SecretStr | None = secret_field("ECHO_EXTRA_KEY", alias="extra")


class SealedChatChild(SecretsMixin, EchoTextChat):
    echo_key: SecretStr | None = secret_field("ECHO_API_KEY", alias="api_key")


def test_lc_secrets_follow_from_the_fields() -> None:
    assert Model().lc_secrets == {"api_key": "ECHO_API_KEY"}
    assert EchoLLM(token=canary()).lc_secrets == {
        "api_key": "ECHO_API_KEY",
        "token": "ECHO_TOKEN",
    }
    assert Child(token=canary()).lc_secrets == {
        "api_key": "ECHO_API_KEY",
        "token": "ECHO_TOKEN",
        "extra_key": "ECHO_EXTRA_KEY",
    }


def test_a_secret_is_dumped_as_the_name_of_its_first_variable() -> None:
    kwargs = dumpd(Child(api_key=canary(), token=canary(), extra_key=canary()))["kwargs"]

    assert {name: kwargs[name] for name in ("api_key", "token", "extra_key")} == {
        "api_key": {"lc": 1, "type": "secret", "id": ["ECHO_API_KEY"]},
        "token": {"lc": 1, "type": "secret", "id": ["ECHO_TOKEN"]},
        "extra_key": {"lc": 1, "type": "secret", "id": ["ECHO_EXTRA_KEY"]},
    }
    kwargs = dumpd(SealedChatChild(echo_key=canary()))["kwargs"]
    assert kwargs["echo_key"] == {"lc": 1, "type": "secret", "id": ["ECHO_API_KEY"]}


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
def test_a_round_trip_masks_the_key_and_reads_it_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options: dict[str, Any] = {"valid_namespaces": ["secret_models"], "secrets_from_env": True}
    if "allowed_objects" in inspect.signature(loads).parameters:
        options["allowed_objects"] = [SealedLLM]
    dumped = dumps(SealedLLM(api_key=canary()))

    assert not leaks(dumped)
    assert loads(dumped, **options).api_key is None
    monkeypatch.setenv("ECHO_API_KEY", CANARY)
    assert loads(dumped, **options).api_key == SecretStr(CANARY)


def test_what_is_dumped_can_be_built_again_by_field_name() -> None:
    """LangChain's `loads` and `configurable_fields` pass field names, alias or not."""
    assert SealedChatChild(echo_key=canary()).echo_key == SecretStr(CANARY)


def test_a_subclass_may_replace_a_secret() -> None:
    class Stricter(Model):
        api_key: SecretStr = secret_field("ECHO_STRICT_KEY", required=True)

    assert Stricter(api_key=canary()).lc_secrets == {"api_key": "ECHO_STRICT_KEY"}
    with pytest.raises(ValueError, match=r"^Stricter needs api_key: .* set ECHO_STRICT_KEY\.$"):
        Stricter()


T = TypeVar("T")


class Boxed(SecretsMixin, Generic[T]):
    api_key: SecretStr | None = secret_field("ECHO_API_KEY")
    value: T


def test_a_generic_model_keeps_its_secrets() -> None:
    assert Boxed[int](value=1, api_key="k\n").api_key == SecretStr("k")  # type: ignore[arg-type]  # sealed


def test_a_hook_of_the_model_itself_still_runs() -> None:
    seen: list[str] = []

    class Hooked(BaseModel):
        @classmethod
        def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
            super().__pydantic_init_subclass__(**kwargs)
            seen.append(cls.__name__)

    class Both(SecretsMixin, Hooked):
        pass

    assert seen == [Both.__name__]


def test_the_key_of_a_model_compares_and_masks_as_ever() -> None:
    model = SealedLLM(api_key=canary())

    assert model == SealedLLM(api_key=canary() + "\n")
    assert "api_key=SecretStr('**********')" in repr(model)
