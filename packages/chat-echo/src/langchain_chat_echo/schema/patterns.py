r"""Short strings that a regular expression should match, derived from how it is written.

Each part of a pattern gives its smallest match: `^[A-Z]{2,3}-\d+$` has `AA-0`. Longer matches come
of more repetitions. What no part can tell by itself, such as `\b` or a look-ahead, is skipped: the
judge refuses what does not match.
"""

from __future__ import annotations

import re
import string
from itertools import islice
from typing import TYPE_CHECKING

from langchain_chat_echo.schema.document import tester

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SPARE = 100  # repetitions beyond the fewest that are tried one by one
MAX_SIZE = 1_000  # characters of a pattern that is read, and of a part of it that is repeated

_SYMBOL = re.compile(
    r"\((?:\?(?:[:=!]|P?<[A-Za-z_]\w*>))?"  # a group; any other `(?` is not read
    r"|[*+?][?+]?|\{\d{1,4}(?:,\d{0,4})?\}[?+]?"
    r"|\[\^?(?:\\.|[^\]\\])*\]|\\(?:x\w\w|u\w{4}|[pPu]\{\w+\}|.)|.",
    re.DOTALL,
)
_ZERO_WIDTH = ("^", "$", r"\A", r"\z", r"\b", r"\B")
_CANDIDATES = "0aA-_ " + string.printable  # the first that a class holds stands for it


def short_matches(pattern: str, least: int = 0) -> Iterator[str]:
    """Yield strings that `pattern` should match, the shortest first, some of `least` characters."""
    for count in (*range(MAX_SPARE), least) if len(pattern) <= MAX_SIZE else ():
        spare = iter(range(count))
        try:
            yield _shortest(iter(_SYMBOL.findall(pattern)), spare)
        except (ValueError, RecursionError):  # it holds what is not read, or is too long
            return
        if any(True for _ in spare):  # no part can be repeated more often
            return


def _shortest(symbols: Iterator[str], spare: Iterator[int]) -> str:
    """Read up to a closing bracket, and return the shortest alternative."""
    branches, branch, part = [], "", ""
    for symbol in symbols:
        if symbol == ")":
            break
        if re.match(r"[*+?]|\{\d", symbol):
            part = _repeated(part, symbol, spare)
            continue
        branch, part = branch + part, ""
        if symbol == "|":
            branches.append(branch)
            branch = ""
        elif symbol[0] == "(":
            inner = _shortest(symbols, spare)
            part = inner if symbol not in ("(?=", "(?!") else ""
        elif symbol not in _ZERO_WIDTH:
            part = _character(symbol)
    return min([*branches, branch + part], key=len)


def _repeated(part: str, symbol: str, spare: Iterator[int]) -> str:
    """Return `part` as often as `symbol` asks for, and as it allows while `spare` lasts."""
    counts = {"*": "0,", "+": "1,", "?": "0,1"}.get(symbol[0], symbol.strip("{}?+"))
    least, comma, most = counts.partition(",")
    more = int(most or MAX_SIZE) - int(least) if comma else 0
    times = int(least) + sum(1 for _ in islice(spare, max(more, 0)))
    if len(part) * times > MAX_SIZE:
        raise ValueError
    return part * times


def _character(symbol: str) -> str:
    """Return the first character that a class, an escape or a character stands for."""
    if symbol[0] not in "\\[.":
        return symbol
    codes = re.findall(r"\\[xu]\{?([0-9A-Fa-f]{2,6})", symbol)
    candidates = (*_CANDIDATES, *symbol, *(chr(int(code, 16)) for code in codes))
    for character in filter(tester("pattern", f"^{symbol}$"), candidates):
        return str(character)
    raise ValueError
