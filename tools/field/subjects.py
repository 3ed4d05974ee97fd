"""Which classes are looked at, and what is declared of each: what its author would declare."""

from __future__ import annotations

from typing import Any, NamedTuple


class Subject(NamedTuple):
    """One class of a partner package."""

    name: str
    """The class."""
    module: str
    """Where it is imported from."""
    kind: str
    """`llm` or `chat`."""
    params: dict[str, Any]
    """Its constructor arguments; `{url}` is the server's address."""
    distinguishing: dict[str, Any]
    """Other values of arguments that are sent to the provider and change what it answers."""
    secrets: dict[str, str]
    """Its keys, as its documentation names them, and their variables."""
    takes_off: str = ""
    """What the class removes from the start of a prompt because its provider adds it again."""
    variant: str = ""
    """What is different, where a class is looked at twice."""
    address: str = "{url}"
    """The value of the environment variable in `address_variable`."""
    address_variable: str = ""
    """What tells the client its server's address, where no constructor argument does."""

    @property
    def title(self) -> str:
        """The name in the report, and of the test class after `Test`."""
        return self.name + self.variant

    @property
    def distribution(self) -> str:
        """The name it is installed by."""
        return self.module.partition(".")[0].replace("_", "-")

    @property
    def requirements(self) -> tuple[str, ...]:
        """What is installed, in an environment that no other distribution shares."""
        return REQUIREMENTS[self.distribution]


REQUIREMENTS = {
    name: (f"{name}>={floor}", *more)
    for name, floor, *more in (
        ("langchain-anthropic", "1.7"),
        ("langchain-aws", "1.9"),
        ("langchain-baseten", "0.2.5"),
        ("langchain-cerebras", "0.8"),
        ("langchain-cohere", "0.6"),
        ("langchain-community", "0.4.2", "openai", "tiktoken"),
        ("langchain-deepseek", "1.1"),
        ("langchain-fireworks", "1.7"),
        ("langchain-google-genai", "4.4"),
        ("langchain-groq", "1.1"),
        ("langchain-huggingface", "1.2"),
        ("langchain-litellm", "0.11"),
        ("langchain-mistralai", "1.1"),
        ("langchain-moonshot", "0.1"),
        ("langchain-nvidia-ai-endpoints", "1.5"),
        ("langchain-ollama", "1.1"),
        ("langchain-openai", "1.7"),
        ("langchain-openrouter", "0.2"),
        ("langchain-perplexity", "1.4"),
        ("langchain-predictionguard", "0.3"),
        ("langchain-sambanova", "1.1"),
        ("langchain-together", "0.4"),
        ("langchain-upstage", "0.7"),
        ("langchain-xai", "1.3"),
    )
}
"""Distribution to what pip is told. The floors are what the verdicts were made on."""

NO_RETRIES: dict[str, Any] = {"max_retries": 0}  # they would hide a connection that is dead
SAMPLING = {"temperature": 0.9, "top_p": 0.5, "max_tokens": 7}


def openai_like(
    name: str, module: str, variable: str, *, base: str = "base_url", **more: Any
) -> Subject:
    """Return a chat model whose provider copies OpenAI's API."""
    return Subject(
        name,
        module,
        "chat",
        {base: "{url}/v1", "model": "a-model", "temperature": 0.1, "max_tokens": 900} | more,
        {**SAMPLING, "model": "another-model"},
        {"api_key": variable},
    )


AWS_KEYS = {
    "aws_access_key_id": "AWS_ACCESS_KEY_ID",
    "aws_secret_access_key": "AWS_SECRET_ACCESS_KEY",
    "aws_session_token": "AWS_SESSION_TOKEN",
}  # not `api_key` too: with it the client refuses plain HTTP, which is all the server speaks
CLAUDE, OTHER_CLAUDE = (
    "anthropic.claude-3-haiku-20240307-v1:0",
    "anthropic.claude-3-5-haiku-20241022-v1:0",
)
BEDROCK = {"endpoint_url": "{url}", "region_name": "us-east-1", "max_tokens": 900}
BEDROCK_KWARGS = {**BEDROCK, "model_kwargs": {"top_p": 0.8}}
OLLAMA = {"num_predict": 7, "temperature": 0.9, "top_k": 3, "model": "another-model"}

HUGGING_FACE = Subject(
    "HuggingFaceEndpoint",
    "langchain_huggingface",
    "llm",
    {"endpoint_url": "{url}/tgi"},
    {"temperature": 0.3, "top_p": 0.5, "max_new_tokens": 7, "top_k": 3},
    {"huggingfacehub_api_token": "HUGGINGFACEHUB_API_TOKEN"},
)

