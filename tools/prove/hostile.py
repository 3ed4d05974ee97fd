"""Give each public entry what was made to hurt it; each input in a process of its own.

An input is taken well if it comes to an answer or to a clear error, in bounded time and memory. A
clear error says in words what is wrong. Python's own is clear where the input is an object that
nests deeper than Python's recursion limit; a `MemoryError` or the end of the process never is.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import sys
import textwrap
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, HumanMessage

from langchain_chat_echo import CallTool, ChatEcho
from langchain_llm_echo import CustomLLM
from langchain_model_parts import StopSequences
from tools.prove.rows import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECONDS, MEGABYTES = 10, 400
"""What an input may cost: of CPU time, and of memory."""
WIDTH = 90  # characters of an error that the table shows
PATIENCE = 60  # seconds on the clock until an input is given up
MB = 10**6
CLEAR = (ValueError, TypeError, AssertionError, RecursionError)
LLM: Any = CustomLLM  # type checkers refuse what it is given here
CYCLE: dict[str, Any] = {}
CYCLE["again"] = CYCLE


def nested(depth: int, **inner: Any) -> dict[str, Any]:
    """Return the schema of a list in a list, so many deep."""
    schema: dict[str, Any] = inner or {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "array", "minItems": 1, "items": schema}
    return schema


def choices(depth: int) -> dict[str, Any]:
    """Return a schema that has two branches at each of so many levels, and no value."""
    levels: dict[str, Any] = {"L0": {"type": "string", "maxLength": 0, "minLength": 1}}
    for level in range(depth):
        inner = {"$ref": f"#/$defs/L{level}"}
        branches = [{"properties": {"p": inner}}, {"properties": {"p": inner}, "minProperties": 1}]
        levels[f"L{level + 1}"] = {"type": "object", "required": ["p"], "anyOf": branches}
    return {"$defs": levels, "$ref": f"#/$defs/L{depth}"}


def ways(depth: int) -> dict[str, Any]:
    """Return a schema that leads to the next definition twice at each of so many levels."""
    levels: dict[str, Any] = {f"L{depth}": {"type": "string", "minLength": 3, "maxLength": 2}}
    for level in range(depth):
        inner = {"$ref": f"#/$defs/L{level + 1}"}
        levels[f"L{level}"] = {"allOf": [inner, inner]}
    return {"$defs": levels, "$ref": "#/$defs/L0"}


def demanding(depth: int) -> dict[str, Any]:
    """Return the schema of a list of 1,000 lists of 1,000 lists, so many deep."""
    schema: dict[str, Any] = {"type": "integer"}
    for _ in range(depth):
        schema = {"type": "array", "minItems": 1_000, "items": schema}
    return schema


def referring(definition: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that refers to a definition, which may refer to itself."""
    return {"$defs": {"A": definition}, "$ref": "#/$defs/A"}


