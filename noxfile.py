"""Build the wheels, and test exactly those, alone, across many releases of langchain-core.

`nox` runs the quick slice, `nox -t full` everything, `nox -l` lists what there is. Sessions run
side by side; add `-j 1` to watch one live or to use a debugger. Arguments after `--` go to pytest.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nox
from packaging.version import Version

sys.path.insert(0, str(Path(__file__).parent))  # for tools/, wherever nox is called from
from tools import checks, compatibility, lines
from tools import new as integration
from tools.workspace import CHECKPOINT_3, DIST, ROOT, Lane, Package, group, wheels

nox.needs_version = ">=2026.10"  # `nox.options.parallel`
nox.options.default_venv_backend = "uv"
nox.options.allow_parallel = True
nox.options.parallel = "auto"  # type: ignore[assignment] # nox converts it
nox.options.tags = ["quick"]
# A Python that is not here is reported by name; ci.yml, where all are, passes the flag instead.
nox.options.error_on_missing_interpreters = False

CONFORMANCE = Package("conformance", "langchain_model_conformance", groups=("test", "clients"))
SHARED = Package(
    "shared", "langchain_model_parts", judges=(CONFORMANCE,), groups=("test", "surfaces")
)
PACKAGES = {
    package.directory: package
    for package in (
        SHARED,
        Package("llm-echo", "langchain_llm_echo", needs=(SHARED,), judges=(CONFORMANCE,)),
        Package(
            "chat-echo",
            "langchain_chat_echo",
            needs=(SHARED,),
            judges=(CONFORMANCE,),
            groups=("test", "consumers"),
        ),
        # `nox -s new` adds its packages below.
        CONFORMANCE,
    )
}
LANES = {
    lane.id: lane
    for lane in (
        Lane("floor", "==0.3.81"),  # what every package declares
        Lane("core0_3", "==0.3.*"),
        Lane("core1_0", "==1.0.*", constraints=CHECKPOINT_3),
        Lane("core1_1", "==1.1.*", constraints=CHECKPOINT_3),
        Lane("core1_2", "==1.2.*"),
        Lane("core1_3", "==1.3.*"),
        Lane("core1_4", "==1.4.*"),
        Lane("core1_5", "==1.5.*"),
        Lane("core1_6", "==1.6.*"),
        Lane("core1_7", "==1.7.*"),
        Lane("core1_8", "==1.8.*", python="3.11"),
        Lane("latest", "", tags=("quick",)),
    )
}
# pyproject.toml keeps pytest out of tests/exhaustive; this lets it in.
EVERYTHING = ("-o", "norecursedirs=.* build dist")
# What judges the examples, LangChain's fakes, and the set-ups of the echoes that no lane judges.
DECLARED = (
    "packages/llm-echo/tests/exhaustive/test_llm_conformance_settings.py",
    "packages/chat-echo/tests/exhaustive/test_chat_conformance_settings.py",
    "packages/conformance/tests/exhaustive/test_conformance_reviews.py",
    "examples/tests",
)
MAIN = "git+https://github.com/langchain-ai/langchain#subdirectory=libs/core"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
# The lanes run on the Python that runs nox.
OTHER_PYTHONS = [python for python in PYTHONS if python != "{}.{}".format(*sys.version_info)]
GITHUB_SCHEMAS = {  # check-jsonschema's name for each kind of file below .github/
    "github-workflows": "workflows/*.yml",
    "dependabot": "dependabot.yml",
    "github-issue-config": "ISSUE_TEMPLATE/config.yml",
    "github-issue-forms": "ISSUE_TEMPLATE/*.yml",  # but the one above
}

each_package = nox.parametrize(
    "package", [nox.param(package, id=package, tags=[package]) for package in PACKAGES]
)
# `nox -t llm-echo` is what must pass; what merely warns of things to come stays out of it.
each_package_untagged = nox.parametrize("package", list(PACKAGES), ids=list(PACKAGES))
each_lane = nox.parametrize(
    "core", [nox.param(lane.id, id=lane.id, tags=[lane.id, *lane.tags]) for lane in LANES.values()]
)


# What gates: `nox` runs those that are tagged quick, `nox -t full` all of them.


@nox.session(tags=["full", "quick"])
def build(session: nox.Session) -> None:
    """Build every sdist and, from it, the wheel that an index user gets."""
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--all-packages", "--no-sources", f"--out-dir={DIST}")


@nox.session(tags=["full", "quick"], requires=["build"])
def typing(session: nox.Session) -> None:
    """Check types, package by package, against the installed wheels."""
    install_all(session, *group("typing"), *group("mutants"), "nox")
    for package in PACKAGES.values():
        session.run("mypy", f"{package.tests}/src", f"{package.tests}/tests")
    scripts = ("tools", "examples", "benchmarks", ".github/jobs.py")
    session.run("mypy", "noxfile.py", "conftest.py", "tests", *scripts)


# What takes longest comes first: it would leave the other cores without work at the end.
#
# Up to Python 3.11, asyncio's clients cannot connect while coverage traces them: an exception that
# anyio means to catch escapes.
@nox.session(tags=["full"], requires=["build"], python="3.13")
@each_package
def coverage(session: nox.Session, package: str) -> None:
    """Hold the branch coverage of one wheel by all of its tests, slow ones too, at 100 %."""
    tested = PACKAGES[package]
    install_alone(session, tested, LANES["latest"], *group("exhaustive"), *group("coverage"))
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()) / "coverage")
    trace = ("coverage", "run", f"--source={tested.module}", "-m")
    session.run(*trace, "pytest", tested.tests, *EVERYTHING, *session.posargs)
    session.run("coverage", "report")


@nox.session(tags=["full"], requires=["build"], python=PYTHONS[0])
@each_package
def minimums(session: nox.Session, package: str) -> None:
    """Test one wheel, also with the tests that take long, on every declared floor at once."""
    tested = PACKAGES[package]
    dependencies = [line for p in (tested, *tested.needs) for line in p.dependencies]
    floors = [*dependencies, *tested.test, *group("exhaustive")]
    session.install("--resolution=lowest-direct", *wheels(tested, *tested.judges), *floors)
    checks.assert_floors(session, floors)
    session.run("pytest", tested.tests, *EVERYTHING, *session.posargs)


@nox.session(tags=["full"], requires=["build"])
@each_lane
@each_package
def tests(session: nox.Session, package: str, core: str) -> None:
    """Test one wheel, alone, on one langchain-core."""
    run_alone(session, PACKAGES[package], LANES[core])


@nox.session(tags=["full"], requires=["build"], python=OTHER_PYTHONS)
@each_package
def pythons(session: nox.Session, package: str) -> None:
    """Test one wheel on the newest and the oldest langchain-core that one Python admits."""
    for lane in ("latest", "floor"):  # this way round, since an install never upgrades unasked
        run_alone(session, PACKAGES[package], LANES[lane])


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("installer", ["uv", "pip"])
@each_package
def alone(session: nox.Session, package: str, installer: str) -> None:
    """Import one wheel, outside the checkout, with nothing but its declared dependencies."""
    tested = PACKAGES[package]
    if installer == "pip":
        session.install("pip")
        session.run("python", "-m", "pip", "install", "--quiet", *wheels(tested))
    else:
        session.install(*wheels(tested))
    session.chdir(session.create_tmp())
    checks.assert_alone(session, tested)
    names = checks.said(session, f"import {tested.module} as p; print(*p.__all__)")
    session.log(f"{package}: {names}")


@nox.session(tags=["full", "quick"], requires=["build"])
def together(session: nox.Session) -> None:
    """Test all wheels in one environment: what spans packages and what the workspace promises."""
    install_all(session, "nox", "uv")
    session.run("pytest", "tests", "-m", "not slow and not generated", *session.posargs)


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("core", ["floor", "core1_0", "core1_4", "core1_7"])
def across(session: nox.Session, core: str) -> None:
    """Scan the models for keys, and compare them, on older langchain-cores too."""
    install_all(session, *LANES[core].core)
    checks.assert_core(session, LANES[core])
    session.run("pytest", "tests/test_model_leaks.py", "tests/test_parity.py", *session.posargs)


@nox.session(tags=["nightly"], requires=["build"])
@nox.parametrize("core", list(LANES), ids=list(LANES))
def verdicts(session: nox.Session, core: str) -> None:
    """Judge the echoes, the examples and LangChain's fakes as declared, on one langchain-core."""
    install_all(session, *LANES[core].core)
    checks.assert_core(session, LANES[core])
    session.run("pytest", *DECLARED, *session.posargs)


