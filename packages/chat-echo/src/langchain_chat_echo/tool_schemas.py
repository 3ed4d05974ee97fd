"""Tools and schemas in OpenAI's form, with all that their JSON schema says."""

from __future__ import annotations

import inspect
import json
import re
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, create_schema_from_function
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def openai_tool(tool: Any, *, strict: bool | None = None) -> dict[str, Any]:
    """Return what `convert_to_openai_tool` does, without what that loses of the schema.

    It drops a JSON schema that has no `properties` of its own, and where a model holds itself it
    puts `{}`, which admits what the model then refuses.

    Args:
        tool: What `convert_to_openai_tool` takes.
        strict: Passed on to it.
    """
    formatted = convert_to_openai_tool(tool, strict=strict)
    function = formatted.get("function")
    if function is None:
        return formatted
    if isinstance(tool, dict):
        if "parameters" in function or "title" not in tool:
            return formatted
        whole = {key: tool[key] for key in tool if key not in ("title", "description")}
        return {**formatted, "function": {**function, "parameters": whole}}
    schema = _model_schema(tool, function["name"])
    if schema is None or not _is_recursive(schema):
        return formatted
    whole = {
        **function,
        "name": function["name"] or tool.__name__,  # which langchain-core 0.3 does not find
        "description": function["description"] or inspect.getdoc(tool),
        "parameters": schema,
    }
    return {**formatted, "function": whole}


def bound_tools(tools: Sequence[Any] | None, *, skip_built_in: bool = False) -> dict[str, Any]:
    """Return the JSON schema of the arguments of each tool, by name.

    Args:
        tools: The tools, in any form that `openai_tool` takes or OpenAI's APIs have.
        skip_built_in: Whether to leave out tools that are no functions.

    Raises:
        ValueError: If a tool is not a function, and so cannot be called from here.
    """
    bound = {}
    for tool in tools or ():
        formatted = openai_tool(tool)
        is_flat = formatted.get("type") == "function" and "name" in formatted  # Responses API
        function = formatted if is_flat else formatted.get("function")
        if function is not None:
            bound[function["name"]] = parameters_of(function)
        elif not skip_built_in:
            raise ValueError(
                f"ChatEcho cannot call the built-in tool {tool!r}: bind functions only."
            )
    return bound


def parameters_of(function: Mapping[str, Any]) -> Any:
    """Return the JSON schema of the arguments of an OpenAI function."""
    return function.get("parameters") or {"type": "object"}


def _model_schema(tool: Any, name: str) -> dict[str, Any] | None:
    """Return the JSON schema of a pydantic model, or of the one that LangChain makes of a tool."""
    if isinstance(tool, BaseTool):
        tool = tool.tool_call_schema
    elif not isinstance(tool, type):
        tool = create_schema_from_function(
            name, tool, filter_args=(), parse_docstring=True, error_on_invalid_docstring=False
        )
    is_model = isinstance(tool, type) and issubclass(tool, BaseModel)
    return tool.model_json_schema() if is_model else None


def _is_recursive(schema: Mapping[str, Any]) -> bool:
    """Tell whether a definition of pydantic's leads back to itself."""
    leads = {
        name: set(re.findall(r'"#/\$defs/([^"]+)"', json.dumps(definition)))
        for name, definition in schema.get("$defs", {}).items()
    }
    while ends := [name for name, to in leads.items() if not to & leads.keys()]:
        for name in ends:
            del leads[name]
    return bool(leads)
