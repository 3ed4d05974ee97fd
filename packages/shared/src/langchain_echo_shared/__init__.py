"""Parts for LangChain integrations that are easy to get wrong.

Stop sequences: `StopSequences`, `StopScanner`, `StopMatch`, in `langchain_echo_shared.stop`.
"""

from langchain_echo_shared.stop import StopMatch, StopScanner, StopSequences

__all__ = ["StopMatch", "StopScanner", "StopSequences"]