@nox.session(tags=["full"], requires=["build"])
@nox.parametrize("core", ["floor", "latest"])
def integrations(session: nox.Session, core: str) -> None:
    """Print how long the examples and what `new` writes are, and how they conform."""
    install_all(session, *LANES[core].core)
    checks.assert_core(session, LANES[core])
    suites = {"examples/tests": "examples"}
    for kind in integration.KINDS:
        target = Path(session.create_tmp()) / kind
        shutil.rmtree(target, ignore_errors=True)
        name = f"langchain-new-{kind}"
        integration.run([name, "--kind", kind, "--to", str(target)], SHARED, CONFORMANCE, ())
        suites[str(target / "tests")] = str(target / "src")
    figures = [f"{name}: {count} lines of code" for name, count in lines.integrations(ROOT).items()]
    # A new project is configured without pytest-asyncio, which the examples' environment has.
    options = ("-o", "asyncio_default_fixture_loop_scope=function", *session.posargs)
    for suite, sources in suites.items():
        session.env["PYTHONPATH"] = sources
        said = session.run("pytest", suite, *options, silent=True)
        figures += [line for line in str(said).splitlines() if line.startswith("conformance of")]
    session.log("\n".join(["", *figures]))


@nox.session(tags=["full", "quick"], requires=["build"])
def docs(session: nox.Session) -> None:
    """Run every Python block of every README and guide."""
    install_all(session)
    readmes = [f"{package.tests}/README.md" for package in PACKAGES.values()]
    session.run("pytest", "README.md", *readmes, "docs", *session.posargs)


