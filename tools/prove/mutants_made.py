"""The mutants of a module: its source with one small change each.

mutmut's operators say what is changed. Its own walk over a module leaves out class bodies,
constants and everything that has a decorator, which is where pydantic models and validators live,
so the walk is this module's. A statement less is a change too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING

import libcst as cst
import libcst.matchers as m
from libcst.metadata import (
    MetadataWrapper,
    PositionProvider,
    WhitespaceInclusivePositionProvider,
)
from mutmut.mutation.mutators import mutation_operators, operator_string

if TYPE_CHECKING:
    from collections.abc import Iterable

    from libcst.metadata import CodePosition, CodeRange

# What only type checkers read, what stands for readers, and two calls that fail in any other shape.
UNREAD = (
    m.Annotation()
    | m.Import()
    | m.ImportFrom()
    | m.If(test=m.Name("TYPE_CHECKING"))
    | m.FunctionDef(decorators=[m.Decorator(m.Name("overload"))])
    | m.Assign(value=m.Call(m.Name("TypeVar")))
    | m.Assign(targets=[m.AssignTarget(m.Name("__all__"))])
    | m.Call(m.Name("len") | m.Name("isinstance"))
)
NOTHING = m.SimpleStatementLine(
    [
        m.Pass()
        | m.Expr(m.SimpleString() | m.ConcatenatedString() | m.Ellipsis())
        | m.Import()
        | m.ImportFrom()
        | m.AnnAssign(value=None)
        | m.Assign(value=m.Call(m.Name("TypeVar")))
        | m.Assign(targets=[m.AssignTarget(m.Name("__all__"))])
    ]
)
STATEMENTS = (cst.SimpleStatementLine, cst.If, cst.For, cst.While, cst.Try, cst.With)


@dataclass(frozen=True)
class Mutant:
    """A module with one change."""

    source: str
    function: str
    """The dotted name of the function or class that the change is in; empty for the module."""
    change: str
    """The lines that go, an arrow, the lines that come; a number where there are several alike."""
    lines: range
    """Where the changed statement stands in the unchanged module."""
    is_deletion: bool


def mutants(source: str) -> list[Mutant]:
    """Return every mutant of a module, each once; all compile, and keep the lines' numbers."""
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor(source, wrapper.module)
    wrapper.visit(visitor)
    made = [mutant for mutant in visitor.made.values() if mutant.source != source]
    return [mutant for mutant in made if _compiles(mutant.source)]


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider, WhitespaceInclusivePositionProvider)

    def __init__(self, source: str, module: cst.Module) -> None:
        super().__init__()
        self.made: dict[str, Mutant] = {}
        self._source = source
        self._module = module
        self._starts = [0, *accumulate(map(len, source.splitlines(keepends=True)))]
        self._names: list[str] = []
        self._alike: Counter[tuple[str, str]] = Counter()
        self._simple: CodeRange | None = None

    def on_visit(self, node: cst.CSTNode) -> bool:
        if m.matches(node, UNREAD):
            return False
        if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
            self._names.append(node.name.value)
        if isinstance(node, STATEMENTS):
            place = self.get_metadata(PositionProvider, node)
            self._simple = place if isinstance(node, cst.SimpleStatementLine) else None
            if not m.matches(node, NOTHING):
                is_elif = self._source.startswith("elif", self._at(place.start))
                self._make(place, "" if is_elif else "pass", is_deletion=True)
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                changes: Iterable[cst.CSTNode] = operator(node)
                # Other letters in the same string are noticed by the same tests.
                for new in islice(changes, 1) if operator is operator_string else changes:
                    place = self.get_metadata(WhitespaceInclusivePositionProvider, node)
                    self._make(place, self._module.code_for_node(new))
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if m.matches(original_node, UNREAD):
            return
        if isinstance(original_node, (cst.FunctionDef, cst.ClassDef)):
            self._names.pop()
        if isinstance(original_node, cst.SimpleStatementLine):
            self._simple = None

    def _at(self, place: CodePosition) -> int:
        return self._starts[place.line - 1] + place.column

    def _make(self, place: CodeRange, new: str, *, is_deletion: bool = False) -> None:
        """Keep the mutant that has other text at one place."""
        statement = self._simple or place
        start, end = self._at(place.start), self._at(place.end)
        # As many lines as before, so that everything else stays where it is.
        new += "\n" * (self._source.count("\n", start, end) - new.count("\n"))
        source = self._source[:start] + new + self._source[end:]
        first, last = self._starts[place.start.line - 1], self._starts[place.end.line]
        sides = self._source[first:last], self._source[first:start] + new + self._source[end:last]
        function = ".".join(self._names)
        change = " => ".join(" ".join(side.split()) for side in sides)
        self._alike[function, change] += 1
        if (count := self._alike[function, change]) > 1:
            change += f" #{count}"
        self.made[source] = Mutant(
            source,
            function=function,
            change=change,
            lines=range(statement.start.line, statement.end.line + 1),
            is_deletion=is_deletion,
        )


def _compiles(source: str) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True
