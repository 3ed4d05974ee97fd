"""The install lines of the README: from a checkout, and from git."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from commands import ROOT, environment, run, tracked
from noxfile import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

NAMES = {p.name: p for p in PACKAGES.values()}
# They are installed first, so that pip resolves nothing but our own packages.
INGREDIENTS = sorted(
    {line for p in PACKAGES.values() for line in (*p.dependencies, *p.extras)}
    | {line for p in PACKAGES.values() for line in p.pyproject["build-system"]["requires"]}
)
PIP_INSTALL = ("-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-index")


class Quiet(SimpleHTTPRequestHandler):
    """Serves a directory without a line per request."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter with pip and what the packages ask for, but none of them."""
    return environment(tmp_path / "venv", *INGREDIENTS)


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[str]:
    """The address, on this machine, of a git repository that holds the working tree."""
    tree = tmp_path / "tree"
    for path in tracked():
        copy = tree / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    git = ("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "gc.auto=0")
    run(*git, "init", "--quiet", cwd=tree)
    run(*git, "add", "--all", cwd=tree)
    run(*git, "commit", "--quiet", "--message=t", cwd=tree)
    run(*git, "update-server-info", cwd=tree)
    handler = partial(Quiet, directory=str(tree))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"git+http://127.0.0.1:{server.server_port}/.git"
        server.shutdown()


def installed(python: Path) -> set[str]:
    """Return which of our distributions an environment holds."""
    code = "from importlib.metadata import distributions as d; print(*(x.name for x in d()))"
    return set(run(python, "-c", code).split()) & NAMES.keys()


def test_pip_installs_the_packages_of_a_checkout(python: Path) -> None:
    run(python, *PIP_INSTALL, *(f"./packages/{directory}" for directory in PACKAGES))
    assert installed(python) == NAMES.keys()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_pip_installs_the_packages_from_git_in_the_other_order(
    python: Path, repository: str
) -> None:
    lines = [
        f"{name} @ {repository}#subdirectory=packages/{package.directory}"
        for name, package in reversed(NAMES.items())
    ]
    run(python, *PIP_INSTALL, *lines)
    assert installed(python) == NAMES.keys()