@nox.session(tags=["full"], requires=["docs"], python="3.11")  # the oldest that Zensical runs on
def site(session: nox.Session) -> None:
    """Build the site strictly, check its links, and look at it where there is a Chromium."""
    session.install("-r", "tools/site/requirements.txt")
    session.run("python", "-m", "tools.site.build")
    session.run("python", "-m", "tools.site.browser")


@nox.session(tags=["nightly"], requires=["build"], python="3.11")  # the oldest that they all run on
def consumers(session: nox.Session) -> None:
    """Run libraries that ask a model several things, on written replies."""
    models = wheels(PACKAGES["llm-echo"], PACKAGES["chat-echo"])
    session.install(*models, *group("test"), "-r", "tools/consumers/requirements.txt")
    session.env.update(RAGAS_DO_NOT_TRACK="true", DO_NOT_TRACK="1")  # two of them report their use
    session.run("pytest", "-W", "ignore", "tools/consumers", *session.posargs)  # they warn


@nox.session(tags=["full"], requires=["build"])
def artifacts(session: nox.Session) -> None:
    """Check every sdist and wheel as the index will, and install them as users will."""
    install_all(session, *group("artifacts"), "nox", "uv")
    session.run("twine", "check", "--strict", *sorted(map(str, DIST.glob("*-*"))))
    session.run("check-wheel-contents", *wheels(*PACKAGES.values()))
    session.run("pytest", "tests", "-m", "slow", *session.posargs)


@nox.session(tags=["nightly"], requires=["build"])
def generated(session: nox.Session) -> None:
    """Write new integrations, here and elsewhere, and run their own checks."""
    install_all(session, "nox", "uv")
    session.run("pytest", "tests/test_new.py", "-m", "generated", *session.posargs)


@nox.session(tags=["full"], requires=["build"])
def prove_slice(session: nox.Session) -> None:
    """Prove a slice of each promise that `prove` proves."""
    install_all(session, *group("prove"))
    session.run("python", "-m", "tools.prove", "--quick", *session.posargs)


@nox.session(tags=["full", "quick"])
def lint(session: nox.Session) -> None:
    """Check style, format and the GitHub workflows."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("zizmor", "--quiet", "--offline", "--persona=pedantic", ".github")
    checked: set[str] = set()
    for schema, pattern in GITHUB_SCHEMAS.items():
        files = {str(path) for path in ROOT.glob(f".github/{pattern}")} - checked
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *sorted(files))
        checked |= files
    if shutil.which("actionlint"):  # a Go program that no wheel carries; ci.yml brings it
        session.run("actionlint", external=True)
    else:
        session.warn("actionlint is not on PATH here: not run")


# What warns of things to come: .github/workflows/nightly.yml runs it.


@nox.session(tags=["nightly"], requires=["build"])
@each_package_untagged
def pre(session: nox.Session, package: str) -> None:
    """Test one wheel on the newest pre-releases of everything (does not gate)."""
    run_uncapped(session, PACKAGES[package], "langchain-core", "--prerelease=allow")


@nox.session(tags=["nightly"], requires=["build"])
@each_package_untagged
def main(session: nox.Session, package: str) -> None:
    """Test one wheel on langchain-core's main branch (does not gate)."""
    run_uncapped(session, PACKAGES[package], f"langchain-core @ {MAIN}")


# What is run on demand.


@nox.session(tags=["full"], venv_backend="none")
def length(session: nox.Session) -> None:
    """Print how long the code is to read, and fail where it is too long."""
    figures, wrong = lines.report(ROOT)
    session.log("\n".join(["", *figures]))
    if wrong:
        session.error("\n".join(["", *wrong]))


@nox.session
def new(session: nox.Session) -> None:
    """Write an integration: `-- langchain-foo --kind llm` or chat, `--to` a directory elsewhere."""
    session.install(*group("lint"))
    if target := integration.run(session.posargs, SHARED, CONFORMANCE, LANES.values()):
        # Names decide on the order of imports and on the breaks of lines.
        session.run("ruff", "check", "--quiet", "--select=I", "--fix", str(target))
        session.run("ruff", "format", "--quiet", str(target))
        session.log(f"wrote {target}: start with the list in its README")


