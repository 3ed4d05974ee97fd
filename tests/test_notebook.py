"""The notebook in examples: what it stores as outputs is what a fresh run gives."""

from __future__ import annotations

import ast
import asyncio
import inspect
import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

NOTEBOOK = Path(__file__).parents[1] / "examples" / "custom_llm.ipynb"


def run(source: str, names: dict[str, Any], loop: asyncio.AbstractEventLoop) -> tuple[str, str]:
    """Run a cell as Jupyter does, and return what it prints and the repr of its last expression."""
    body = ast.parse(source).body
    value = None

    def execute(tree: ast.AST, mode: str) -> Any:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        # Its overloads know a module, an expression and an interactive tree, but not "any tree".
        code = compile(tree, "cell", mode, flags=flags)  # type: ignore[call-overload]
        result = eval(code, names)  # noqa: S307 - the cells are ours
        return loop.run_until_complete(result) if inspect.iscoroutine(result) else result

    with redirect_stdout(io.StringIO()) as printed:
        for node in body:
            if node is body[-1] and isinstance(node, ast.Expr):
                value = execute(ast.Expression(node.value), "eval")
            else:
                execute(ast.Module([node], type_ignores=[]), "exec")
    return printed.getvalue(), "" if value is None else repr(value)


def stored(cell: dict[str, Any]) -> tuple[str, str]:
    """Return what a cell stores of its last run, in the form of `run`."""
    outputs = {output["output_type"]: output for output in cell["outputs"]}
    assert outputs.keys() <= {"stream", "execute_result"}
    result = outputs.get("execute_result", {}).get("data", {}).get("text/plain", [])
    return "".join(outputs.get("stream", {}).get("text", [])), "".join(result)


def test_the_notebook_stores_what_a_fresh_run_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(NOTEBOOK.parent))
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    names: dict[str, Any] = {}
    loop = asyncio.new_event_loop()
    try:
        for number, cell in enumerate(cell for cell in cells if cell["cell_type"] == "code"):
            assert run("".join(cell["source"]), names, loop) == stored(cell), cell["source"]
            assert cell["execution_count"] == number + 1
    finally:
        loop.close()
    assert names["llm"].call_count > 0
