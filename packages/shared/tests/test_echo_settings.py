from __future__ import annotations

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from langchain_model_parts.echo import EchoSettings, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator


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
        ({}, {"model_name": "echo", "n": None}),
        ({"n": 3, "model_name": "m", "chunk_size": 9}, {"model_name": "m", "n": 3}),
        ({"stop": ["a"]}, {"model_name": "echo", "n": None, "default_stop": ["a"]}),
        ({"include_stop": False}, {"model_name": "echo", "n": None, "include_stop": False}),
    ],
    ids=repr,
)
def test_the_identity_holds_what_changes_an_answer(
    settings: dict[str, Any], identity: dict[str, Any]
) -> None:
    assert EchoSettings(**settings)._identifying_params == identity


def failing(**settings: Any) -> EchoSettings:
    return EchoSettings(errors=[TimeoutError("first"), ConnectionError("second")], **settings)


def drawn(settings: EchoSettings) -> Iterator[str]:
    """Stream three chunks, up to the error planned for this call."""
    yield from settings._until_planned_error(["a", "b", "c"])


def test_the_defaults_are_these() -> None:
    assert EchoSettings().model_dump() == {
        "n": None,
        "stop": None,
        "include_stop": True,
        "chunk_size": 1,
        "sleep": None,
        "api_key": None,
        "model_name": "echo",
    }


def test_planned_errors_come_one_a_call_and_in_order_and_then_no_more() -> None:
    settings = failing()
    with pytest.raises(TimeoutError, match="first"):
        settings._raise_planned_error()
    with pytest.raises(ConnectionError, match="second"):
        list(drawn(settings))
    settings._raise_planned_error()
    assert list(drawn(settings)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("number", "before"),
    [(None, []), (0, []), (1, ["a"]), (3, ["a", "b", "c"]), (99, ["a", "b", "c"])],
)
def test_a_stream_raises_at_its_chunk_or_at_its_end(number: int | None, before: list[str]) -> None:
    seen: list[str] = []
    with pytest.raises(TimeoutError, match="first"):
        seen.extend(drawn(failing(error_on_chunk_number=number)))
    assert seen == before


def test_a_chunk_number_without_errors_is_refused() -> None:
    message = r"says where a stream raises, but errors is empty: pass for example errors=\["
    with pytest.raises(ValidationError, match=message):
        EchoSettings(error_on_chunk_number=1)


@pytest.mark.parametrize("errors", [["boom"], [TimeoutError], [None]], ids=repr)
def test_what_is_no_exception_is_refused(errors: Any) -> None:
    with pytest.raises(ValidationError, match="instance of BaseException"):
        EchoSettings(errors=errors)


def test_each_planned_error_reaches_one_thread() -> None:
    settings = EchoSettings(errors=[ValueError(str(number)) for number in range(100)])

    def call(_: int) -> str:
        try:
            settings._raise_planned_error()
        except ValueError as error:
            return str(error)
        return "answered"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(call, range(300)))
    assert sorted(outcomes) == sorted([*map(str, range(100)), *["answered"] * 200])


def test_without_a_plan_nothing_is_raised() -> None:
    EchoSettings()._raise_planned_error()
    assert list(drawn(EchoSettings())) == ["a", "b", "c"]


def test_the_models_own_post_init_is_kept() -> None:
    class Model(BaseModel):
        initialised: bool = False

        def model_post_init(self, context: Any, /) -> None:
            del context
            self.initialised = True

    class Echo(EchoSettings, Model):
        """Settings before a model, as the echoes have them."""

    assert Echo().initialised


def test_a_model_made_anew_from_the_fields_goes_on_with_the_plan() -> None:
    settings = failing()
    with pytest.raises(TimeoutError):
        settings._raise_planned_error()
    anew = EchoSettings(errors=settings.errors, n=1)
    with pytest.raises(ConnectionError):
        anew._raise_planned_error()
    settings._raise_planned_error()


def test_errors_can_be_planned_later() -> None:
    assigned = EchoSettings()
    assigned.errors = [TimeoutError("first")]
    for settings in (assigned, failing().model_copy(update={"errors": [TimeoutError("first")]})):
        with pytest.raises(TimeoutError, match="first"):
            settings._raise_planned_error()
        settings._raise_planned_error()


def test_no_errors_end_a_plan() -> None:
    settings = failing()
    settings.errors = []
    settings._raise_planned_error()


def test_a_stop_iteration_is_no_end_of_a_stream() -> None:
    seen: list[str] = []
    with pytest.raises(RuntimeError, match="StopIteration"):
        seen.extend(drawn(EchoSettings(errors=[StopIteration()], error_on_chunk_number=1)))
    assert seen == ["a"]


def test_models_of_their_own_plan_their_own_errors() -> None:
    first, second = failing(), failing()
    with pytest.raises(TimeoutError):
        first._raise_planned_error()
    with pytest.raises(TimeoutError):
        second._raise_planned_error()


def test_a_shallow_copy_shares_the_plan_and_a_deep_one_does_not() -> None:
    settings = failing()
    shallow, deep = copy.copy(settings), copy.deepcopy(settings)
    with pytest.raises(TimeoutError):
        settings._raise_planned_error()
    with pytest.raises(ConnectionError):
        shallow._raise_planned_error()
    with pytest.raises(TimeoutError):
        deep._raise_planned_error()


def test_settings_can_be_pickled_with_their_plan() -> None:
    twin = pickle.loads(pickle.dumps(failing(n=3)))  # noqa: S301 - our own bytes
    assert twin.n == 3
    with pytest.raises(TimeoutError, match="first"):
        twin._raise_planned_error()


def test_the_key_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECHO_API_KEY", "sk-environment")
    assert EchoSettings().api_key == SecretStr("sk-environment")


def test_no_field_name_is_warned_of() -> None:
    class Child(EchoSettings):
        model_id: str = ""

    assert Child(model_id="x").model_id == "x"


@pytest.mark.parametrize(
    ("text", "size", "expected"),
    [("abc", 1, ["a", "b", "c"]), ("abc", 2, ["ab", "c"]), ("", 5, [""]), ("ab", 9, ["ab"])],
)
def test_a_text_comes_in_at_least_one_piece(text: str, size: int, expected: list[str]) -> None:
    assert pieces(text, size) == expected
