"""The findings that matter most to users, each shown by five lines that are run for the report."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from tools.field.outcomes import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 120  # seconds for one of them
PRELUDE = """\
from langchain_model_conformance.server import LoopbackServer
from tools.field.wires import WIRES
url = LoopbackServer(*WIRES).start().url
"""
"""What comes before each of them."""


class Highlight(NamedTuple):
    """One finding, and what shows it."""

    says: str
    """What a user has to know."""
    of: str
    """The title of a class that it is seen on."""
    code: str
    """At most five lines."""
    prints: str
    """A line that they print, or the error that they end with."""


HIGHLIGHTS = (
    Highlight(
        "`Cohere` answers nothing: every call raises before anything is sent.",
        "Cohere",
        """\
from langchain_cohere.llms import Cohere
Cohere(base_url=url, cohere_api_key="none", model="command").invoke("Hello")
""",
        "TypeError: langchain_cohere.llms.completion_with_retry() got multiple values for keyword "
        "argument 'model'",
    ),
    Highlight(
        "`ChatPerplexity` cannot be streamed with a stop: every such call raises.",
        "ChatPerplexity",
        """\
import os
os.environ["PERPLEXITY_BASE_URL"] = url
from langchain_perplexity import ChatPerplexity
list(ChatPerplexity(api_key="none", model="m").stream("Hello", stop=["l"]))
""",
        "TypeError: ChatCompletionsResource.create() got an unexpected keyword argument "
        "'stop_sequences'",
    ),
    Highlight(
        "`VLLMOpenAI`, `PredictionGuard` and `ChatPredictionGuard` hand their key to every "
        "callback and tracer, in plain text.",
        "VLLMOpenAI",
        """\
from langchain_core.callbacks import BaseCallbackHandler
from langchain_community.llms import VLLMOpenAI
class Tracer(BaseCallbackHandler):
    on_llm_start = lambda self, serialized, prompts, **_: print("a key!" in serialized["repr"])
VLLMOpenAI(openai_api_base=url, openai_api_key="a key!").invoke("Hi", {"callbacks": [Tracer()]})
""",
        "True",
    ),
    Highlight(
        "`Llamafile` streams an error of its server as the model's answer.",
        "Llamafile",
        """\
from langchain_community.llms import Llamafile
print("".join(Llamafile(base_url=url).stream("Please fail with status 503.")))
""",
        '{"error": {"message": "refused as asked for", "code": 503}}',
    ),
    Highlight(
        "With a cache, `OllamaLLM`, `ChatOllama`, `Fireworks`, `Together` and `ChatNVIDIA` are "
        "served the answers of another configuration, even of another model.",
        "OllamaLLM",
        """\
from langchain_core.caches import InMemoryCache
from langchain_ollama import OllamaLLM
cache = InMemoryCache()
print(OllamaLLM(base_url=url, model="small", num_predict=2, cache=cache).invoke("Hello"))
print(OllamaLLM(base_url=url, model="large", num_predict=-1, cache=cache).invoke("Hello"))
""",
        "He",
    ),
    Highlight(
        "`ChatBedrock` keeps the stop of one streamed call for all later ones.",
        "ChatBedrock",
        """\
from langchain_aws import ChatBedrock
keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}
model = ChatBedrock(endpoint_url=url, model="anthropic.claude-3", model_kwargs={"top_p": 1}, **keys)
list(model.stream("Hello", stop=["l"]))
print("".join(chunk.text for chunk in model.stream("Hello")))
""",
        "He",
    ),
    Highlight(
        "`BedrockLLM` and `ChatBedrock` take an empty list of stops for one that cuts everything, "
        "and a dot in a stop for any character.",
        "BedrockLLM",
        """\
from langchain_aws import BedrockLLM
keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}
model = BedrockLLM(endpoint_url=url, model="mistral.mistral-7b-instruct-v0:2", **keys)
print([model.invoke("Hello", stop=[]), model.invoke("Hello", stop=["."])])
""",
        "['', '']",
    ),
    Highlight(
        "`HuggingFaceEndpoint` leaves a stop in a stream when it spans two tokens; `invoke` "
        "removes it.",
        "HuggingFaceEndpoint",
        """\
from langchain_huggingface import HuggingFaceEndpoint
model = HuggingFaceEndpoint(endpoint_url=url + "/tgi", huggingfacehub_api_token="none")
print([model.invoke("Hello", stop=["ll"]), "".join(model.stream("Hello", stop=["ll"]))])
""",
        "['He', 'Hell']",
    ),
    Highlight(
        "`GoogleGenerativeAI` tells callbacks every token twice, so traces and user interfaces "
        "that follow them show the text doubled.",
        "GoogleGenerativeAI",
        """\
from langchain_core.callbacks import StreamingStdOutCallbackHandler
from langchain_google_genai import GoogleGenerativeAI
model = GoogleGenerativeAI(base_url=url, google_api_key="none", model="gemini-2.5-flash")
list(model.stream("Hey", config={"callbacks": [StreamingStdOutCallbackHandler()]}))
""",
        "HeyHey",
    ),
    Highlight(
        "`ChatOpenAI`, `ChatAnthropic` and eleven others lose their connection when a second event "
        "loop asks: a script with two `asyncio.run` fails, unless a retry hides it.",
        "ChatOpenAI",
        """\
import asyncio
from langchain_openai import ChatOpenAI
model = ChatOpenAI(base_url=url + "/v1", api_key="none", model="m", max_retries=0)
asyncio.run(model.ainvoke("Hello"))
asyncio.run(model.ainvoke("Hello"))
""",
        "RuntimeError: Event loop is closed",
    ),
)
"""The most important first."""


def shown(highlight: Highlight, python: Path) -> bool:
    """Return whether what a highlight says can be seen, in an environment with its class."""
    process = subprocess.run(  # noqa: S603  # our own code
        [str(python), "-c", PRELUDE + highlight.code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,  # many end with an error
        timeout=PATIENCE,
    )
    return highlight.prints in (process.stdout + process.stderr).splitlines()
