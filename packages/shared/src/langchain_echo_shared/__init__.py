"""Parts for LangChain integrations that are easy to get wrong.

* `langchain_echo_shared.stop`: where a completion ends, in a whole text and in a stream.
* `langchain_echo_shared.secret`: API keys that cannot be printed.
* `langchain_echo_shared.constructor`: unknown arguments are errors.
* `langchain_echo_shared.echo`: the settings that both echo models have.
"""

from langchain_echo_shared.constructor import StrictArgumentsMixin
from langchain_echo_shared.echo import EchoSettings
from langchain_echo_shared.secret import SecretsMixin, secret_field
from langchain_echo_shared.stop import StopMatch, StopScanner, StopSequences

__all__ = [
    "EchoSettings",
    "SecretsMixin",
    "StopMatch",
    "StopScanner",
    "StopSequences",
    "StrictArgumentsMixin",
    "secret_field",
]
