"""Trying mutants: which tests reach a change, and whether one of them fails.

A mutant is tried twice at most. First in a fork of a pytest session that has everything imported
and collected: the changed functions get the mutant's code, and the tests that reach them run, the
quickest first. That takes a fraction of a second. What this cannot tell, because the change is in
what runs at import or at collection, is told by a process that imports the mutant.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import inspect
import os
import pickle
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tools.prove.mutants_made import Mutant

NEAR = 8  # lines: most of a function
UNTOLD = 77  # the exit code of a fork that cannot tell
MEMORY = 4 << 30  # bytes that a mutant may ask for: one that eats more has been noticed
PATIENCE = 10  # a test that takes this many times as long, and as many seconds more, has noticed
OPTIONS = (
    *("-s", "-qq", "--tb=short", "--hypothesis-seed=0"),
    *("-o", "norecursedirs=.* build dist"),  # pyproject.toml keeps pytest out of tests/exhaustive
    *("-m", "not untraced"),
    *("-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"),
)
WORKERS = 2 * (os.cpu_count() or 1)  # tests wait for servers half of the time
WORKSPACE = {path.name for path in Path(__file__).parents[2].glob("packages/*/src/*")}


@dataclass(frozen=True)
class Verdict:
    """What one attempt told of a mutant."""

    file: Path
    mutant: Mutant
    noticed: bool | None
    """Whether a test failed; `None` if only an import can tell."""


def tried(
    package: Path, tests: Path, trials: dict[Path, list[Mutant]], seconds: float
) -> Iterator[Verdict]:
    """Yield whether a test notices each mutant.

    Args:
        package: The directory of the imported package.
        tests: The directory of its tests.
        trials: For each file of the package, its mutants.
        seconds: For how long a process computes on a mutant before it counts as missed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)

        receiving, sending = os.pipe()
        if (child := os.fork()) == 0:
            with os.fdopen(sending, "wb") as stream:
                session = _Session(package, trials, place, stream, seconds)
                _become(lambda: int(pytest.main([*OPTIONS, str(tests)], plugins=[session])))
        os.close(sending)
        try:
            with os.fdopen(receiving, "rb") as stream:
                _load(pickle.load(stream))  # noqa: S301 - from the child, as below
                untold = []
                while isinstance(said := pickle.load(stream), Verdict):  # noqa: S301
                    if said.noticed is None:
                        untold.append(said)
                    else:
                        yield said
                yield from _thoroughly(package, untold, said, place, seconds)
        except EOFError:
            message = f"the tests of {tests.parent.name} do not pass as they are"
            raise SystemExit(message) from None
        with contextlib.suppress(ChildProcessError):  # it has been waited for already
            os.waitpid(child, 0)


def _load(libraries: list[str]) -> None:
    """Import what the tests import but for the workspace, once for all forks of this process.

    pytest rewrites plugins as they are imported. A pytest in a test warns of any that came sooner.
    """

    class Loading:
        def pytest_cmdline_main(self) -> int:
            for name in libraries:
                with contextlib.suppress(Exception):  # one that was made while a test ran
                    importlib.import_module(name)
            return 0

    pytest.main([*OPTIONS, "--noconftest"], plugins=[Loading()])  # none that imports the workspace
    gc.freeze()


def _thoroughly(
    package: Path,
    untold: list[Verdict],
    files: dict[Path, list[str]],
    scratch: Path,
    seconds: float,
) -> Iterator[Verdict]:
    """Yield what processes tell that import the mutants.

    Args:
        package: The directory of the imported package.
        untold: What forks of the session could not tell.
        files: For each module the files of tests, the most telling first.
        scratch: A directory for copies of the package.
        seconds: For how long a process tries a mutant.
    """
    left = untold
    # The most telling file alone, and then the others.
    for is_first, chosen in ((True, slice(1)), (False, slice(1, None))):
        attempts = [
            functools.partial(
                _imported, package, verdict, scratch, files[verdict.file][chosen], seconds
            )
            for verdict in left
        ]
        again = []
        for at, code in _in_forks(attempts):
            if is_first and code == 0:
                again.append(left[at])
            else:
                yield replace(left[at], noticed=code != 0)
        left = again


def _imported(
    package: Path, verdict: Verdict, scratch: Path, files: list[str], seconds: float
) -> int:
    """Run files of tests in this fork, on a copy of the package that has the mutant."""
    place = Path(tempfile.mkdtemp(dir=scratch))
    copy = place / package.name
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("*.pyc"))
    (copy / verdict.file.relative_to(package)).write_text(verdict.mutant.source)
    sys.path.insert(0, str(place))
    os.environ["PYTHONPATH"] = str(place)  # for what the tests start
    importlib.invalidate_caches()
    options = (*OPTIONS, f"--basetemp={place / 'tmp'}")
    return int(pytest.main([*options, *files], plugins=[_Ending(seconds)])) if files else 0


