from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from langchain_model_parts.calls import Call
from langchain_model_parts.echo import EchoSettings, _Turn, heed_overriding, pieces
from langchain_model_parts.replies import ByPrompt


@pytest.mark.parametrize(
    ("given", "stops"),
    [(None, None), ([], []), ("END", ["END"]), (iter(["b", "a", "b"]), ["b", "a"])],
    ids=["None", "empty", "string", "iterator"],
)
def test_default_stops_are_any_that_stop_sequences_take(
    given: Any, stops: list[str] | None
) -> None:
    assert EchoSettings(stop=given).stop == stops


@pytest.mark.parametrize(
    ("bad", "message"),
    [([""], "must not be empty"), ([1], "got int at position 0"), (b"x", "bytes")],
)
def test_bad_default_stops_are_refused(bad: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message) as caught:
        EchoSettings(stop=bad)
    assert [error["loc"] for error in caught.value.errors()] == [("stop",)]


@pytest.mark.parametrize(
    ("default", "call", "stops"),
    [(["a"], None, ("a",)), (["a"], [], ()), (["a"], ["b"], ("b",)), (None, None, ())],
)
def test_a_calls_stops_take_the_place_of_the_default_ones(
    default: list[str] | None, call: list[str] | None, stops: tuple[str, ...]
) -> None:
    chosen = EchoSettings(stop=default, include_stop=False)._stops(call)
    assert (chosen.stops, chosen.include) == (stops, False)


@pytest.mark.parametrize(
    ("settings", "identity"),
    [
        ({}, {"model_name": "echo"}),
        ({"model_name": "m", "chunk_size": 9}, {"model_name": "m"}),
        ({"stop": ["a"]}, {"model_name": "echo", "default_stop": ["a"]}),
        ({"include_stop": False}, {"model_name": "echo", "include_stop": False}),
        (
            {"replies": ["a", ...]},
            {"model_name": "echo", "replies": "2 entries, SHA-256 e99f79d34745a89f"},
        ),
        (
            {"replies": ByPrompt({"a": "b"})},
            {"model_name": "echo", "replies": "ByPrompt(rules={'a': 'b'})"},
        ),
        ({"replies": str.upper}, {"model_name": "echo", "replies": "builtins.str.upper"}),
    ],
    ids=repr,
)
def test_the_identity_holds_what_changes_an_answer(
    settings: dict[str, Any], identity: dict[str, Any]
) -> None:
    assert EchoSettings(**settings)._identifying_params == identity


def test_the_defaults_are_these() -> None:
    assert EchoSettings().model_dump() == {
        "stop": None,
        "include_stop": True,
        "chunk_size": 1,
        "sleep": None,
        "replies": None,
        "api_key": None,
        "model_name": "echo",
    }


@pytest.mark.parametrize("size", [1, 2, "word"])
def test_a_chunk_size_is_kept(size: Any) -> None:
    assert EchoSettings(chunk_size=size).chunk_size == size


@pytest.mark.parametrize("size", [0, -1, True, 1.5, "words", None], ids=repr)
def test_a_bad_chunk_size_is_refused(size: Any) -> None:
    message = f"chunk_size must be a whole number from 1 on, or 'word', got {size!r}."
    with pytest.raises(ValidationError) as caught:
        EchoSettings(chunk_size=size)
    (error,) = caught.value.errors()
    assert (error["loc"], str(error["ctx"]["error"])) == (("chunk_size",), message)


@pytest.mark.parametrize("seconds", [None, 0, 0.5, 2])
def test_a_sleep_is_kept(seconds: float | None) -> None:
    assert EchoSettings(sleep=seconds).sleep == seconds


@pytest.mark.parametrize("seconds", [-0.1, float("inf"), float("nan"), "long"])
def test_a_sleep_that_cannot_be_slept_is_refused(seconds: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        EchoSettings(sleep=seconds)
    assert [error["loc"] for error in caught.value.errors()] == [("sleep",)]


def test_the_models_own_post_init_is_kept() -> None:
    class Model(BaseModel):
        initialised: bool = False

        def model_post_init(self, context: Any, /) -> None:
            del context
            self.initialised = True

    class Echo(EchoSettings, Model):
        """Settings before a model, as the echoes have them."""

    assert Echo().initialised


def test_the_key_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_API_KEY", "sk-environment")
    assert EchoSettings().api_key == SecretStr("sk-environment")


def test_no_field_name_is_warned_of() -> None:
    class Child(EchoSettings):
        model_id: str = ""
        model_validated: str = ""  # of another namespace that pydantic protects

    assert Child(model_id="x", model_validated="y").model_validated == "y"


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [
        ("abc", 1, ["a", "b", "c"]),
        ("abc", 2, ["ab", "c"]),
        ("", 1, [""]),
        ("", 5, [""]),
        ("ab", 9, ["ab"]),
        ("one two", "word", ["one", " ", "two"]),
        (" a\n\nb ", "word", [" ", "a", "\n", "\n", "b", " "]),
        ("", "word", [""]),
    ],
)
def test_a_text_comes_in_at_least_one_piece(
    text: str, size: int | str, expected: list[str]
) -> None:
    assert pieces(text, size) == expected


@pytest.mark.parametrize(
    ("default", "call", "told"),
    [
        (None, None, None),
        (["a"], None, ["a"]),
        (["a"], [], []),
        (["a"], ["b", "b"], ["b"]),
        (None, "END", ["END"]),
        (["a"], [""], None),
        (["a"], 5, None),
        (["a"], iter(["b"]), None),
    ],
    ids=repr,
)
def test_tracing_is_told_the_stops_and_never_fails(
    default: list[str] | None, call: Any, told: list[str] | None
) -> None:
    assert EchoSettings(stop=default)._traced_stops(call) == told


def test_tracing_leaves_an_iterator_of_stops_to_the_call() -> None:
    stops = iter(["b"])
    EchoSettings()._traced_stops(stops)
    assert [*stops] == ["b"]


def test_what_each_call_comes_through_holds_no_dictionary() -> None:
    assert not hasattr(_Turn(EchoSettings(), Call("hi")), "__dict__")


def test_an_echo_without_a_reply_says_so() -> None:
    with pytest.raises(NotImplementedError):
        EchoSettings()._outcome(Call("hi"))


class Base:
    def whole(self) -> str:
        return "base"

    def stream(self) -> str:
        return f"base streams {self.whole()}"


class Echo(Base):
    def whole(self) -> str:
        return "echo"

    def stream(self) -> str:
        return "echo streams natively"


class Overridden(Echo):
    def whole(self) -> str:
        return "mine"


class Both(Overridden):
    def stream(self) -> str:
        return "mine natively"


class Neither(Echo):
    pass


@pytest.mark.parametrize(
    ("model", "streamed"),
    [
        (Overridden, "base streams mine"),
        (Both, "mine natively"),
        (Neither, "echo streams natively"),
    ],
)
def test_a_method_that_a_subclass_overrides_alone_is_heeded(
    model: type[Echo], streamed: str
) -> None:
    heed_overriding(model, "whole", ["stream"], Base)
    assert model().stream() == streamed
