"""Documentation: what the API reference shows of the class."""

from __future__ import annotations

import ast
import contextlib
import doctest
import functools
import inspect
import io
import itertools
import re
import socket
import textwrap
from typing import TYPE_CHECKING, Any

from langchain_model_conformance import _loop
from langchain_model_conformance._check import doc
from langchain_model_conformance._diagnosis import (
    all_errors,
    describe_error,
    found,
    not_applicable,
)
from langchain_model_conformance._fields import names_of, own_arguments, owner
from langchain_model_conformance._isolation import environment, no_network
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Iterator

FENCE = re.compile(r"^([ \t]*)```\s*(?:py|python)\b[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
DIRECTIVE = re.compile(
    r"^([ \t]*)\.\. code-block:: +python[^\n]*\n((?:\1[ \t]+[^\n]*\n|[ \t]*\n)+)", re.MULTILINE
)
ARGUMENT = r"^\s*(?::param\b[^:\n]*?\s|[*-]?\s*)`{{0,2}}{name}`{{0,2}}\s*(?:\([^)]*\))?\s*:\s*\S"
NETWORK = (ConnectionError, TimeoutError, socket.gaierror)
LINK = re.compile(r"https?://\S+")


class Documentation(ConformanceSuite):
    """The class is documented, and its example is true."""

    @doc("Write one on the class itself; an inherited one describes another class.")
    def test_class_docstring(self) -> None:
        """Documentation: the class has a doc-string."""
        if not self._docstring().strip():
            found(f"{self._model_class.__name__} has no doc-string of its own", "one")

    @doc('Put """What it is.""" under each field, or list it under Args: in the class doc-string.')
    def test_init_args_documented(self) -> None:
        """Documentation: all initialization arguments have doc-strings, for the API Reference."""
        missing = [
            name
            for name, about in own_arguments(self._model_class).items()
            if not (about.description or self._described(name, names_of(name, about)))
        ]
        if missing:
            found(f"no doc-string for {', '.join(missing)}", "one for each constructor argument")

    @doc("Add an example that builds this very class, not the one it was copied from.")
    def test_docstring_example(self) -> None:
        """Documentation: the class doc-string shows how the class is used."""
        name = self._model_class.__name__
        built = [called for code in self._examples() for called in _called(code)]
        if name not in built:
            seen = f"one that calls {', '.join(dict.fromkeys(built))}" if built else "no example"
            found(seen, f"an example that builds {name}(...)")

    @doc("Run it, and correct the example or the class.")
    def test_docstring_example_runs(self) -> None:
        """Documentation: the example works as printed."""
        # The declared secrets are in the environment. An example that calls its service where there
        # is none gets no further, which is not its fault.
        examples, known = self._examples(), {self._model_class.__name__: self._model_class}
        if not examples:
            not_applicable("the class doc-string has no example")
        with (
            environment(self._environment()),
            contextlib.redirect_stdout(io.StringIO()),
            no_network() as attempts,
        ):
            error = _error_of(examples, self._docstring(), known)
        # Many test runs block sockets with pytest-socket, whose error is one of its own.
        for one in all_errors(error):
            if attempts or type(one).__module__ == "pytest_socket" or isinstance(one, NETWORK):
                not_applicable("the example calls a service that cannot be reached from here")
        if isinstance(error, doctest.DocTestFailure):
            line, got = error.example.source.strip(), error.got.strip()
            found(f"the example's {line!r} gave {got!r}", repr(error.example.want.strip()))
        if error:
            found(f"the example raised {describe_error(error)}", "an example that runs")

    @doc("Add the address of the service's API documentation to the class doc-string.")
    def test_service_link(self) -> None:
        """Documentation: the class doc-string links the API of the service that powers it."""
        self._require_declared("secret_params")
        if not LINK.search(self._docstring()):
            found("no link in the class doc-string", "a link to the API it is powered by")

    def _docstring(self) -> str:
        return inspect.cleandoc(self._model_class.__doc__ or "") + "\n"

    def _examples(self) -> list[str]:
        """Return the Python code in the class doc-string: doctest, fences, or directives."""
        text = self._docstring()
        if prompts := _prompts(text):
            return ["".join(example.source for example in prompts)]
        blocks = [*FENCE.finditer(text), *DIRECTIVE.finditer(text)]
        blocks.sort(key=lambda block: block.start())  # a later one uses what an earlier one made
        return [textwrap.dedent(block[2]) for block in blocks]

    def _described(self, name: str, names: set[str]) -> bool:
        base = owner(self._model_class, name)
        written = (base.__doc__, self._model_class.__init__.__doc__)
        texts = [self._docstring(), *(inspect.cleandoc(one or "") for one in written)]
        patterns = [ARGUMENT.format(name=re.escape(one)) for one in names]
        return name in _attribute_docstrings(base) or any(
            re.search(pattern, text, re.MULTILINE) for text in texts for pattern in patterns
        )


def _unfenced(text: str) -> str:
    """Return `text` without fence lines, which doctest would take for a part of the output."""
    return re.sub(r"^[ \t]*```.*$", "", text, flags=re.MULTILINE)


def _prompts(text: str) -> list[doctest.Example]:
    return doctest.DocTestParser().get_examples(_unfenced(text))


def _called(code: str) -> Iterator[str]:
    """Yield the names that `code` calls; code that cannot be parsed calls nothing."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            names = ast.unparse(node.func).split(".")  # module.Model, Model.from_model_id
            classes = [one for one in names if one.isidentifier() and one[:1].isupper()]
            yield from names if len(names) == 1 else classes


def _error_of(examples: list[str], text: str, namespace: dict[str, Any]) -> BaseException | None:
    """Return what the examples of a doc-string raise, if they do not show what they should."""
    namespace["__name__"] = "docstring_example"
    try:
        if _prompts(text):
            parsed = doctest.DocTestParser().get_doctest(_unfenced(text), namespace, "", None, 0)
            doctest.DebugRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(parsed)
            return None
        for code in examples:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compiled = compile(code, "<class doc-string>", "exec", flags=flags, dont_inherit=True)
            result = eval(compiled, namespace)  # noqa: S307  # nosec B307 # the author's
            if inspect.iscoroutine(result):
                _loop.run(result)
    except doctest.UnexpectedException as error:
        return error.exc_info[1]
    except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it raises, it does not work
        return error
    return None


@functools.lru_cache(maxsize=32)
def _attribute_docstrings(owner: type) -> set[str]:
    """Return the names of the fields of `owner` that have a doc-string beneath them."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    except (OSError, TypeError, SyntaxError):
        return set()  # no source to read: a class made at run time
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    return {
        field.target.id
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(getattr(below.value, "value", None), str)
    }