class _Plugin:
    """A pytest plugin."""

    def pytest_configure(self) -> None:
        """Let hypothesis try as many examples as ever, but no longer than until one fails."""
        import hypothesis  # noqa: PLC0415 - pytest rewrites it, see `_load`

        hypothesis.settings.register_profile(
            "mutants",
            database=None,
            deadline=None,  # the survey traces, and forks share the machine
            phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # a failure may be big
        )
        hypothesis.settings.load_profile("mutants")


class _Ending(_Plugin):
    """A pytest plugin that ends this process where a test fails, or takes ten minutes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def pytest_configure(self) -> None:
        """Limit the time that collection takes."""
        super().pytest_configure()
        signal.alarm(600)

    def pytest_runtest_logstart(self) -> None:
        """Limit the time that the next test takes, and that all take."""
        signal.alarm(600)
        if time.process_time() > self._seconds:
            os._exit(0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """End without waiting for what the test leaves open."""
        if report.failed:
            os._exit(1)


class _Session(_Plugin):
    """A pytest plugin that tries mutants in the place of running the tests."""

    def __init__(
        self,
        package: Path,
        trials: dict[Path, list[Mutant]],
        scratch: Path,
        told: BinaryIO,
        limit: float,
    ) -> None:
        self._package, self._trials, self._scratch, self._told = package, trials, scratch, told
        self._limit = limit
        self._seconds: dict[str, float] = {}
        self._failed = ""
        self._changed: Path | None = None
        self._importing = coverage.Coverage(None, source=[str(package)])
        self._importing.start()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try the mutants."""
        self._importing.stop()
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        factory = session.config._tmp_path_factory  # type: ignore[attr-defined] # noqa: SLF001
        factory.getbasetemp()  # one for all forks
        items = {item.nodeid: item for item in session.items}
        measured = self._survey(items)
        reached = {file: measured.contexts_by_lineno(str(file)) for file in self._trials}
        functions = {file: _functions(file) for file in self._trials}
        gc.freeze()  # a fork that collects garbage would copy all of it
        self._tell(_libraries())
        for verdict in self._try_each(functions, items, reached):
            self._tell(verdict)
        self._tell({file: _telling(self._seconds, self._noticed(file)) for file in self._trials})
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test failed, and how long each took."""
        if report.failed:
            if self._changed:
                with self._names(self._changed).open("a") as names:
                    names.write(f"{report.nodeid}\n")
                os._exit(1)  # not waiting for what the test leaves open
            self._failed = f"{report.nodeid}\n{report.longreprtext}"
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0) + report.duration

    # What runs in the parent.

    def _tell(self, said: object) -> None:
        self._told.write(pickle.dumps(said))
        self._told.flush()

    def _survey(self, items: dict[str, pytest.Item]) -> coverage.CoverageData:
        """Learn which lines each test reaches and how long it takes; all of them must pass."""

        def survey(part: int) -> int:
            tracer = coverage.Coverage(self._part("coverage", part), source=[str(self._package)])
            tracer.start()
            self._run([*items.values()][part::WORKERS], tracer.switch_context)
            tracer.stop()
            tracer.save()
            said = pickle.dumps((self._seconds, self._failed))
            Path(self._part("survey", part)).write_bytes(said)
            return 0

        parts = range(WORKERS)
        if any(code for _, code in _in_forks([functools.partial(survey, part) for part in parts])):
            raise pytest.UsageError("the tests end the process that runs them")
        measured = coverage.CoverageData(no_disk=True)
        for part in parts:
            said = Path(self._part("survey", part)).read_bytes()
            seconds, failed = pickle.loads(said)  # noqa: S301 - from the fork
            if failed:
                raise pytest.UsageError(f"a test fails without any change: {failed}")
            self._seconds |= seconds
            lines = coverage.CoverageData(self._part("coverage", part))
            lines.read()
            measured.update(lines)
        return measured

    def _part(self, name: str, part: int) -> str:
        return str(self._scratch / f"{name}-{part}")

    def _try_each(
        self,
        functions: dict[Path, dict[CodeType, list[FunctionType]]],
        items: dict[str, pytest.Item],
        reached: dict[Path, dict[int, list[str]]],
    ) -> Iterator[Verdict]:
        """Yield what forks of this process tell of the mutants."""
        imported = {
            file: set(self._importing.get_data().lines(str(file)) or ()) for file in self._trials
        }

        def attempt(file: Path, mutant: Mutant) -> int:
            code = compile(file.read_text(), str(file), "exec", dont_inherit=True)
            changed = compile(mutant.source, str(file), "exec", dont_inherit=True)
            if not _patch(code, changed, functions[file]):
                return UNTOLD
            chosen = self._in_order(mutant.lines, reached[file], self._noticed(file))
            self._changed = file
            self._run([items[test] for test in chosen], self._expect)
            return 0 if imported[file].isdisjoint(mutant.lines) else UNTOLD

        trials = [(file, mutant) for file, made in self._trials.items() for mutant in made]
        for at, status in _in_forks([functools.partial(attempt, *trial) for trial in trials]):
            noticed = None if status == UNTOLD else status != 0
            yield Verdict(*trials[at], noticed)

    def _in_order(
        self, lines: range, reached: dict[int, list[str]], noticed: Counter[str]
    ) -> list[str]:
        """Return the tests that reach a change, those first that are likely to notice it, and soon.

        These are the quick ones, those that go, near the change, where few go, those that have
        noticed others in the file, and of each function one case before the next.
        """
        few: dict[str, int] = {}
        for line in range(lines.start - NEAR, lines.stop + NEAR):
            for test in (going := reached.get(line, ())):
                few[test] = min(few.get(test, len(going)), len(going))
        cases: Counter[str] = Counter()
        ranks = {}
        tests = {test for line in lines for test in reached.get(line, ())}
        for test in sorted(tests, key=self._seconds.__getitem__):
            cases[test.partition("[")[0]] += 1
            likely = (1 + noticed[test]) / few[test] / cases[test.partition("[")[0]]
            ranks[test] = self._seconds[test] / likely
        return sorted(ranks, key=ranks.__getitem__)

    def _names(self, file: Path) -> Path:
        """Return the list of the tests that noticed mutants of a file."""
        return self._scratch / "-".join(file.relative_to(self._package).parts)

    def _noticed(self, file: Path) -> Counter[str]:
        """Return how many mutants of a file each test noticed so far."""
        names = self._names(file)
        return Counter(names.read_text().splitlines() if names.exists() else ())

    # What runs in a fork.

    def _run(self, items: Iterable[pytest.Item], before: Callable[[str], Any]) -> None:
        """Run tests in this process, until one fails."""
        chosen = list(items)
        for item, after in zip(chosen, [*chosen[1:], None], strict=True):
            if self._changed and time.process_time() > self._limit:
                return
            before(item.nodeid)
            item.ihook.pytest_runtest_protocol(item=item, nextitem=after)
            if self._failed:
                return

    def _expect(self, test: str) -> None:
        """End this process if a test takes far longer than it should."""
        signal.alarm(int(PATIENCE * (1 + self._seconds[test])))


def _telling(seconds: dict[str, float], noticed: Counter[str]) -> list[str]:
    """Return the files of the tests, those first that are quick for what they notice in a module.

    What runs at import may be told by a test that does not reach the module.
    """
    files: defaultdict[str, float] = defaultdict(float)
    for test, taken in seconds.items():
        files[test.partition("::")[0]] += taken
    noticing = Counter(test.partition("::")[0] for test in noticed.elements())
    return sorted(files, key=lambda name: files[name] / (1 + noticing[name]))


def _libraries() -> list[str]:
    """Return the imported modules that are not the workspace's."""
    files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
    installed = (Path(sys.prefix), Path(sys.base_prefix))
    return [
        name
        for name, file in files.items()
        if file
        and name.partition(".")[0] not in WORKSPACE  # whose wheels are installed likewise
        and any(Path(file).is_relative_to(place) for place in installed)
    ]


