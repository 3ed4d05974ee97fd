"""Structured output: the model bound to a schema, what that asks for, the parser of the answers."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.runnables import RunnableMap, RunnablePassthrough
from langchain_core.utils.pydantic import is_basemodel_subclass

from langchain_chat_echo.tool_schemas import openai_tool, parameters_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.messages import AIMessage
    from langchain_core.runnables import Runnable

    from langchain_chat_echo.chat_models import ChatEcho

ANY_OBJECT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
"""What JSON mode without a schema is answered with."""


def structured_output(
    model: ChatEcho,
    schema: dict[str, Any] | type,
    *,
    include_raw: bool,
    method: str,
    strict: bool | None,
    **kwargs: Any,
) -> Runnable[Any, Any]:
    """Return a model with answers of a schema; the arguments are those of the method.

    Raises:
        ValueError: If `method` is not one that `ChatEcho.with_structured_output` names.
    """
    # `Any`: it may be a class of pydantic's or of its version 1, which the parsers take too.
    is_class = isinstance(schema, type) and is_basemodel_subclass(schema)
    pydantic_class: Any = schema if is_class else None
    kwargs["ls_structured_output_format"] = {
        "kwargs": {"method": method, "strict": strict},
        "schema": schema,
    }
    bound: Runnable[Any, AIMessage]
    parser: Runnable[AIMessage, Any]
    if method == "function_calling":
        name = openai_tool(schema)["function"]["name"]
        choice = {"type": "function", "function": {"name": name}}  # it may be "none" or "any"
        bound = model.bind_tools([schema], tool_choice=choice, strict=strict, **kwargs)
        parser = (
            PydanticToolsParser(tools=[pydantic_class], first_tool_only=True)
            if pydantic_class
            else JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)
        )
    elif method in ("json_schema", "json_mode"):
        tool = openai_tool(schema, strict=strict)
        bound = model.bind(response_format=response_format(tool, method), **kwargs)
        parser = (
            PydanticOutputParser(pydantic_object=pydantic_class)
            if pydantic_class
            else JsonOutputParser()
        )
    else:
        raise ValueError(
            f"method must be 'function_calling', 'json_schema' or 'json_mode', got {method!r}: "
            "pass one of them, or leave it out."
        )
    if not include_raw:
        return bound | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=bound) | parsed.with_fallbacks([failed], exception_key="parsing_error")


def response_format(tool: Mapping[str, Any], method: str) -> dict[str, Any]:
    """Return what asks for the arguments of an OpenAI tool as JSON."""
    function = tool["function"]
    schema = parameters_of(function)
    if method == "json_mode":
        return {"type": "json_object", "schema": schema}
    return {"type": "json_schema", "json_schema": {"name": function["name"], "schema": schema}}


def response_schema(response_format: Any) -> Any:
    """Return the JSON schema that a `response_format` asks for, or `None` where it allows text.

    Raises:
        ValueError: If it is none of OpenAI's forms.
    """
    kind = response_format.get("type") if isinstance(response_format, dict) else response_format
    if kind in (None, "text"):
        return None
    if kind == "json_object" and isinstance(response_format, dict):
        return response_format.get("schema", ANY_OBJECT)
    try:
        return response_format["json_schema"]["schema"]
    except (KeyError, TypeError):
        raise ValueError(
            f"response_format={response_format!r} has no schema: pass {{'type': 'json_schema', "
            "'json_schema': {'name': ..., 'schema': {...}}} or {'type': 'json_object'}."
        ) from None
