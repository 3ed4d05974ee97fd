"""The cast of a text into a JSON schema."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from langchain_chat_echo.schema.document import Document
from langchain_chat_echo.schema.errors import UnsatisfiableSchemaError
from langchain_chat_echo.schema.parts import TYPES, Place
from langchain_chat_echo.schema.search import Search
from langchain_chat_echo.schema.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    JsonSchema = Mapping[str, Any] | bool

_read = lru_cache(maxsize=128)(Document)
"""A tool is called with the same schema again and again."""


def echo_value(text: str, schema: JsonSchema, *, only: Sequence[str] = TYPES) -> Any:
    """Return `text` cast into `schema`: a value that validates.

    Args:
        text: What to echo.
        schema: A JSON schema, Draft 7 or 2020-12, that refers to itself only. It is not changed.
        only: The types that the value may have, whatever else the schema admits.

    Returns:
        A fresh JSON value. The same text and schema give the same value.

    Raises:
        UnsatisfiableSchemaError: The text cannot be made to fit: names the property and the rule.
    """
    try:
        source = json.dumps(schema)
    except RecursionError:
        raise UnsatisfiableSchemaError("", "depth", "the schema nests too deeply") from None
    except (TypeError, ValueError) as error:
        raise UnsatisfiableSchemaError("", "schema", f"the schema is no JSON: {error}") from None
    document = _read(source)
    value = next(Search(Text(text), document).values((document.root,), Place(), only))
    return json.loads(json.dumps(value))  # shares nothing with the schema, nor a part with another
