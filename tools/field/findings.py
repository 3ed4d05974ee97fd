"""What each failure is: a defect of the package, with its line, or a choice of ours.

Each was judged by reading the source at its line. Lines are looked up by their text in what is
installed, so that a new release moves them or, if the text is gone, asks for a new judgement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from tools.field.subjects import Subject


class Verdict(Enum):
    """Whom a failure is held against; the value is its mark in the table."""

    DEFECT = "x"
    """The package: its source shows why."""
    OURS = "o"
    """Nobody: our simulation or our declaration decides."""


class Failed(Protocol):
    """What a finding looks at."""

    check: str
    observed: str


@dataclass(frozen=True)
class Line:
    """A line of a package's source, known by its text."""

    file: str
    """The path below site-packages."""
    text: str
    """A part of the line."""
    after: str = ""
    """A part of an earlier line, where the text alone occurs too early."""

    def found(self, site: Path) -> str:
        """Return file and number of the line below `site`, where packages are installed.

        Raises:
            ValueError: The line is gone.
        """
        begun = not self.after
        source = (site / self.file).read_text(encoding="utf-8")
        for number, text in enumerate(source.splitlines(), 1):
            if begun and self.text in text:
                return f"{self.file}:{number}"
            begun = begun or self.after in text
        raise ValueError(f"{self.file} no longer has the line {self.text!r}: judge again")


@dataclass(frozen=True)
class Finding:
    """One verdict on the failures of some checks on some classes."""

    checks: str
    """The ids of the checks, with blanks between them, or `*`."""
    why: str
    """One sentence: why it is a defect, or why it is not."""
    of: str = ""
    """The titles of the classes, with blanks between them; empty for any class."""
    line: Line | None = None
    """Where; without it, the argument that the observation names, or where the class begins."""
    seen: str = ""
    """A pattern that the observation has to hold."""
    verdict: Verdict = Verdict.DEFECT
    race: bool = False
    """Whether threads race for it: it does not show in every run."""
    at_key: bool = False
    """Whether it is about the argument that holds the key, which the observation does not name."""

    def judges(self, subject: Subject, failure: Failed) -> bool:
        """Return whether this is the verdict on a failure of a class."""
        return (
            (not self.of or subject.title in self.of.split())
            and (self.checks == "*" or failure.check in self.checks.split())
            and re.search(self.seen, failure.observed) is not None
        )


IDENTITY = "identifying_params_distinguish identifying_params_not_empty cache_not_crossing"
LOOPS = r"Event loop is closed|Connection error|different (event )?loop|attached to a different"
TAKES_OVER = (
    "The asynchronous client is made once, with the model, and keeps its connections: a second "
    "`asyncio.run` meets connections of the first, closed loop."
)
SHARED_CLIENT = (
    "The asynchronous client is cached for the whole process, so even a new model in a new event "
    "loop is handed connections of a closed loop. The field run empties that cache before each "
    "check; without this, and without the event loop of its own that each asynchronous call of "
    "a check has, more checks would fail at random."
)
CANNOT_BE_COPIED = (
    "The model holds clients with locks in them and makes nothing of them in `__getstate__`, so it "
    "can be neither pickled nor copied deeply."
)
NO_IDENTITY = (
    "`_identifying_params` is not overridden and therefore empty, so langchain-core's cache "
    "serves one configuration the answer of another."
)

KEY_IN_ERROR = (
    "The client's exception keeps the request, whose headers hold the key: what shows attributes "
    "of an exception, or pickles it, shows the key."
)
SPLIT_LINES = (
    "The stream is read with `iter_lines`, which ends a line at U+0085 and U+2028 too, so an event "
    "that holds one is cut in two."
)
NO_USAGE = "A stream asks for no usage, so what it cost is told by whole answers only."

