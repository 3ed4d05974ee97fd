"""Parts for LangChain integrations that are easy to get wrong.

* `langchain_model_parts.stop`: where a completion ends, in a whole text and in a stream.
* `langchain_model_parts.secret`: API keys that cannot be printed.
* `langchain_model_parts.constructor`: unknown arguments are errors.

What only the two echo models share stays in `langchain_model_parts.echo`.
"""

from langchain_model_parts.constructor import StrictArgumentsMixin
from langchain_model_parts.secret import SecretsMixin, secret_field
from langchain_model_parts.stop import StopMatch, StopScanner, StopSequences

__all__ = [
    "SecretsMixin",
    "StopMatch",
    "StopScanner",
    "StopSequences",
    "StrictArgumentsMixin",
    "secret_field",
]
