"""Written replies and recorded calls, on all six paths, for all that LangChain makes of a model."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import GenerationChunk
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import ConfigurableField

from langchain_llm_echo import ByPrompt, CustomLLM, Failure
from llm_paths import astream_chunks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from langchain_model_parts.calls import Call


def batch(llm: Any, prompt: str, **kwargs: Any) -> str:
    (answer,) = llm.batch([prompt], **kwargs)
    return str(answer)


def abatch(llm: Any, prompt: str, **kwargs: Any) -> str:
    (answer,) = asyncio.run(llm.abatch([prompt], **kwargs))
    return str(answer)


ONCE: dict[str, Callable[..., str]] = {
    "invoke": lambda llm, prompt, **kwargs: str(llm.invoke(prompt, **kwargs)),
    "ainvoke": lambda llm, prompt, **kwargs: str(asyncio.run(llm.ainvoke(prompt, **kwargs))),
    "batch": batch,
    "abatch": abatch,
    "stream": lambda llm, prompt, **kwargs: "".join(llm.stream(prompt, **kwargs)),
    "astream": lambda llm, prompt, **kwargs: "".join(astream_chunks(llm, prompt, **kwargs)),
}
each_path = pytest.mark.parametrize("path", [*ONCE.values()], ids=[*ONCE])


@each_path
def test_the_same_is_recorded_on_every_path(path: Callable[..., str]) -> None:
    llm = CustomLLM(n=1, replies=["one", ...])
    assert path(llm, "first", stop=["n"], temperature=2) == "on"
    assert path(llm, "second") == "s"
    first, second = llm.calls
    assert (first.prompt, first.stop, first.options) == ("first", ["n"], {"temperature": 2})
    assert (first.answer, second.answer) == ("on", "s")
    assert llm.call_count == 2
    llm.assert_complete()


class Errors(BaseCallbackHandler):
    def __init__(self) -> None:
        self.seen: list[BaseException] = []

    def on_llm_error(self, error: BaseException, **_: Any) -> None:
        self.seen.append(error)


async def later(_: Call) -> str:
    return "later"


def fragile(_: Call) -> str:
    raise KeyError("broken")


REFUSED: dict[str, tuple[Any, dict[str, Any], type[Exception], str]] = {
    "a bad stop": (["one"], {"stop": [""]}, ValueError, "must not be empty"),
    "a function that raises": (fragile, {}, KeyError, "broken"),
    "a function that returns nonsense": (
        [lambda _: 5],
        {},
        ValueError,
        "what a function in replies returned is 5, which CustomLLM cannot answer with",
    ),
    "no rule": (ByPrompt({"z": "x"}), {}, ValueError, "no rule of ByPrompt matches"),
    "past the end": (["one"], {}, ValueError, "holds 1 entries, and this call asks for entry 2"),
}


@each_path
@pytest.mark.parametrize(
    ("replies", "call", "error", "message"), [*REFUSED.values()], ids=[*REFUSED]
)
def test_a_refused_call_is_told_once_and_uses_nothing(
    path: Callable[..., str],
    replies: Any,
    call: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    llm = CustomLLM(replies=replies)
    if "entry 2" in message:
        llm.invoke("hi")
    told = Errors()
    with pytest.raises(error, match=message) as caught:
        path(llm, "hi", config={"callbacks": [told]}, **call)
    assert told.seen == [caught.value]
    assert llm.calls[-1].error is caught.value
    if call:
        assert path(llm, "hi") == "one"


@pytest.mark.parametrize("path", ["invoke", "batch", "stream"])
def test_an_asynchronous_function_is_refused_on_a_synchronous_path(path: str) -> None:
    llm = CustomLLM(replies=[later])
    with pytest.raises(TypeError, match="asynchronous, and this call is not: call ainvoke"):
        ONCE[path](llm, "hi")
    assert [ONCE["ainvoke"](llm, "hi")] == ["later"]


@pytest.mark.parametrize("path", ["ainvoke", "abatch", "astream"])
def test_an_asynchronous_function_answers_on_an_asynchronous_path(path: str) -> None:
    assert ONCE[path](CustomLLM(replies=later), "hi") == "later"


def test_whatever_langchain_makes_of_a_model_shares_its_replies_and_calls() -> None:
    llm = CustomLLM(replies=[str(number) for number in range(8)], n=9)
    configurable = llm.configurable_fields(n=ConfigurableField(id="n"))
    made: list[Any] = [
        llm,
        llm.bind(stop=["x"]),
        llm.with_config(tags=["a"]),
        configurable,
        configurable.with_config(configurable={"n": 1}),
        llm.with_retry(),
        llm.with_fallbacks([CustomLLM()]),
        llm.model_copy(),
    ]
    assert [model.invoke("hi") for model in made] == [str(number) for number in range(8)]
    assert llm.call_count == 8
    llm.assert_complete()


def test_32_threads_use_1600_entries_once_each() -> None:
    llm = CustomLLM(replies=[str(number) for number in range(1_600)])

    def work(_: int) -> list[str]:
        return [llm.invoke("hi") for _ in range(50)]

    with ThreadPoolExecutor(32) as pool:
        answers = [answer for found in pool.map(work, range(32)) for answer in found]
    assert sorted(answers, key=int) == [str(number) for number in range(1_600)]
    assert llm.call_count == 1_600
    llm.assert_complete()


def test_a_failure_streams_a_part_of_a_text() -> None:
    llm = CustomLLM(replies=[Failure(TimeoutError(), after=2, text="one")])
    stream = llm.stream("hi")
    assert [next(stream), next(stream)] == ["o", "n"]
    with pytest.raises(TimeoutError):
        next(stream)


def test_a_subclass_that_writes_call_alone_is_heeded_on_every_path() -> None:
    class Loud(CustomLLM):
        def _call(self, prompt: str, *_: Any, **__: Any) -> str:
            return prompt.upper()

    class Slow(Loud):
        def _stream(self, prompt: str, *_: Any, **__: Any) -> Iterator[GenerationChunk]:
            yield GenerationChunk(text=f"{prompt}...")

    class Drawling(CustomLLM):
        _stream = Slow._stream

    assert {name: path(Loud(), "hi") for name, path in ONCE.items()} == dict.fromkeys(ONCE, "HI")
    assert (ONCE["stream"](Slow(), "hi"), ONCE["astream"](Slow(), "hi")) == ("hi...", "hi...")
    assert ONCE["ainvoke"](Slow(), "hi") == "HI"
    assert ONCE["astream"](Drawling(), "hi") == "hi..."


def test_two_prompts_of_one_application_get_the_replies_in_order() -> None:
    llm = CustomLLM(replies=["a short text", "another one", "both are short"])
    summarise = PromptTemplate.from_template("Summarise: {text}") | llm
    combine = PromptTemplate.from_template("Combine: {texts}") | llm
    summaries = summarise.batch([{"text": "x"}, {"text": "y"}])
    assert combine.invoke({"texts": "; ".join(summaries)}) == "both are short"
    assert [call.prompt for call in llm.calls] == [
        "Summarise: x",
        "Summarise: y",
        "Combine: a short text; another one",
    ]


REACT = "Answer as Thought/Action/Action Input/Observation.\nQuestion: {question}\n{scratchpad}"


def test_a_react_agent_in_strings_runs_to_its_answer() -> None:
    llm = CustomLLM(
        replies=[
            "Thought: look it up\nAction: weather\nAction Input: Paris\nObservation: never said",
            "Thought: I know\nFinal Answer: sunny",
        ],
        include_stop=False,
    )
    step = PromptTemplate.from_template(REACT) | llm.bind(stop=["\nObservation:"])
    scratchpad, said = "", ""
    while "Final Answer:" not in said:
        said = step.invoke({"question": "The weather?", "scratchpad": scratchpad})
        scratchpad += f"{said}\nObservation: sunny in {said.split(': ')[-1]}\n"
    assert said.split("Final Answer: ")[1] == "sunny"
    llm.assert_complete()
    assert itemgetter(-1)(llm.calls).prompt.endswith("Paris\nObservation: sunny in Paris\n")
    assert llm.calls[0].stop == ["\nObservation:"]