def as_object(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with one property, and with the definitions at its root."""
    inner = {key: value for key, value in schema.items() if key != "$defs"}
    whole = {"type": "object", "properties": {"a": inner}, "required": ["a"]}
    return {"$defs": schema["$defs"], **whole} if "$defs" in schema else whole


A = {"$ref": "#/$defs/A"}
SCHEMAS: dict[str, Any] = {
    "nests 50 deep": nested(50),
    "nests 10,000 deep": nested(10_000),
    "refers to itself": referring(A),
    "refers to itself by a choice": referring({"anyOf": [A, A]}),
    "needs itself inside itself": referring({"type": "array", "minItems": 1, "items": A}),
    "needs the whole inside": {"$ref": "#"},
    "a string of a billion characters": {"type": "string", "minLength": 10**9},
    "a list of a billion items": {"type": "array", "minItems": 10**9},
    "an object of a billion properties": {"type": "object", "minProperties": 10**9},
    "a list of a billion lists, by 1,000": demanding(3),
    "a pattern that repeats a billion times": {"type": "string", "pattern": "^a{1000000000}$"},
    "nested repetitions": {"type": "string", "pattern": "^((a{999}){999}){999}$"},
    "a catastrophic pattern": {"type": "string", "pattern": "^(a+)+$"},
    "a catastrophic pattern, none fits": {"type": "string", "pattern": "^(a|a)*c$", "maxLength": 0},
    "a back-reference": {"type": "string", "pattern": r"^(a+)\1+$"},
    "no pattern at all": {"type": "string", "pattern": "(("},
    "2 to the 20 choices, none fits": choices(20),
    "2 to the 40 ways to judge": ways(40),
    "2 to the 16 errors": ways(16),
    "100,000 choices, the last fits": {"anyOf": [False] * 100_000 + [{"type": "null"}]},
    "100,000 members": {"enum": [f"m{number}" for number in range(100_000)]},
    "10,000 required properties": {
        "type": "object",
        "properties": {f"p{number}": {"type": "integer"} for number in range(10_000)},
        "required": [f"p{number}" for number in range(10_000)],
    },
    "a tiny multipleOf": {"type": "number", "multipleOf": 1e-300, "minimum": 1e300},
    "a bound of 10,000 digits": {"type": "integer", "minimum": 10**4_000},
    "a constant of 1 MB": {"const": "x" * MB},
    "10,000 distinct items of 2": {
        "type": "array",
        "uniqueItems": True,
        "minItems": 10_000,
        "items": {"enum": [1, 2]},
    },
    "a document elsewhere": {"$ref": "http://127.0.0.1:9/schema.json"},
    "a cycle of objects": CYCLE,
}


def cast(schema: Any) -> Any:
    """Return what a chat model answers that has to answer in a schema."""
    whole = {"title": "Answer", **as_object(schema)}
    asked = ChatEcho().with_structured_output(whole, method="json_schema")
    return asked.invoke("a" * 40 + "b 1 2 3")


def bound(schema: Any) -> Any:
    """Return the call of a tool whose argument has a schema."""
    tool = {"type": "function", "function": {"name": "tool", "parameters": as_object(schema)}}
    return ChatEcho().bind_tools([tool]).invoke("tool 1 2 3").tool_calls


def deep(depth: int) -> list[Any]:
    """Return a list in a list, so many deep."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def streamed(stops: Any, text: str, size: int) -> int:
    """Return how many characters of a text come through a stream, in deltas of one size."""
    deltas = (text[start : start + size] for start in range(0, len(text), size))
    return sum(map(len, StopSequences(stops, include=False).cut_stream(deltas)))


def judged(**declared: Any) -> str:
    """Return what the suite says of a declaration."""
    sys.path.append(str(Path(__file__).parents[2] / "packages/conformance/tests"))
    suites: Any = importlib.import_module("langchain_model_conformance")
    driver: Any = importlib.import_module("conformance_driver")
    good = {
        "llm_class": importlib.import_module("healthy_llm").HealthyLLM,
        "stop_policy": "include",
    }
    suite = type("TestHostile", (suites.LLMConformanceTests,), {**good, **declared})
    outcome = driver.run_suite(suite)
    return f"{len(outcome.passed)} passed, {len(outcome.failed)} failed"


PAIRS = tuple(chr(0x4E00 + n % 5_000) + chr(0x3400 + n // 5_000) for n in range(100_000))
INPUTS: dict[str, Callable[[], Any]] = {
    **{f"with_structured_output: {name}": partial(cast, one) for name, one in SCHEMAS.items()},
    **{f"bind_tools: {name}": partial(bound, one) for name, one in SCHEMAS.items()},
    "StopSequences: a stop of 1 MB": lambda: streamed("a" * MB + "b", "a" * MB, 4),
    "StopSequences: 100,000 stops": lambda: streamed(PAIRS, "".join(PAIRS)[::2] * 5, 4),
    "StopSequences: 10 MB, by 64": lambda: streamed(["a" * 99 + "b"], "a" * 10 * MB, 64),
    "StopSequences.cut: 10 MB": lambda: StopSequences(["a" * 99 + "b"]).cut("a" * 10 * MB),
    "StopSequences.canonical: 10,000 stops": lambda: (
        StopSequences("a" * n + "b" for n in range(1, 1_000)).canonical
    ),
    "CustomLLM: a prompt of 10 MB": lambda: CustomLLM().invoke("x" * 10 * MB),
    "CustomLLM: a stop of 1 MB": lambda: CustomLLM().invoke("a" * MB, stop=["a" * MB + "b"]),
    "CustomLLM: a key of 10 MB": lambda: repr(LLM(api_key="k" * 10 * MB)),
    "CustomLLM: a key of 10 MB that is refused": lambda: LLM(api_key="*" * 10 * MB),
    "CustomLLM: an argument of 10 MB": lambda: LLM(n="x" * 10 * MB),
    "CustomLLM: 100,000 replies": lambda: CustomLLM(replies=["x"] * 100_000).invoke("?"),
    "CustomLLM: replies 10,000 deep": lambda: CustomLLM(replies=[deep(10_000)]),
    "ChatEcho: a message of 10 MB": lambda: ChatEcho().invoke("x" * 10 * MB),
    "ChatEcho: 100,000 messages": lambda: ChatEcho().invoke([HumanMessage("x")] * 100_000),
    "ChatEcho: a message whose fields are a cycle": lambda: ChatEcho().invoke(
        [HumanMessage("x", additional_kwargs=CYCLE)]
    ),
    "ChatEcho: a content block that is a cycle": lambda: ChatEcho().invoke([looped()]),
    "ChatEcho: a tool call whose arguments are a cycle": lambda: ChatEcho().invoke(
        [called(CYCLE), HumanMessage("x")]
    ),
    "ChatEcho: a tool call 10,000 deep": lambda: ChatEcho().invoke(
        [called({"a": deep(10_000)}), HumanMessage("x")]
    ),
    "ChatEcho: a reply that is a cycle": lambda: replying({"a": CYCLE}),
    "ChatEcho: a reply that calls with a cycle": lambda: replying(CallTool("tool", a=CYCLE)),
    "ChatEcho: a reply 10,000 deep": lambda: replying(CallTool("tool", a=deep(10_000))),
    "conformance suite: a prompt of 1 MB": lambda: judged(error_prompt="x" * MB),
    "conformance suite: an argument that is a cycle": lambda: judged(llm_params={"n": CYCLE}),
    "conformance suite: an argument 10,000 deep": lambda: judged(llm_params={"n": deep(10_000)}),
}


def looped() -> HumanMessage:
    """Return a message whose content is a cycle."""
    message = HumanMessage("x")
    message.content = [CYCLE]
    return message


def called(args: dict[str, Any]) -> AIMessage:
    """Return a message that calls a tool."""
    message = AIMessage("", tool_calls=[{"name": "tool", "args": {}, "id": "1"}])
    message.tool_calls[0]["args"] = args
    return message


def replying(reply: Any) -> Any:
    """Return the answer of a model with one reply."""
    model = ChatEcho(replies=[reply], allow_unbound_tools=True)
    return model.invoke("x").tool_calls


def taken(make: Callable[[], Any]) -> tuple[str, float, float]:
    """Return what an input comes to, in a fork, with its seconds and megabytes."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _take(make, writer)
    os.close(writer)
    with os.fdopen(reader) as told:
        said = told.read()
    _, status = os.waitpid(child, 0)
    if not said:
        return f"crash: signal {os.WTERMSIG(status)}", float(PATIENCE), 0.0
    outcome, seconds, megabytes = json.loads(said)
    return outcome, seconds, megabytes


def _take(make: Callable[[], Any], writer: int) -> None:
    """Take an input, tell what it came to, and end the process."""
    signal.alarm(PATIENCE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_AS, (8 * 10**9, 8 * 10**9))
    start = time.process_time()
    try:
        make()
        outcome = "answer"
    except CLEAR as error:
        first = str(error).strip().partition("\n")[0].replace("`", "")
        words = textwrap.shorten(first, WIDTH, placeholder=" …") or "crash: an error without words"
        outcome = f"{type(error).__name__}: {words}"
    except BaseException as error:  # noqa: BLE001 - it is the finding
        outcome = f"crash: {error!r}"[:100]
    seconds = time.process_time() - start
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    os.write(writer, json.dumps([outcome, seconds, kilobytes / 1_000]).encode())
    os._exit(0)


def rows(*, quick: bool) -> Iterator[Row]:
    """Yield a row for each input."""
    for name, make in [*INPUTS.items()][:: 5 if quick else 1]:
        outcome, seconds, megabytes = taken(make)
        reached = "crash" not in outcome and seconds <= SECONDS and megabytes <= MEGABYTES
        figure = f"{seconds:.2f} s, {megabytes:,.0f} MB; {outcome}"
        yield Row(name, f"{SECONDS} s, {MEGABYTES} MB, no crash", figure, reached)
