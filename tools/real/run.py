"""Drive the examples over HTTP against a server that nobody here wrote.

`nox -s real` runs it. It starts LiteLLM's proxy on loopback, asks it through both models on every
path, prints what came of it, and writes that into docs/real-servers.md. It exits with 1 if an
answer is wrong.
"""

from __future__ import annotations

import asyncio
import os
import platform
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from completions_chat import CompletionsChat  # nox puts examples/completions on the path
from completions_llm import CompletionsLLM
from langchain_core.outputs import ChatGeneration
from langchain_core.prompt_values import StringPromptValue

from langchain_model_parts.http import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Model = CompletionsLLM | CompletionsChat

PAGE = Path(__file__).parents[2] / "docs" / "real-servers.md"
KEY = "sk-real-servers"
ANSWER = "Größe one END two"
CONFIG = f"""\
model_list:
  - model_name: small
    litellm_params: {{model: openai/mock, api_key: unused, mock_response: "{ANSWER}"}}
  - model_name: limited
    litellm_params: {{model: openai/mock, api_key: unused, mock_response: litellm.RateLimitError}}
general_settings: {{master_key: {KEY}}}
litellm_settings: {{telemetry: false}}
"""
START = 180
"""Seconds that the server may take to start."""
HEAD = """\
# The examples on a real server

<!-- made by `nox -s real` -->

`nox -s real` starts LiteLLM's proxy on loopback, with a model that always answers `{answer}`.
It asks the proxy through [`CompletionsLLM`](../examples/completions/completions_llm.py) and
[`CompletionsChat`](../examples/completions/completions_chat.py), on `invoke`, `batch`, `stream`,
`ainvoke`, `abatch` and `astream`. The proxy writes three characters an event, so `END` is split
over two. It ignores stops, and it leaves out what is null. It has no database here, so it answers
400, not 401, to a key that it does not know.

llama-cpp-python's server was not run. On 2026-11-21 the index had only its sources, 77 MB, and on
two busy cores they had not compiled after ten minutes.

Run on {date} with {versions}.

| what was asked | `CompletionsLLM` | `CompletionsChat` |
| --- | --- | --- |
"""


@contextmanager
def proxy(directory: Path) -> Iterator[str]:
    """Yield the base URL of LiteLLM's proxy while it runs."""
    config, log = directory / "config.yaml", directory / "litellm.log"
    config.write_text(CONFIG, encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("litellm")), "--config", str(config)]
    where = ["--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
    # Without the last it downloads a list of prices.
    quiet = {"NO_PROXY": "127.0.0.1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    with (
        log.open("wb") as file,
        subprocess.Popen(  # noqa: S603 - the server that was just installed
            [*command, *where], stdout=file, stderr=file, env={**os.environ, **quiet}
        ) as process,
    ):
        try:
            wait(f"http://127.0.0.1:{port}/health/liveliness", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()


def wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once a server answers, or raise with what it has logged."""
    deadline = time.monotonic() + START
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(url, trust_env=False).raise_for_status()
        except httpx.HTTPError:  # noqa: PERF203 - it is not there yet
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"LiteLLM's proxy did not start within {START} s:\n{log.read_text()}")


def text(answer: Any) -> str:
    """Return the text of an answer or a chunk."""
    return answer if isinstance(answer, str) else str(answer.content)


def answers(model: Model, stop: list[str] | None = None) -> set[str]:
    """Return the different answers of all paths: one, if they agree."""

    async def native() -> list[str]:
        many = await model.abatch(["Hi"] * 20, stop=stop)
        stream = "".join([text(chunk) async for chunk in model.astream("Hi", stop=stop)])
        return [*map(text, many), text(await model.ainvoke("Hi", stop=stop)), stream]

    many = model.batch(["Hi"] * 20, stop=stop)
    stream = "".join(map(text, model.stream("Hi", stop=stop)))
    return {*map(text, many), text(model.invoke("Hi", stop=stop)), stream, *asyncio.run(native())}


def left_early(model: Model) -> set[str]:
    """Return the first chunk of a stream that is then left, and the answer to another call."""
    stream: Any = model.stream("Hi")
    first = text(next(stream))
    stream.close()
    return {first, text(model.invoke("Hi"))}


def reason(model: Model) -> set[str]:
    """Return how an answer says that it ended."""
    ((generation,),) = model.generate_prompt([StringPromptValue(text="Hi")]).generations
    told: Any = generation.generation_info
    if isinstance(generation, ChatGeneration):
        told = generation.message.response_metadata
    return {told["finish_reason"]}


def error(model: Model) -> set[str]:
    """Return the class of the error that a call ends with, or what is wrong with it."""
    try:
        model.invoke("Hi")
    except ProviderError as raised:
        return {"the key" if KEY in f"{raised} {raised.__cause__}" else type(raised).__name__}
    return {"no error"}


ROWS: tuple[tuple[str, dict[str, Any], Callable[[Model], set[str]], set[str]], ...] = (
    ("no stop", {}, answers, {ANSWER}),
    ('`stop=["END"]` at the call', {}, lambda m: answers(m, ["END"]), {"Größe one END"}),
    ('`stop=["END"]` in the model', {"stop": ["END"]}, answers, {"Größe one END"}),
    (
        "the same, `include_stop=False`",
        {"stop": ["END"], "include_stop": False},
        answers,
        {"Größe one "},
    ),
    ('`stop=["END two", "D", "?"]`', {"stop": ["END two", "D", "?"]}, answers, {"Größe one END"}),
    ("a stream that is left after a chunk, and another call", {}, left_early, {"Grö", ANSWER}),
    ("the `finish_reason`", {}, reason, {"stop"}),
    ("a key that is refused", {"api_key": "refused"}, error, {"RefusedRequestError"}),
    ("a model that does not exist", {"model": "other"}, error, {"RefusedRequestError"}),
    ("a model over its limit", {"model": "limited"}, error, {"RateLimitError"}),
)
"""What is asked, the settings, how, and what has to come of it with both models."""
MODELS = (CompletionsLLM, CompletionsChat)


def shown(observed: set[str], expected: set[str]) -> str:
    """Return a cell of the table."""
    told = " and ".join(f"`{one!r}`" for one in sorted(observed, key=len))
    return told if observed == expected else f"WRONG: {told}"


def row(url: str, asked: str, settings: dict[str, Any], ask: Any, expected: set[str]) -> str:
    """Ask both models, and return a row of the table."""
    given = {"base_url": url, "model": "small", "api_key": KEY, **settings}
    cells = [shown(ask(model(**given)), expected) for model in MODELS]
    return f"| {' | '.join([asked, *cells])} |\n"


def main() -> None:
    """Print the page, and write it."""
    with proxy(Path(sys.argv[1])) as url:
        rows = [row(url, *one) for one in ROWS]
    rows.append(row(url, "the proxy after it has stopped", {}, error, {"ConnectionFailedError"}))
    installed = (f"{name} {version(name)}" for name in ("litellm", "langchain-core", "httpx"))
    page = HEAD.format(
        answer=ANSWER,
        date=datetime.now(tz=timezone.utc).date(),
        versions=", ".join([*installed, f"Python {platform.python_version()}"]),
    )
    page += "".join(rows)
    print(page)
    PAGE.write_text(page, encoding="utf-8")
    sys.exit(1 if "WRONG" in page else 0)


if __name__ == "__main__":
    main()