@nox.session(requires=["build"], python="3.13")  # as for coverage
def mutants(session: nox.Session) -> None:
    """Print which small changes to the code its package's tests miss; `-- FILE...` for a few."""
    install_all(session, *group("coverage", "mutants"))
    session.run("python", "-m", "tools.prove.mutants", *session.posargs)


@nox.session(requires=["build"])
def sweep(session: nox.Session) -> None:
    """Test every release of langchain-core and write the tables (resumes; `-- --help`)."""
    consumers = [package for package in PACKAGES.values() if package.uses_core]
    compatibility.sweep(session, consumers, every_test_requirement())


@nox.session(requires=["build"])
def schema(session: nox.Session) -> None:
    """Print how the cast into JSON schemas does, beside the code before (`-- --help`)."""
    session.install(*wheels(PACKAGES["chat-echo"]), *group("exhaustive"))
    session.run("python", "benchmarks/schema_figures.py", *session.posargs)


@nox.session(requires=["build"])
def field(session: nox.Session) -> None:
    """Run the conformance suites on partner packages, and write docs/field-report.md."""
    session.install(*wheels(CONFORMANCE), "uv")  # each partner gets an environment of its own
    session.run("python", "-m", "tools.field.run", *wheels(CONFORMANCE), *session.posargs)


@nox.session(requires=["build"], python="3.11")  # the oldest that Atheris has wheels for
def prove(session: nox.Session) -> None:
    """Prove each promise with a figure, and write docs/reliability.md (`-- --help`)."""
    install_all(session, *group("prove"), *group("fuzz"))
    session.run("python", "-m", "tools.prove", *session.posargs)


@nox.session(requires=["build"])
def peers(session: nox.Session) -> None:
    """Run LangChain's and LangGraph's own tests with ChatEcho in the place of their fakes."""
    session.install(*wheels(PACKAGES["chat-echo"]), "-r", "tools/peers/requirements.txt")
    session.run("python", "tools/peers/run.py", session.create_tmp())


@nox.session(requires=["build"])
def real(session: nox.Session) -> None:
    """Drive the examples over HTTP against LiteLLM's proxy, and write docs/real-servers.md."""
    session.install(*wheels(SHARED), *SHARED.extras, "-r", "tools/real/requirements.txt")
    session.env["PYTHONPATH"] = "examples/completions"
    session.run("python", "tools/real/run.py", session.create_tmp())


@nox.session(requires=["build"])
def release(session: nox.Session) -> None:
    """Check that one package can be published; `-- langchain-llm-echo==0.1.0` is its tag."""
    package = checks.released(session, " ".join(session.posargs), PACKAGES.values())
    session.install(str(package.wheel))  # siblings from the index: they go first
    session.chdir(session.create_tmp())
    session.log(checks.said(session, f"import {package.module} as p; print(*p.__all__)"))


# What the sessions share.


def every_test_requirement() -> list[str]:
    """Return what the tests of all packages ask for."""
    lines = [line for package in PACKAGES.values() for line in package.test]
    return [*dict.fromkeys([*lines, *group("exhaustive")])]


def install_all(session: nox.Session, *requirements: str) -> None:
    """Install every wheel, what the tests of all packages ask for, and what is given."""
    session.install(*wheels(*PACKAGES.values()), *every_test_requirement(), *requirements)


def install_alone(session: nox.Session, package: Package, lane: Lane, *requirements: str) -> None:
    """Install one wheel and one langchain-core, and assert that it is just that."""
    if checks.python_of(session) < Version(lane.python):
        session.skip(f"langchain-core{lane.specifier} needs Python {lane.python} or later")
    installed = (*wheels(package, *package.judges), *lane.core, *package.test, *requirements)
    session.install(*installed)
    checks.assert_core(session, lane)
    checks.assert_alone(session, package)


def run_alone(session: nox.Session, package: Package, lane: Lane) -> None:
    """Test one wheel on one langchain-core, but for its slow tests."""
    install_alone(session, package, lane)
    session.run("pytest", package.tests, *session.posargs)


def run_uncapped(session: nox.Session, package: Package, core: str, *options: str) -> None:
    """Test one wheel on a langchain-core that the packages' declared range does not admit."""
    overrides = Path(session.create_tmp()) / "overrides.txt"
    overrides.write_text(f"{core}\n")
    uncapped = (*options, f"--overrides={overrides}", core)
    session.install(*uncapped, *wheels(package, *package.judges), *package.test)
    session.log(f"{session.name}: testing {checks.installed(session, 'langchain-core')}")
    session.run("pytest", package.tests, *session.posargs)