BEDROCK_LLM = Subject(
    "BedrockLLM",
    "langchain_aws",
    "llm",
    {**BEDROCK_KWARGS, "model": "mistral.mistral-7b-instruct-v0:2"},
    {"model": "mistral.mixtral-8x7b-instruct-v0:1", "temperature": 0.9, "max_tokens": 7},
    AWS_KEYS,
)

SUBJECTS = (
    Subject(
        "OpenAI",
        "langchain_openai",
        "llm",
        {"base_url": "{url}/v1", "model": "a-model", "temperature": 0.1, **NO_RETRIES},
        {**SAMPLING, "model": "another-model"},
        {"api_key": "OPENAI_API_KEY"},
    ),
    openai_like("ChatOpenAI", "langchain_openai", "OPENAI_API_KEY", **NO_RETRIES),
    Subject(
        "OllamaLLM",
        "langchain_ollama",
        "llm",
        {"base_url": "{url}", "model": "a-model"},
        OLLAMA,
        {},
    ),
    Subject(
        "ChatOllama",
        "langchain_ollama",
        "chat",
        {"base_url": "{url}", "model": "a-model"},
        OLLAMA,
        {},
    ),
    Subject(
        "AnthropicLLM",
        "langchain_anthropic",
        "llm",
        {
            "base_url": "{url}",
            "model": "claude-3-haiku-20240307",
            "max_tokens": 900,
            **NO_RETRIES,
        },
        {"model": "claude-3-5-haiku-latest", "max_tokens": 7, "temperature": 0.9, "top_k": 3},
        {"api_key": "ANTHROPIC_API_KEY"},
        takes_off=r"\n*Human:\s*",
    ),
    Subject(
        "ChatAnthropic",
        "langchain_anthropic",
        "chat",
        {
            "base_url": "{url}",
            "model": "claude-3-haiku-20240307",
            "max_tokens": 900,
            **NO_RETRIES,
        },
        {"model": "claude-3-5-haiku-latest", "max_tokens": 7, "temperature": 0.9, "top_k": 3},
        {"api_key": "ANTHROPIC_API_KEY"},
    ),
    Subject(
        "Cohere",
        "langchain_cohere.llms",
        "llm",
        {"base_url": "{url}", "model": "command"},
        {"model": "command-light", "temperature": 0.9, "max_tokens": 7, "k": 3},
        {"cohere_api_key": "COHERE_API_KEY"},
    ),
    Subject(
        "ChatCohere",
        "langchain_cohere",
        "chat",
        {"base_url": "{url}", "model": "command-a-03-2025"},
        {"model": "command-r7b-12-2024", "temperature": 0.9},
        {"cohere_api_key": "COHERE_API_KEY"},
    ),
    HUGGING_FACE,
    HUGGING_FACE._replace(params={"endpoint_url": "{url}/tgi-eos"}, variant="EndToken"),
    Subject(
        "GoogleGenerativeAI",
        "langchain_google_genai",
        "llm",
        {"base_url": "{url}", "model": "gemini-2.5-flash", "max_retries": 1},
        {"model": "gemini-2.5-pro", "temperature": 0.3, "max_output_tokens": 7, "top_k": 3},
        {"api_key": "GOOGLE_API_KEY"},
    ),
    Subject(
        "ChatGoogleGenerativeAI",
        "langchain_google_genai",
        "chat",
        {"base_url": "{url}", "model": "gemini-2.5-flash", "max_retries": 1},
        {"model": "gemini-2.5-pro", "temperature": 0.3, "max_output_tokens": 7, "top_k": 3},
        {"api_key": "GOOGLE_API_KEY"},
    ),
    BEDROCK_LLM,
    BEDROCK_LLM._replace(params={**BEDROCK_LLM.params, "streaming": True}, variant="Streaming"),
    Subject(
        "ChatBedrock",
        "langchain_aws",
        "chat",
        {**BEDROCK_KWARGS, "model": CLAUDE},
        {"model": OTHER_CLAUDE, "temperature": 0.9, "max_tokens": 7},
        AWS_KEYS,
    ),
    Subject(
        "ChatBedrockConverse",
        "langchain_aws",
        "chat",
        {**BEDROCK, "model": CLAUDE},
        {"model": OTHER_CLAUDE, "temperature": 0.9, "max_tokens": 7, "top_p": 0.5},
        AWS_KEYS,
    ),
    openai_like("ChatMistralAI", "langchain_mistralai", "MISTRAL_API_KEY"),
    Subject(
        "ChatGroq",
        "langchain_groq",
        "chat",
        {"base_url": "{url}", "model": "a-model", "temperature": 0.1, **NO_RETRIES},
        {"temperature": 0.9, "max_tokens": 7, "model": "another-model"},
        {"api_key": "GROQ_API_KEY"},
    ),
    Subject(
        "Fireworks",
        "langchain_fireworks",
        "llm",
        {"base_url": "{url}/v1/completions", "model": "a-model"},
        {**SAMPLING, "model": "another-model"},
        {"api_key": "FIREWORKS_API_KEY"},
    ),
    Subject(
        "ChatFireworks",
        "langchain_fireworks",
        "chat",
        {"base_url": "{url}/v1", "model": "a-model", "temperature": 0.1, "max_tokens": 900},
        {"temperature": 0.9, "max_tokens": 7, "model": "another-model"},
        {"api_key": "FIREWORKS_API_KEY"},
    ),
    Subject(
        "Together",
        "langchain_together",
        "llm",
        {"base_url": "{url}/v1/completions", "model": "a-model", "max_tokens": 900},
        {**SAMPLING, "model": "another-model"},
        {"api_key": "TOGETHER_API_KEY"},
    ),
    openai_like("ChatTogether", "langchain_together", "TOGETHER_API_KEY", **NO_RETRIES),
    openai_like("ChatDeepSeek", "langchain_deepseek", "DEEPSEEK_API_KEY", **NO_RETRIES),
    openai_like("ChatXAI", "langchain_xai", "XAI_API_KEY", base="xai_api_base", **NO_RETRIES),
    openai_like("ChatOpenRouter", "langchain_openrouter", "OPENROUTER_API_KEY"),
    Subject(
        "NVIDIA",
        "langchain_nvidia_ai_endpoints",
        "llm",
        {"base_url": "{url}/v1", "model": "a-model", "temperature": 0.1},
        {**SAMPLING, "model": "another-model"},
        {"api_key": "NVIDIA_API_KEY"},
    ),
    Subject(
        "ChatNVIDIA",
        "langchain_nvidia_ai_endpoints",
        "chat",
        {"base_url": "{url}/v1", "model": "a-model", "temperature": 0.1},
        {**SAMPLING, "model": "another-model"},
        {"api_key": "NVIDIA_API_KEY"},
    ),
    Subject(
        "ChatPerplexity",
        "langchain_perplexity",
        "chat",
        {"model": "a-model", "temperature": 0.1, "max_tokens": 900, **NO_RETRIES},
        {"temperature": 0.9, "max_tokens": 7, "model": "another-model"},
        {"api_key": "PPLX_API_KEY"},
        address_variable="PERPLEXITY_BASE_URL",
    ),
    openai_like("ChatCerebras", "langchain_cerebras", "CEREBRAS_API_KEY", **NO_RETRIES),
    Subject(
        "ChatLiteLLM",
        "langchain_litellm",
        "chat",
        {"api_base": "{url}/v1", "model": "openai/a-model", "temperature": 0.1, "max_tokens": 900},
        {**SAMPLING, "model": "openai/another-model"},
        {"api_key": "OPENAI_API_KEY"},
    ),
    openai_like("ChatSambaNova", "langchain_sambanova", "SAMBANOVA_API_KEY"),
    openai_like("ChatBaseten", "langchain_baseten", "BASETEN_API_KEY", **NO_RETRIES)._replace(
        secrets={"baseten_api_key": "BASETEN_API_KEY"}
    ),
    openai_like("ChatMoonshot", "langchain_moonshot", "MOONSHOT_API_KEY", **NO_RETRIES),
    openai_like("ChatUpstage", "langchain_upstage", "UPSTAGE_API_KEY", **NO_RETRIES),
    Subject(
        "VLLMOpenAI",
        "langchain_community.llms",
        "llm",
        {
            "openai_api_base": "{url}/v1",
            "model_name": "a-model",
            "temperature": 0.1,
            **NO_RETRIES,
        },
        {**SAMPLING, "model_name": "another-model"},
        {"openai_api_key": "OPENAI_API_KEY"},
    ),
    Subject(
        "PredictionGuard",
        "langchain_predictionguard",
        "llm",
        {"model": "a-model", "temperature": 0.1},
        {**SAMPLING, "model": "another-model"},
        {"predictionguard_api_key": "PREDICTIONGUARD_API_KEY"},
        address="{url}/prediction-guard",
        address_variable="PREDICTIONGUARD_URL",
    ),
    Subject(
        "ChatPredictionGuard",
        "langchain_predictionguard",
        "chat",
        {"model": "a-model", "temperature": 0.1},
        {**SAMPLING, "model": "another-model"},
        {"predictionguard_api_key": "PREDICTIONGUARD_API_KEY"},
        address="{url}/prediction-guard",
        address_variable="PREDICTIONGUARD_URL",
    ),
    Subject(
        "Llamafile",
        "langchain_community.llms",
        "llm",
        {"base_url": "{url}"},
        {"temperature": 0.3, "n_predict": 7, "top_k": 3, "seed": 5},
        {},
    ),
)
