"""`calls`: what a model was asked and what came of it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Hashable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from echo_models import PATHS, Shout, ask, streamed
from langchain_model_parts.calls import KEPT, Call, Calls, text_of
from langchain_model_parts.replies import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])


@each_path
def test_a_call_holds_what_was_asked_and_what_was_answered(path: Callable[..., str]) -> None:
    model = Shout(replies=["one", ...])
    path(model, "first", stop=["N"])
    path(model, "second")
    first, second = model.calls
    assert (first.prompt, first.stop, first.answer, first.error) == ("first", ["N"], "ON", None)
    assert (second.prompt, second.stop, second.answer) == ("second", None, "SECOND")
    assert (first.number, second.number, model.call_count) == (1, 2, 2)
    assert model.last_call is second


@each_path
def test_a_call_holds_what_was_raised_written_or_not(path: Callable[..., str]) -> None:
    slow = TimeoutError("slow")
    model = Shout(replies=[slow, "one"])
    with pytest.raises(TimeoutError):
        path(model, "a")
    with pytest.raises(ValueError, match="must not be empty") as caught:
        path(model, "b", stop=[""])
    assert [(call.error, call.answer) for call in model.calls] == [
        (slow, None),
        (caught.value, None),
    ]
    with pytest.raises(ValueError, match="must not be empty") as caught:
        path(echo := Shout(), "c", stop=[""])
    assert [call.error for call in echo.calls] == [caught.value]


def test_a_stream_is_one_call_with_the_whole_answer() -> None:
    off = ConnectionError("off")
    model = Shout(replies=["one", Failure(off, after=1)])
    streamed(model, "a")
    with pytest.raises(ConnectionError):
        streamed(model, "b")
    assert [(call.answer, call.error) for call in model.calls] == [("ONE", None), (None, off)]


def test_before_the_first_call_there_is_none() -> None:
    assert Shout().last_call is None
    assert Shout().call_count == 0
    assert not Shout().calls


def test_the_function_in_replies_gets_the_call_that_is_recorded() -> None:
    seen: list[Call] = []

    def reply(call: Call) -> str:
        seen.append(call)
        return "one"

    model = Shout(replies=reply)
    ask(model, "hi")
    assert seen == [model.last_call]


def test_the_last_thousand_are_kept_and_all_are_counted() -> None:
    model = Shout()
    for number in range(KEPT + 5):
        ask(model, str(number))
    assert (len(model.calls), model.call_count) == (1_000, 1_005)
    assert (model.calls[0].prompt, model.calls[0].number) == ("5", 6)
    assert [call.prompt for call in model.calls[-2:]] == ["1003", "1004"]


def test_models_share_a_record_that_they_are_given() -> None:
    calls = Calls()
    ask(Shout(calls=calls), "a")
    ask(Shout(calls=calls), "b")
    assert [call.prompt for call in calls] == ["a", "b"]


def test_a_record_is_no_part_of_what_a_model_is() -> None:
    model = Shout()
    ask(model, "hi")
    assert model == Shout()
    assert model.model_dump() == Shout().model_dump()
    assert "calls" not in repr(model)
    assert Calls() != []
    assert not isinstance(Calls(), Hashable)


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda calls: pickle.loads(pickle.dumps(calls))],  # noqa: S301 - our own bytes
    ids=["deepcopy", "pickle"],
)
def test_a_deep_copy_of_a_record_is_empty(copied: Callable[[Calls], Calls]) -> None:
    calls = Calls()
    calls.add(Call("hi", options={"not": lambda: "picklable"}))
    assert [*copied(calls)] == []
    assert "input='hi'" in repr(calls)


def test_options_are_read_by_name() -> None:
    options: dict[str, Any] = {"tools": [{"x": 1}], "tool_choice": "any", "temperature": 2}
    call = Call([], options={**options, "response_format": {"type": "text"}})
    assert (call.tools, call.tool_choice) == ([{"x": 1}], "any")
    assert (call.response_format, call.options["temperature"]) == ({"type": "text"}, 2)
    bare = Call("hi")
    assert (bare.tools, bare.tool_choice, bare.response_format) == ([], None, None)
    assert bare.messages == []


def test_the_prompt_of_a_conversation_is_all_its_texts() -> None:
    blocks: list[Any] = ["b", {"type": "text", "text": "c"}, {"type": "input_file"}, {"x": 1}]
    messages = [SimpleNamespace(content="a"), SimpleNamespace(content=blocks)]
    call = Call(messages)
    assert call.prompt == "a\nbc[file][block]"
    assert call.messages is messages


def test_a_text_block_without_a_text_is_empty() -> None:
    assert text_of(SimpleNamespace(content=[{"type": "text"}, "a", {"type": "text"}])) == "a"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("text", "hi"),
        ("input_text", "hi"),
        ("output_text", "hi"),
        ("image_url", "[image]"),
        ("input_image", "[image]"),
        ("input_audio", "[audio]"),
        ("document", "[file]"),
        ("input_file", "[file]"),
        ("video", "[video]"),
    ],
)
def test_a_block_is_its_text_or_a_marker_of_its_kind(kind: str, shown: str) -> None:
    block = {"type": kind, "text": "hi"}
    assert text_of(SimpleNamespace(content=["see ", block, "!"])) == f"see {shown}!"


def test_a_call_starts_out_with_what_was_asked() -> None:
    assert repr(Call("hi")) == (
        "Call(input='hi', stop=None, options={}, answer=None, error=None, number=0)"
    )


def test_a_call_is_equal_to_itself_only_and_takes_no_misspelt_attribute() -> None:
    call = Call("hi")
    assert call != Call("hi")
    assert {call: "kept"}[call] == "kept"
    with pytest.raises(AttributeError):
        call.promt = "ho"  # type: ignore[attr-defined] # the point
