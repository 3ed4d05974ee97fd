"""`replies`: which entry answers which call, whatever is made of the model."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ValidationError

from echo_models import PATHS, Shout, aask, ask, streamed
from langchain_model_parts.calls import Call
from langchain_model_parts.replies import ByPrompt, ByTurn, Failure, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

each_path = pytest.mark.parametrize("path", [*PATHS.values()], ids=[*PATHS])


@each_path
def test_the_kth_call_gets_the_kth_entry(path: Callable[..., str]) -> None:
    model = Shout(replies=["one", ..., lambda call: f"{call.prompt}?"])
    assert [path(model, "hi") for _ in range(3)] == ["ONE", "HI", "HI?"]


@each_path
def test_a_call_past_the_end_names_both_numbers_and_moves_nothing(path: Callable[..., str]) -> None:
    model = Shout(replies=["one"])
    path(model, "hi")
    for _ in range(2):
        with pytest.raises(ValueError, match=r"holds 1 entries") as caught:
            path(model, "hi")
        assert str(caught.value) == (
            "replies holds 1 entries, and this call asks for entry 2: write more entries, or `...` "
            "as the last one to echo from there on."
        )


def test_an_ellipsis_at_the_end_echoes_from_there_on() -> None:
    model = Shout(replies=["one", ...])
    assert [ask(model, text) for text in "ab"] == ["ONE", "B"]
    longer = Shout(replies=["one", "two", ...])
    assert [ask(longer, text) for text in "abcd"] == ["ONE", "TWO", "C", "D"]
    with pytest.raises(ValueError, match="must not be empty"):
        ask(model, "c", stop=[""])
    model.assert_complete()
    assert ask(model, "c") == "C"
    model.assert_complete()


@each_path
def test_a_written_error_is_raised_by_its_call_only(path: Callable[..., str]) -> None:
    model = Shout(replies=[TimeoutError("slow"), Failure(ConnectionError("off"), after=9), "one"])
    with pytest.raises(TimeoutError, match="slow"):
        path(model, "hi")
    with pytest.raises(ConnectionError, match="off"):
        path(model, "hi")
    assert path(model, "hi") == "ONE"


@pytest.mark.parametrize(
    ("entry", "before"),
    [
        (TimeoutError(), []),
        (Failure(TimeoutError()), []),
        (Failure(TimeoutError(), after=2), ["H", "E"]),
        (Failure(TimeoutError(), after=2, text="one"), ["O", "N"]),
        (Failure(TimeoutError(), after=99, text="one"), ["O", "N", "E"]),
    ],
    ids=repr,
)
def test_a_stream_raises_after_as_many_chunks(entry: Any, before: list[str]) -> None:
    seen: list[str] = []
    with pytest.raises(TimeoutError):
        streamed(Shout(replies=[entry]), "hello", seen)
    assert seen == before


@pytest.mark.parametrize(
    ("entry", "reply"),
    [(TimeoutError(), ""), (Failure(TimeoutError()), "HI"), (Failure(TimeoutError(), 0, "a"), "A")],
    ids=repr,
)
def test_the_reply_of_a_failure_is_what_its_chunks_are_taken_from(entry: Any, reply: str) -> None:
    assert Shout(replies=[entry])._outcome(Call("hi")).reply == reply


def test_a_stop_iteration_is_no_end_of_a_stream() -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        streamed(Shout(replies=[StopIteration()]), "abc")


@each_path
def test_replies_may_be_a_function_of_the_call(path: Callable[..., str]) -> None:
    model = Shout(replies=lambda call: f"{call.number}: {call.prompt}")
    assert [path(model, "a"), path(model, "b")] == ["1: A", "2: B"]
    model.assert_complete()


def test_a_function_may_be_asynchronous_where_the_call_is() -> None:
    async def later(call: Call) -> str:
        return f"{call.prompt}!"

    model = Shout(replies=[later, later])
    assert aask(model, "hi") == "HI!"
    with pytest.raises(TypeError, match=r"later in replies is asynchronous, .* call ainvoke"):
        ask(model, "hi")
    assert aask(model, "ho") == "HO!"


def test_an_asynchronous_function_is_refused_by_name_with_what_to_do() -> None:
    async def later(_: Call) -> str:
        return "hi"

    with pytest.raises(TypeError) as caught:
        ask(Shout(replies=later), "hi")
    assert str(caught.value) == (
        f"{__name__}.{later.__qualname__} in replies is asynchronous, and this call is not: "
        "call ainvoke, abatch or astream, or write a function that is not."
    )


def test_a_coroutine_is_closed_where_the_call_cannot_await_it() -> None:
    async def later(_: Call) -> str:
        return "hi"

    given: list[Any] = []

    def reply(call: Call) -> Any:
        given.append(later(call))
        return given[0]

    with pytest.raises(TypeError, match="is asynchronous"):
        ask(Shout(replies=reply), "hi")
    assert inspect.getcoroutinestate(given[0]) == inspect.CORO_CLOSED


@each_path
def test_a_function_may_return_a_function_but_not_twice(path: Callable[..., str]) -> None:
    assert path(Shout(replies=lambda _: lambda _: "one"), "hi") == "ONE"
    with pytest.raises(ValueError, match="what a function in replies returned is <function"):
        path(Shout(replies=lambda _: lambda _: lambda _: "one"), "hi")


def test_an_awaitable_that_is_no_coroutine_is_refused_likewise() -> None:
    class Later:
        def __await__(self) -> Any:
            raise NotImplementedError

    with pytest.raises(TypeError, match="is asynchronous"):
        ask(Shout(replies=lambda _: Later()), "hi")


class Thing(BaseModel):
    """What no text model answers with."""


WRONG: dict[str, Any] = {
    "a number": 5,
    "nothing": None,
    "bytes": b"x",
    "a class": TimeoutError,
    "an object": Thing(),
}


@pytest.mark.parametrize("entry", [*WRONG.values()], ids=[*WRONG])
def test_an_entry_of_a_wrong_type_is_refused_at_construction(entry: Any) -> None:
    with pytest.raises(ValidationError, match=r"entry 1 .*, which Shout cannot") as caught:
        Shout(replies=["one", entry])
    assert [error["loc"] for error in caught.value.errors()] == [("replies",)]
    with pytest.raises(ValidationError, match="entry 0 of replies is "):
        Shout(replies=ByPrompt({"": entry}))


@pytest.mark.parametrize(
    ("entry", "what"), [(5, "5"), (TimeoutError, "the class TimeoutError")], ids=["5", "a class"]
)
def test_a_refused_entry_is_named_beside_what_may_stand_there(entry: Any, what: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Shout(replies=["one", entry])
    (error,) = caught.value.errors()
    assert str(error["ctx"]["error"]) == (
        f"entry 1 of replies is {what}, which Shout cannot answer with: "
        "write an instance of str, BaseException, Failure, ellipsis, or a function of the call."
    )


@each_path
@pytest.mark.parametrize("given", [*WRONG.values(), len], ids=[*WRONG, "a function"])
def test_a_function_that_returns_nonsense_is_refused_and_its_entry_stays(
    path: Callable[..., str], given: Any
) -> None:
    answers = iter([lambda _: given, "one"])
    model = Shout(replies=[lambda _: next(answers)])
    with pytest.raises(
        ValueError, match=r"^what a function in replies returned is .* cannot answer"
    ):
        path(model, "hi")
    assert path(model, "hi") == "ONE"


@each_path
def test_an_entry_stays_when_its_function_raises_or_the_call_is_refused(
    path: Callable[..., str],
) -> None:
    problems: list[Exception] = [KeyError("broken")]

    def fragile(_: Call) -> str:
        if problems:
            raise problems.pop()
        return "mended"

    model = Shout(replies=[fragile, "two", TimeoutError("three")])
    with pytest.raises(KeyError, match="broken"):
        path(model, "hi")
    with pytest.raises(ValueError, match="must not be empty"):
        path(model, "hi", stop=[""])
    assert path(model, "hi") == "MENDED"
    assert path(model, "hi") == "TWO"
    with pytest.raises(ValueError, match="must not be empty"):
        path(model, "hi", stop=[""])
    with pytest.raises(TimeoutError):
        path(model, "hi")


@pytest.mark.parametrize(
    ("replies", "message"),
    [
        ([], "replies is empty: write what to answer, or leave it out to echo."),
        ((), "replies is empty"),
        (ByPrompt({}), "replies is empty"),
        (ByTurn([]), "replies is empty"),
        (
            "hello",
            (
                "replies must be a list or a function of the call, got str: "
                "pass for example ['hello']."
            ),
        ),
        (5, "replies must be a list or a function of the call, got int"),
        ({"a": "b"}, "replies must be a list or a function of the call, got dict"),
        (Thing, "replies must be a list or a function of the call, got ModelMetaclass"),
    ],
    ids=repr,
)
def test_what_is_no_list_of_entries_and_no_function_is_refused(replies: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Shout(replies=replies)
    (error,) = caught.value.errors()
    assert str(error["ctx"]["error"]).startswith(message)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"error": "boom"},
            TypeError,
            "error must be an exception, got 'boom': pass for example TimeoutError().",
        ),
        (
            {"error": TimeoutError},
            TypeError,
            (
                "error must be an exception, got <class 'TimeoutError'>: "
                "pass for example TimeoutError()."
            ),
        ),
        (
            {"error": TimeoutError(), "after": -1},
            ValueError,
            "after must be a whole number from 0 on, got -1.",
        ),
        (
            {"error": TimeoutError(), "after": "1"},
            ValueError,
            "after must be a whole number from 0 on, got '1'.",
        ),
        (
            {"error": TimeoutError(), "text": 5},
            TypeError,
            "text must be a string, or `...` for the echo, got 5.",
        ),
    ],
    ids=str,
)
def test_a_failure_that_makes_no_sense_is_refused(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as caught:
        Failure(**arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("written", "name"),
    [(Failure(TimeoutError()), "after"), (ByPrompt({"": "a"}), "rules"), (ByTurn([]), "entries")],
    ids=["Failure", "ByPrompt", "ByTurn"],
)
def test_what_is_written_does_not_change(written: Any, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(written, name, 1)


def test_an_outcome_without_a_failure_is_its_reply() -> None:
    outcome = Outcome("one")
    assert outcome.whole() == "one"
    assert [*outcome.cut(["o", "n", "e"])] == ["o", "n", "e"]


RULES = ByPrompt({"capital": "Paris", re.compile(r"\d+ plus"): lambda call: call.prompt, "a": "b"})


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [("the capital", "PARIS"), ("1 plus 2", "1 PLUS 2"), ("a", "B"), ("a capital", "PARIS")],
)
def test_the_first_rule_that_matches_answers(prompt: str, answer: str) -> None:
    assert ask(Shout(replies=RULES), prompt) == answer


def test_a_prompt_that_no_rule_matches_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule") as caught:
        ask(Shout(replies=RULES), "xyz")
    assert str(caught.value) == (
        "no rule of ByPrompt matches the prompt 'xyz': add one; "
        'the text "" matches every prompt, and the entry `...` echoes.'
    )


def said(*kinds: str) -> Call:
    return Call([SimpleNamespace(type=kind, content="x") for kind in kinds])


def test_a_turn_is_counted_by_the_ai_messages() -> None:
    by_turn = ByTurn(["one", "two"])
    assert by_turn(said("human")) == "one"
    assert by_turn(said("human", "ai", "human")) == "two"
    assert by_turn(said("human", "AIMessageChunk", "tool")) == "two"
    with pytest.raises(ValueError, match="ByTurn") as caught:
        by_turn(said("ai", "ai"))
    assert str(caught.value) == (
        "ByTurn holds 2 entries, and this conversation asks for entry 3: it has 2 AI messages "
        "already. Write more entries, or `...` as the last one to echo from there on."
    )
    with pytest.raises(ValueError, match=r"holds 0 entries, .* asks for entry 1: it has 0"):
        ByTurn([])(said("human"))


@pytest.mark.parametrize("entries", [["one", ...], ["one", "two", ...], [...]], ids=repr)
def test_an_ellipsis_at_the_end_echoes_every_later_turn(entries: list[Any]) -> None:
    assert ByTurn(entries)(said("ai", "ai", "ai")) is ...


def test_unused_entries_are_named() -> None:
    model = Shout(replies=["one", "two", TimeoutError()])
    ask(model, "hi")
    with pytest.raises(AssertionError) as caught:
        model.assert_complete()
    assert str(caught.value) == (
        "replies holds 3 entries, and the calls so far (1) did not use entry 1 ('two'), "
        "2 (TimeoutError()): ask the model more often, or write fewer entries."
    )
    ask(model, "hi")
    with pytest.raises(TimeoutError):
        ask(model, "hi")
    model.assert_complete()
    Shout().assert_complete()


def test_a_model_made_anew_from_the_fields_goes_on() -> None:
    model = Shout(replies=["one", "two", "three"])
    ask(model, "a")
    anew = Shout(replies=model.replies, calls=model.calls)
    assert [ask(anew, "b"), ask(model, "c")] == ["TWO", "THREE"]
    assert [call.prompt for call in anew.calls] == ["a", "b", "c"]


@pytest.mark.parametrize("copied", [copy.copy, lambda model: model.model_copy()])
def test_a_shallow_copy_shares_entries_and_calls(copied: Callable[[Shout], Shout]) -> None:
    model = Shout(replies=["one", "two"])
    twin = copied(model)
    assert [ask(model, "a"), ask(twin, "b")] == ["ONE", "TWO"]
    assert twin.calls is model.calls


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))],  # noqa: S301 - our own bytes
    ids=["deepcopy", "pickle"],
)
def test_a_deep_copy_half_way_goes_on_alone(copied: Callable[[Shout], Shout]) -> None:
    model = Shout(replies=["one", "two", ..., "four"])
    ask(model, "a")
    with pytest.raises(ValueError, match="empty"):
        ask(model, "b", stop=[""])
    twin = copied(model)
    assert twin == model
    assert [*twin.calls] == []
    assert [ask(twin, "c") for _ in range(3)] == ["TWO", "C", "FOUR"]
    assert [ask(model, "d") for _ in range(3)] == ["TWO", "D", "FOUR"]
    assert (twin.call_count, model.call_count) == (3, 5)


def test_replies_can_be_assigned_and_are_checked() -> None:
    assigned = Shout()
    assigned.replies = ["one"]
    for model in (assigned, Shout().model_copy(update={"replies": ["one"]})):
        assert ask(model, "hi") == "ONE"
        with pytest.raises(ValueError, match="asks for entry 2"):
            ask(model, "hi")
    with pytest.raises(ValueError, match="entry 0 of replies is 5"):
        assigned.replies = [5]
    assigned.replies = None
    assert ask(assigned, "hi") == "HI"


def test_many_threads_use_each_entry_once_and_all_calls_are_recorded() -> None:
    model = Shout(replies=[str(number) for number in range(32 * 50)])

    def work(thread: int) -> list[str]:
        return [ask(model, f"{thread}") for _ in range(50)]

    with ThreadPoolExecutor(32) as pool:
        answers = [answer for found in pool.map(work, range(32)) for answer in found]
    assert sorted(answers, key=int) == [str(number) for number in range(32 * 50)]
    assert model.call_count == 32 * 50
    numbers = [call.number for call in model.calls]
    assert numbers == [*range(601, 1601)]
    model.assert_complete()


def test_threads_that_find_no_entry_left_are_told() -> None:
    model = Shout(replies=["x"] * 10)

    def work(_: int) -> str:
        try:
            return ask(model, "hi")
        except ValueError as error:
            return str(error)[:22]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(work, range(30)))
    assert sorted(outcomes) == ["X"] * 10 + ["replies holds 10 entri"] * 20
