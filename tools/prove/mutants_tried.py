"""Trying mutants: which tests reach a change, and whether one of them fails.

A mutant is tried twice at most. First in a fork of a pytest session that has everything imported
and collected: the changed functions get the mutant's code, and the tests that reach them run, the
quickest first. That takes a fraction of a second. What this cannot tell, because a change is in
what runs at import or because no test failed, a new process tells, which imports the mutant.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tools.prove.mutants_made import Mutant

UNTOLD = 77  # the exit code of a fork that cannot tell
MEMORY = 4 << 30  # bytes that a mutant may ask for: one that eats more has been noticed
PATIENCE = 10  # a test that takes this many times as long, and as many seconds more, has noticed
WORKERS = os.cpu_count() or 1


class Session:
    """A pytest plugin that tries mutants of one package in the place of running its tests.

    Args:
        package: The directory of the imported package.
        trials: For each file of the package, its mutants.
        told: Is called with a file, a mutant, and whether a test noticed it.
    """

    def __init__(
        self,
        package: Path,
        trials: dict[Path, list[Mutant]],
        told: Callable[[Path, Mutant, bool], None],
    ) -> None:
        self._package = package
        self._trials, self._told = trials, told
        self._seconds: dict[str, float] = {}
        self._failed = False

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants."""
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # noqa: SLF001 - one for all forks
        items = {item.nodeid: item for item in session.items}
        with tempfile.TemporaryDirectory() as scratch:
            self._survey(items, Path(scratch))
            measured = coverage.CoverageData(str(Path(scratch) / "coverage"))
            measured.read()
            for file, mutants in self._trials.items():
                self._try_each(file, mutants, items, measured, Path(scratch))
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test failed, and how long each took."""
        self._failed |= report.failed
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0) + report.duration

    # What runs in the parent.

    def _survey(self, items: dict[str, pytest.Item], scratch: Path) -> None:
        """Learn which lines each test reaches and how long it takes; all of them must pass."""

        def survey() -> int:
            tracer = coverage.Coverage(str(scratch / "coverage"), source=[str(self._package)])
            tracer.start()
            self._run(items.values(), tracer.switch_context, lambda _: None)
            tracer.stop()
            tracer.save()
            lines = (f"{seconds} {test}" for test, seconds in self._seconds.items())
            (scratch / "seconds").write_text("\n".join(lines))
            return self._failed

        if any(code for _, code in _in_forks([survey])):
            raise pytest.UsageError("a test fails without any change: run them first")
        for line in (scratch / "seconds").read_text().splitlines():
            seconds, _, test = line.partition(" ")
            self._seconds[test] = float(seconds)

    def _try_each(
        self,
        file: Path,
        mutants: list[Mutant],
        items: dict[str, pytest.Item],
        measured: coverage.CoverageData,
        scratch: Path,
    ) -> None:
        original = file.read_text()
        reached = measured.contexts_by_lineno(str(file))
        everything = sorted(items, key=lambda test: self._seconds.get(test, 0))
        functions = _functions(file)
        code = compile(original, str(file), "exec", dont_inherit=True)

        def tests_of(mutant: Mutant) -> list[str]:
            tests = {test for line in mutant.lines for test in reached.get(line, ())}
            return [test for test in everything if test in tests] or everything

        def quickly(mutant: Mutant) -> Callable[[], int]:
            def attempt() -> int:
                changed = compile(mutant.source, str(file), "exec", dont_inherit=True)
                if not _patch(code, changed, functions):
                    return UNTOLD
                chosen = [items[test] for test in tests_of(mutant)]
                self._run(chosen, lambda _: None, self._expect)
                return 1 if self._failed else UNTOLD

            return attempt

        def thoroughly(mutant: Mutant) -> Callable[[], int]:
            def attempt() -> int:
                place = Path(tempfile.mkdtemp(dir=scratch))
                copy = place / self._package.name
                shutil.copytree(self._package, copy, ignore=shutil.ignore_patterns("*.pyc"))
                (copy / file.relative_to(self._package)).write_text(mutant.source)
                tests = tests_of(mutant)
                (place / "tests").write_text("\n".join(self._arguments(tests)))
                signal.alarm(int(PATIENCE * (6 + sum(self._seconds[test] for test in tests))))
                os.environ["PYTHONPATH"] = str(place)
                options = ["-x", "-q", *OPTIONS, f"--basetemp={place / 'tmp'}"]
                options.append(f"@{place / 'tests'}")
                os.execv(sys.executable, [sys.executable, "-m", "pytest", *options])  # noqa: S606
                return 0

            return attempt

        gc.freeze()  # a fork that collects garbage would copy all of it
        untold = []
        for at, status in _in_forks([quickly(mutant) for mutant in mutants]):
            if status == UNTOLD:
                untold.append(mutants[at])
            else:
                self._told(file, mutants[at], True)
        for at, status in _in_forks([thoroughly(mutant) for mutant in untold]):
            self._told(file, untold[at], status != 0)

    def _arguments(self, tests: list[str]) -> list[str]:
        """Return what pytest is to run: tests, or whole files where it is all of them."""
        if len(tests) < len(self._seconds):
            return tests
        files: dict[str, float] = defaultdict(float)
        for test in tests:
            files[test.partition("::")[0]] += self._seconds[test]
        return sorted(files, key=files.__getitem__)

    # What runs in a fork.

    def _run(
        self,
        items: Iterable[pytest.Item],
        before: Callable[[str], Any],
        expect: Callable[[str], None],
    ) -> None:
        """Run tests in this process, until one fails."""
        chosen = list(items)
        for item, after in zip(chosen, [*chosen[1:], None], strict=True):
            before(item.nodeid)
            expect(item.nodeid)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._failed:
                return

    def _expect(self, test: str) -> None:
        """End this process if a test takes far longer than it should."""
        signal.alarm(int(PATIENCE * (1 + self._seconds[test])))


# pyproject.toml keeps pytest out of tests/exhaustive; the first lets it in. The last keeps out what
# no line needs.
OPTIONS = ("-o", "norecursedirs=.* build dist", "-k", "not every_small_text")


def _in_forks(attempts: list[Callable[[], int]]) -> Iterator[tuple[int, int]]:
    """Yield the place and the exit status of each attempt as it ends, made in forks side by side."""
    waiting = list(enumerate(attempts))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < WORKERS:
            at, attempt = waiting.pop()
            if (child := os.fork()) == 0:
                _become(attempt)
            running[child] = at
        child, status = os.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it started
        yield running.pop(child), os.waitstatus_to_exitcode(status)


def _become(attempt: Callable[[], int]) -> None:
    """Make an attempt in this fork, silently, and end it."""
    status = 1
    try:
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(silence, stream)
        status = attempt()
    finally:
        os._exit(status)


def _functions(file: Path) -> dict[CodeType, list[FunctionType]]:
    """Return the living functions of a module by their code."""
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(file):
            found[thing.__code__].append(thing)
    return found


def _patch(old: CodeType, new: CodeType, functions: dict[CodeType, list[FunctionType]]) -> bool:
    """Give the living functions their changed code; return whether all that changed is in them."""
    inner_old, inner_new = _inner(old), _inner(new)
    is_function = bool(old.co_flags & CO_OPTIMIZED)
    if not is_function and _outside(old) != _outside(new):
        return False
    if len(inner_old) != len(inner_new):
        inner_old = inner_new = []
    for one, other in zip(inner_old, inner_new, strict=True):
        if one != other and not _patch(one, other, functions):
            return False
    for function in functions.get(old, ()) if is_function else ():
        if function.__code__.co_freevars != new.co_freevars:
            return False
        function.__code__ = new
    return True


CO_OPTIMIZED = 1  # set for functions, not for modules and class bodies


def _inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _outside(code: CodeType) -> tuple[object, ...]:
    """Return what a module or a class body does, but for what its functions do."""
    kept = [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, code.co_names, repr(kept), len(code.co_consts)