FINDINGS = (
    # OpenAI, and what is built on its classes.
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "OpenAI ChatOpenAI VLLMOpenAI ChatUpstage ChatMoonshot ChatBaseten ChatXAI ChatDeepSeek "
        "ChatTogether ChatCerebras ChatLiteLLM",
        Line("openai/_exceptions.py", "self.request = request"),
    ),
    Finding(
        "cancellation",
        "A stream waits for each chunk with `asyncio.wait_for`. Before Python 3.12 that drops a "
        "cancellation that comes when the chunk is there: the call goes on to its end.",
        "ChatOpenAI ChatUpstage ChatMoonshot ChatBaseten ChatXAI ChatDeepSeek ChatTogether "
        "ChatCerebras",
        Line("langchain_openai/chat_models/_client_utils.py", "asyncio.wait_for(it.__anext__()"),
        race=True,
    ),
    Finding(
        "details_on_every_path",
        NO_USAGE,
        "OpenAI",
        Line("langchain_openai/llms/base.py", "def _stream(", "class BaseOpenAI("),
        "token usage",
    ),
    Finding(
        "details_on_every_path",
        NO_USAGE,
        "VLLMOpenAI",
        Line("langchain_community/llms/openai.py", "def _stream(", "class BaseOpenAI("),
        "token usage",
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "OpenAI",
        Line("langchain_openai/llms/base.py", "self.async_client = openai.AsyncOpenAI("),
        LOOPS,
    ),
    Finding(
        "*",
        SHARED_CLIENT,
        "ChatOpenAI ChatTogether ChatDeepSeek ChatXAI",
        Line("langchain_openai/chat_models/_client_utils.py", "def _cached_async_httpx_client", ""),
        LOOPS,
    ),
    # Ollama.
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "OllamaLLM",
        Line("langchain_ollama/llms.py", "class OllamaLLM("),
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "ChatOllama",
        Line("langchain_ollama/chat_models.py", "class ChatOllama("),
    ),
    Finding(
        "token_has_chunk",
        "`on_llm_new_token` is called with the text alone: a handler that reads `chunk` gets None.",
        "OllamaLLM",
        Line("langchain_ollama/llms.py", "run_manager.on_llm_new_token(", "def _stream("),
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "OllamaLLM",
        Line("langchain_ollama/llms.py", "self._async_client = AsyncClient("),
        LOOPS,
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatOllama",
        Line("langchain_ollama/chat_models.py", "self._async_client = AsyncClient("),
        LOOPS,
    ),
    Finding(
        "run_manager_token_once",
        "`on_llm_new_token` is called with the text alone: a handler that reads `chunk` gets None.",
        "ChatOllama",
        Line("langchain_ollama/chat_models.py", "run_manager.on_llm_new_token(", "def _stream("),
    ),
    Finding(
        "line_separators_kept",
        SPLIT_LINES,
        "OllamaLLM ChatOllama",
        Line("ollama/_client.py", "for line in r.iter_lines()"),
    ),
    # Anthropic.
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "AnthropicLLM ChatAnthropic",
        Line("anthropic/_exceptions.py", "self.request = request"),
    ),
    Finding(
        "whitespace_kept",
        "The prompt is stripped before it is sent, so the model never sees its white space.",
        "AnthropicLLM",
        Line("langchain_anthropic/llms.py", '"content": content.strip()'),
    ),
    Finding(
        "empty_answer stop_at_start",
        "The first content block is read without looking whether there is one, and a stream "
        "without text yields no chunk. That an empty answer has no content block is our "
        "simulation of what Anthropic documents for empty responses.",
        "AnthropicLLM",
        Line("langchain_anthropic/llms.py", "return response.content[0].text"),
    ),
    Finding(
        "dumps_round_trip",
        "The class says that it is serializable, but its clients are fields and are written down.",
        "AnthropicLLM",
        Line("langchain_anthropic/llms.py", "def is_lc_serializable"),
    ),
    Finding(
        "custom_token_ids",
        "`get_num_tokens` raises always, also with an encoder of the caller's own.",
        "AnthropicLLM",
        Line("langchain_anthropic/llms.py", "raise NotImplementedError("),
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "AnthropicLLM",
        Line("langchain_anthropic/llms.py", "self.async_client = anthropic.AsyncAnthropic("),
        LOOPS,
    ),
    Finding(
        "*",
        SHARED_CLIENT,
        "ChatAnthropic",
        Line("langchain_anthropic/_client_utils.py", "def _get_default_async_httpx_client"),
        LOOPS,
    ),
    # Cohere.
    Finding(
        "answers",
        "`model` is passed by name and again in `**params`, so every call raises a TypeError "
        "before anything is sent.",
        "Cohere",
        Line("langchain_cohere/llms.py", "self, model=self.model, prompt=prompt, **params"),
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatCohere",
        Line("langchain_cohere/llms.py", "self.async_client = cohere.AsyncClient("),
        LOOPS,
    ),
    Finding(
        "parallel_tool_calls tools_unchanged structured_output_raw",
        "`bind_tools` refuses OpenAI's form of a tool, which langchain-core takes everywhere: a "
        "dictionary must have a title, a description and properties.",
        "ChatCohere",
        Line(
            "langchain_cohere/cohere_agent.py",
            "Unsupported dict type",
            "def _convert_to_cohere_tool_v2(",
        ),
        "Unsupported dict type",
    ),
    Finding(
        "line_separators_kept",
        SPLIT_LINES,
        "ChatCohere",
        Line("cohere/core/http_sse/_api.py", "self._response.aiter_lines()"),
    ),
    # Hugging Face.
    Finding(
        "line_separators_kept",
        SPLIT_LINES,
        "HuggingFaceEndpoint HuggingFaceEndpointEndToken",
        Line("huggingface_hub/inference/_client.py", "return response.iter_lines()"),
    ),
    Finding(
        IDENTITY,
        "`_identifying_params` leaves out all that is sampled with (`_default_params`), so "
        "langchain-core's cache serves one configuration the answer of another.",
        "HuggingFaceEndpoint HuggingFaceEndpointEndToken",
        Line("langchain_huggingface/llms/huggingface_endpoint.py", "def _identifying_params(self)"),
    ),
    Finding(
        "secret_types secret_surfaces",
        "The token is a `str`; only its repr is hidden, not `model_dump` or `vars`.",
        "HuggingFaceEndpoint HuggingFaceEndpointEndToken",
        Line("langchain_huggingface/llms/huggingface_endpoint.py", "huggingfacehub_api_token: str"),
    ),
    Finding(
        "stop_split_over_chunks stop_overlapping",
        "The stop is looked for in each chunk by itself: one that spans chunks stays in a stream, "
        "and is removed by `invoke`. That a token is one character is our simulation; "
        "that stops span tokens is not.",
        "HuggingFaceEndpoint",
        Line(
            "langchain_huggingface/llms/huggingface_endpoint.py",
            "if stop_seq in response:",
            "def _stream(",
        ),
    ),
    Finding(
        "empty_answer stop_at_start",
        "A chunk without text is not yielded, so a stream may have none, and langchain-core raises "
        '"No generation chunks were returned".',
        "HuggingFaceEndpoint",
        Line("langchain_huggingface/llms/huggingface_endpoint.py", "if text:", "def _stream("),
    ),
    Finding(
        "token_has_chunk",
        "`on_llm_new_token` is called with the text alone: a handler that reads `chunk` gets None.",
        "HuggingFaceEndpoint",
        Line(
            "langchain_huggingface/llms/huggingface_endpoint.py",
            "run_manager.on_llm_new_token(chunk.text)",
        ),
    ),
    Finding(
        "same_text_on_every_path",
        "`stream` hands out the model's end token, which the server marks as special and leaves "
        "out of the whole text (so does text-generation-inference): the client is asked for texts "
        "without details, and nobody looks whether a token is special.",
        "HuggingFaceEndpointEndToken",
        Line(
            "langchain_huggingface/llms/huggingface_endpoint.py",
            "prompt, **invocation_params, stream=True",
        ),
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "HuggingFaceEndpoint HuggingFaceEndpointEndToken",
        Line(
            "langchain_huggingface/llms/huggingface_endpoint.py",
            "self.async_client = AsyncInferenceClient(",
        ),
        LOOPS,
    ),
    # Google.
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "GoogleGenerativeAI ChatGoogleGenerativeAI",
        Line("google/genai/errors.py", "self.response = response"),
    ),
    Finding(
        "line_separators_kept",
        SPLIT_LINES,
        "GoogleGenerativeAI ChatGoogleGenerativeAI",
        Line("google/genai/_api_client.py", "self.response_stream.iter_lines()"),
    ),
    Finding(
        "details_on_every_path",
        "`_stream` makes its chunks of the text alone.",
        "GoogleGenerativeAI",
        Line(
            "langchain_google_genai/llms.py",
            "chunk = GenerationChunk(text=stream_chunk.message.text)",
            "def _stream(",
        ),
        "finish reason",
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatGoogleGenerativeAI",
        Line(
            "langchain_google_genai/chat_models.py",
            "self.client = Client(api_key=google_api_key",
        ),
        LOOPS,
        race=True,
    ),
    Finding(
        "whitespace_kept",
        "Line breaks at the end of an answer are removed from whole answers and kept in streams.",
        "GoogleGenerativeAI ChatGoogleGenerativeAI",
        Line("langchain_google_genai/chat_models.py", 'text = text.rstrip("\\n")'),
    ),
    Finding(
        "token_callback_once astream_events astream_events_in_chain astream_log",
        "The run manager is passed on to the chat model's `_stream`, which tells each token, and "
        "told again here, after the yield: every token is delivered twice.",
        "GoogleGenerativeAI",
        Line("langchain_google_genai/llms.py", "run_manager=run_manager,", "def _stream("),
    ),
    Finding(
        "custom_token_ids",
        "`get_num_tokens` asks the service, also with an encoder of the caller's own.",
        "GoogleGenerativeAI",
        Line("langchain_google_genai/llms.py", "return self.client.get_num_tokens(text)"),
    ),
    # Amazon Bedrock.
    Finding(
        "details_on_every_path",
        "Our simulation: Bedrock counts the tokens of a stream in its last event, under "
        "`amazon-bedrock-invocationMetrics`, which our server does not send.",
        "BedrockLLM BedrockLLMStreaming",
        seen="token usage",
        verdict=Verdict.OURS,
    ),
    Finding(
        "secrets_declared",
        "Our declaration: with `api_key` the client refuses plain HTTP, which is all that our "
        "server speaks, so it is left out.",
        "BedrockLLM BedrockLLMStreaming ChatBedrock ChatBedrockConverse",
        verdict=Verdict.OURS,
    ),
    Finding(
        "secret_logs",
        "botocore, not langchain-aws, logs the signed request at level DEBUG: with the access key "
        "id and the session token in it, and without the secret key.",
        "BedrockLLM BedrockLLMStreaming ChatBedrock ChatBedrockConverse",
        seen="aws_access_key_id",
        verdict=Verdict.OURS,
    ),
    Finding(
        "same_text_on_every_path",
        "Every `ainvoke` and `abatch` of a model that is not made with `streaming=True` raises.",
        "BedrockLLM",
        Line("langchain_aws/llms/bedrock.py", "Streaming must be set to True for async"),
    ),
    Finding(
        "identifying_params_distinguish cache_not_crossing",
        "`_identifying_params` leaves out `temperature` and `max_tokens`, so langchain-core's "
        "cache serves one configuration the answer of another.",
        "BedrockLLM BedrockLLMStreaming",
        Line("langchain_aws/llms/bedrock.py", "def _identifying_params(self)"),
    ),
    Finding(
        "start_and_end_once",
        "`on_llm_end` is called by `_call`, and by langchain-core once more.",
        "BedrockLLM",
        Line(
            "langchain_aws/llms/bedrock.py",
            "run_manager.on_llm_end(",
            "body = self._prepare_input_and_invoke(",
        ),
    ),
    Finding(
        "start_and_end_once",
        "`on_llm_end` is called by `_call` and `_acall`, and by langchain-core once more.",
        "BedrockLLMStreaming",
        Line("langchain_aws/llms/bedrock.py", "run_manager.on_llm_end(", "def _call("),
    ),
    Finding(
        "error_reported_once",
        "`on_llm_error` is called where a stream fails to start, and by langchain-core once more.",
        "BedrockLLM BedrockLLMStreaming ChatBedrock",
        Line(
            "langchain_aws/llms/bedrock.py",
            "run_manager.on_llm_error(e)",
            "invoke_model_with_response_stream(**request_options)",
        ),
        "^a?stream told",
    ),
    Finding(
        "error_reported_once",
        "The same, where a model that is made with `streaming=True` streams for `invoke` too.",
        "BedrockLLMStreaming",
        Line(
            "langchain_aws/llms/bedrock.py",
            "run_manager.on_llm_error(e)",
            "invoke_model_with_response_stream(**request_options)",
        ),
    ),
    Finding(
        "error_reported_once",
        "`on_llm_error` is called where the client fails, and by langchain-core once more.",
        "BedrockLLM ChatBedrock",
        Line("langchain_aws/llms/bedrock.py", "run_manager.on_llm_error(e)"),
    ),
    Finding(
        "token_callback_once astream_events_in_chain astream_events astream_log",
        "`_stream` hands the chunks on without calling `on_llm_new_token`.",
        "BedrockLLM BedrockLLMStreaming",
        Line(
            "langchain_aws/llms/bedrock.py",
            "return self._prepare_input_and_invoke_stream(",
            "class BedrockLLM(",
        ),
    ),
    Finding(
        "stop_respected",
        "Streams send the stop to Mistral models as `stop_sequences`; AWS documents `stop` for "
        "them, and our simulation knows no other name.",
        "BedrockLLM BedrockLLMStreaming",
        Line("langchain_aws/llms/bedrock.py", '"mistral": "stop_sequences"'),
    ),
    Finding(
        "stop_none_and_empty_alike stop_literal stop_overlapping",
        "The stops are joined into one regular expression, unescaped: `[]` becomes the empty "
        "pattern, which cuts everything, and a dot matches any character.",
        "BedrockLLM ChatBedrock",
        Line("langchain_aws/utils.py", 're.split("|".join(stop)', "def enforce_stop_tokens"),
    ),
    Finding(
        "stream_adds_up",
        "The text of a whole answer is a string, that of a chunk is a list of blocks.",
        "ChatBedrockConverse",
        Line("langchain_aws/chat_models/bedrock_converse.py", "content = [block]"),
        "content is a list",
    ),
    Finding(
        "stop_not_leaking",
        "A call's stop is written into the model's own `model_kwargs`, and stays there.",
        "BedrockLLM BedrockLLMStreaming ChatBedrock",
        Line("langchain_aws/llms/bedrock.py", "_model_kwargs[k] = stop"),
    ),
    Finding(
        "empty_answer stop_at_start",
        "The asynchronous stream ends at the chunk that says why, without handing it out: an empty "
        "answer has no chunk at all, and langchain-core raises.",
        "BedrockLLM BedrockLLMStreaming",
        Line(
            "langchain_aws/llms/bedrock.py",
            'provider == "mistral"',
            "async def aprepare_output_stream",
        ),
    ),
    # Others.
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatMistralAI",
        Line("langchain_mistralai/chat_models.py", "self.async_client = httpx.AsyncClient("),
        LOOPS,
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatGroq",
        Line("langchain_groq/chat_models.py", "self.async_client = groq.AsyncGroq("),
        LOOPS,
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatFireworks",
        Line("langchain_fireworks/chat_models.py", "self._async_sdk_client = AsyncFireworks("),
        f"{LOOPS}|TimeoutError",  # it waits for a loop that does not run
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "ChatFireworks",
        Line("fireworks/_exceptions.py", "self.request = request"),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "ChatGroq",
        Line("groq/_exceptions.py", "self.request = request"),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "ChatMistralAI",
        Line("langchain_mistralai/chat_models.py", "raise httpx.HTTPStatusError("),
    ),
    Finding(
        "fresh_event_loops",
        TAKES_OVER,
        "ChatOpenRouter",
        Line("langchain_openrouter/chat_models.py", "] = httpx.AsyncClient("),
        LOOPS,
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "Fireworks",
        Line("langchain_fireworks/llms.py", "class Fireworks("),
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "Together",
        Line("langchain_together/llms.py", "class Together("),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "NVIDIA ChatNVIDIA",
        Line(
            "langchain_nvidia_ai_endpoints/_common.py",
            "response.raise_for_status()",
            "def _try_raise(",
        ),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "ChatOpenRouter",
        Line("openrouter/errors/openroutererror.py", "raw_response: httpx.Response"),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "ChatSambaNova",
        Line("sambanova/_exceptions.py", "self.request = request"),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "ChatPerplexity",
        Line("perplexity/_exceptions.py", "self.request = request"),
    ),
    Finding(
        "secret_error_attributes",
        KEY_IN_ERROR,
        "PredictionGuard ChatPredictionGuard",
        Line("predictionguard/src/chat.py", "response.raise_for_status()"),
    ),
    Finding(
        "stop_many",
        "LiteLLM drops all stops but the first four, without a word.",
        "ChatLiteLLM",
        Line("litellm/utils.py", "stop = stop[:4]"),
    ),
    Finding(
        "line_separators_kept",
        SPLIT_LINES,
        "Llamafile",
        Line("langchain_community/llms/llamafile.py", "response.iter_lines("),
    ),
    Finding(
        IDENTITY,
        "`_identifying_params` holds the model and the address only: what is kept in `_init_args` "
        "and sent with each call is left out.",
        "NVIDIA",
        Line("langchain_nvidia_ai_endpoints/llm.py", "def _identifying_params(self)"),
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "ChatNVIDIA",
        Line("langchain_nvidia_ai_endpoints/chat_models.py", "class ChatNVIDIA("),
    ),
    Finding(
        "threads batch_order batch_max_concurrency batch_as_completed batch_exceptions "
        "cache_partial_batch",
        "A request is put together in `last_inputs` on the client, which all threads share: a "
        "thread may send another one's prompt, and its caller gets the other one's answer.",
        "NVIDIA ChatNVIDIA",
        Line(
            "langchain_nvidia_ai_endpoints/_common.py",
            "self._add_authorization(self.last_inputs)",
            "self.last_response = response = session.post(",
        ),
        race=True,
    ),
    Finding(
        "secrets_declared",
        "Our declaration: `openai_api_key` comes from OpenAI's class and is not what this "
        "provider's key is passed as.",
        "ChatXAI ChatUpstage",
        verdict=Verdict.OURS,
    ),
    *(
        Finding("pickle copies", CANNOT_BE_COPIED, of, Line(file, text))
        for of, file, text in (
            ("OpenAI", "langchain_openai/llms/base.py", "self.client = openai.OpenAI("),
            ("OllamaLLM", "langchain_ollama/llms.py", "self._client = Client("),
            ("AnthropicLLM", "langchain_anthropic/llms.py", "self.client = anthropic.Anthropic("),
            (
                "GoogleGenerativeAI",
                "langchain_google_genai/llms.py",
                "self.client = ChatGoogleGenerativeAI(",
            ),
            (
                "BedrockLLM BedrockLLMStreaming",
                "langchain_aws/llms/bedrock.py",
                "self.client = create_aws_client(",
            ),
            (
                "VLLMOpenAI",
                "langchain_community/llms/openai.py",
                '["client"] = openai.OpenAI(',
            ),
        )
    ),
    # Perplexity, Cerebras, Baseten, Moonshot, Upstage, SambaNova, LiteLLM.
    Finding(
        "stop_respected",
        "Streams send the stop as `stop_sequences`, which Perplexity's own client does not take: "
        "every streamed call with a stop raises. `invoke` sends it as `stop`.",
        "ChatPerplexity",
        Line("langchain_perplexity/chat_models.py", 'params["stop_sequences"] = stop'),
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "ChatPerplexity",
        Line("langchain_perplexity/chat_models.py", "class ChatPerplexity("),
    ),
    *(
        Finding("fresh_event_loops", TAKES_OVER, of, Line(file, text), LOOPS)
        for of, file, text in (
            ("ChatPerplexity", "langchain_perplexity/chat_models.py", "= AsyncPerplexity("),
            ("VLLMOpenAI", "langchain_community/llms/openai.py", "= openai.AsyncOpenAI("),
            ("ChatCerebras", "langchain_cerebras/chat_models.py", "= openai.AsyncOpenAI("),
            ("ChatBaseten", "langchain_baseten/chat_models.py", "= openai.AsyncOpenAI("),
            ("ChatMoonshot", "langchain_moonshot/chat_models/base.py", "= openai.AsyncOpenAI("),
            ("ChatUpstage", "langchain_upstage/chat_models.py", "= openai.AsyncOpenAI("),
        )
    ),
    Finding(
        "secret_types secret_surfaces",
        "The key is a `str`; only its repr is hidden, not `model_dump` or `vars`.",
        "ChatLiteLLM",
        Line("langchain_litellm/chat_models/litellm.py", "    api_key: str | None"),
    ),
    Finding(
        IDENTITY,
        "`_identifying_params` leaves out `max_tokens`, so langchain-core's cache serves a short "
        "answer where a long one was asked for.",
        "ChatLiteLLM",
        Line("langchain_litellm/chat_models/litellm.py", "def _identifying_params(self)"),
    ),
    Finding(
        "init_from_env",
        "litellm reads the variable when it is called, which is right; the argument stays empty.",
        "ChatLiteLLM",
        verdict=Verdict.OURS,
    ),
    Finding(
        "secrets_declared",
        "Our declaration: the other arguments hold keys of providers that our server does not "
        "play.",
        "ChatLiteLLM",
        verdict=Verdict.OURS,
    ),
    # Prediction Guard.
    *(
        Finding(
            "secret_types secret_surfaces secret_callbacks secret_errors",
            "The key is a `str`, so it is in the model's repr, which langchain-core hands to every "
            "callback and tracer when a run starts.",
            of,
            Line(file, text),
        )
        for of, file, text in (
            (
                "PredictionGuard",
                "langchain_predictionguard/PredictionGuard.py",
                "predictionguard_api_key: Optional[str]",
            ),
            (
                "ChatPredictionGuard",
                "langchain_predictionguard/ChatPredictionGuard.py",
                "predictionguard_api_key: Optional[str]",
            ),
            (
                "VLLMOpenAI",
                "langchain_community/llms/openai.py",
                "openai_api_key: Optional[str]",
            ),
        )
    ),
    Finding(
        "same_text_on_every_path",
        "`_stream` has no `stop`, where langchain-core's `_astream` passes one by position: every "
        "`astream` raises.",
        "ChatPredictionGuard",
        Line("langchain_predictionguard/ChatPredictionGuard.py", "def _stream("),
    ),
    Finding(
        "stop_respected",
        "`_generate` has no `stop`, where langchain-core's `_agenerate` passes one by position: an "
        "awaited call takes it for the run manager and ignores it.",
        "ChatPredictionGuard",
        Line("langchain_predictionguard/ChatPredictionGuard.py", "def _generate("),
    ),
    Finding(
        "run_manager_token_once",
        "`_stream` does not call `on_llm_new_token`.",
        "ChatPredictionGuard",
        Line(
            "langchain_predictionguard/ChatPredictionGuard.py",
            "chunk = ChatGenerationChunk(",
        ),
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "ChatPredictionGuard",
        Line("langchain_predictionguard/ChatPredictionGuard.py", "class ChatPredictionGuard("),
    ),
    Finding(
        IDENTITY,
        "`_identifying_params` holds the model's name alone.",
        "PredictionGuard",
        Line("langchain_predictionguard/PredictionGuard.py", "def _identifying_params(self)"),
    ),
    Finding(
        "stop_overlapping stop_literal stop_none_and_empty_alike",
        "The stops are joined into one regular expression, unescaped: a dot matches any character, "
        "and the stop that begins first wins, not the one that is completed first.",
        "PredictionGuard",
        Line("langchain_predictionguard/utils.py", 're.split("|".join(stop)'),
    ),
    # vLLM and llamafile, in langchain-community.
    Finding(
        "custom_token_ids",
        "`get_token_ids` asks tiktoken, also with an encoder of the caller's own.",
        "VLLMOpenAI",
        Line("langchain_community/llms/openai.py", "def get_token_ids("),
    ),
    Finding(
        IDENTITY,
        NO_IDENTITY,
        "Llamafile",
        Line("langchain_community/llms/llamafile.py", "class Llamafile("),
    ),
    Finding(
        "error_reported_once",
        "A stream does not look at the status of the answer: the server's error is handed out as "
        "what the model says. `_call` does look.",
        "Llamafile",
        Line("langchain_community/llms/llamafile.py", 'response.encoding = "utf8"'),
    ),
    Finding(
        "token_has_chunk",
        "`on_llm_new_token` is called with the text alone: a handler that reads `chunk` gets None.",
        "Llamafile",
        Line("langchain_community/llms/llamafile.py", "run_manager.on_llm_new_token("),
    ),
    Finding(
        "langsmith_model_name",
        "A llamafile holds one model, and neither the class nor its server's requests name it.",
        "Llamafile",
        verdict=Verdict.OURS,
    ),
    # What many classes share. These have no class, and come last: the ones above go first.
    Finding(
        "secret_validation_errors",
        "A constructor's error quotes what was passed as key, because pydantic does so unless "
        "`hide_input_in_errors` is set. The error for a key of the wrong type holds the key.",
        at_key=True,
    ),
    Finding("init_args_documented", "Constructor arguments without a doc-string or description."),
    Finding("docstring_example", "The class doc-string has no example that builds the class."),
    Finding("docstring_example_runs", "The example in the class doc-string does not run."),
    Finding("service_link", "The class doc-string has no link to the API that powers the class."),
)