def _in_forks(attempts: Iterable[Callable[[], int]]) -> Iterator[tuple[int, int]]:
    """Make attempts in forks, side by side; yield the place and the exit status of each."""
    waiting = list(enumerate(attempts))[::-1]
    running: dict[int, int] = {}
    while waiting or running:
        while waiting and len(running) < WORKERS:
            at, attempt = waiting.pop()
            if (child := os.fork()) == 0:
                _become(attempt, silent=True)
            running[child] = at
        child, status = os.wait()
        if child not in running:  # the session, which has told all that it can
            continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # what it started
        yield running.pop(child), os.waitstatus_to_exitcode(status)


def _become(attempt: Callable[[], int], *, silent: bool = False) -> NoReturn:
    """Make an attempt in this fork, and end it."""
    status = 1
    try:
        if silent:
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


def _patch(
    old: CodeType,
    new: CodeType,
    functions: dict[CodeType, list[FunctionType]],
    *,
    within: bool = False,
) -> bool:
    """Give the living functions their changed code; return whether that is all that changed.

    Functions that live only while another runs, `within` it, need not be found: they get theirs
    from that one.
    """
    living = functions.get(old, ())
    if is_function := bool(old.co_flags & inspect.CO_OPTIMIZED):
        if not (living or within) or old.co_freevars != new.co_freevars:
            return False
    elif _outside(old) != _outside(new):
        return False
    ones, others = _inner(old), _inner(new)
    pairs = zip(ones, others, strict=True) if len(ones) == len(others) else ()
    if not all(a == b or _patch(a, b, functions, within=is_function) for a, b in pairs):
        return False
    for function in living:
        function.__code__ = new
    return True


def _inner(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _outside(code: CodeType) -> tuple[object, ...]:
    """Return what a module or a class body does, but for what its functions do."""
    kept = [constant for constant in code.co_consts if not isinstance(constant, CodeType)]
    return code.co_code, code.co_names, repr(kept), len(code.co_consts)
