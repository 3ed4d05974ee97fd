"""Run LangChain's and LangGraph's own tests, with their fakes and then with `ChatEcho` for them.

`python tools/peers/run.py DIRECTORY` downloads the sdists of the installed releases into the
directory. It prints how many tests pass before and after. It exits with 1 when a test newly fails
that `differences.json` does not explain, when an explained one does not, or when a suite runs none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree as ET

HERE = Path(__file__).parent
SUITES = {"langchain": "tests/unit_tests/agents", "langgraph-prebuilt": "tests"}
"""Distribution -> those of its tests that ask a model."""
DIFFERENCES = HERE / "differences.json"
"""Distribution -> test -> why it fails with our model, and why we want that."""


def source_of(distribution: str, directory: Path) -> Path:
    """Return the unpacked sdist of the release that is installed."""
    wanted = f"{distribution}=={version(distribution)}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*pip, "--no-build-isolation", "-d", directory, wanted], check=True)  # noqa: S603
    name = f"{distribution.replace('-', '_')}-{version(distribution)}"
    with tarfile.open(directory / f"{name}.tar.gz") as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(directory, filter="data")
        else:  # before Python 3.10.12
            archive.extractall(directory)  # noqa: S202 - what pip has checked
    return directory / name


def passed(source: Path, tests: str, *options: str) -> tuple[set[str], int]:
    """Return the tests of a suite that pass, and how many there are."""
    report = source / "report.xml"
    report.unlink(missing_ok=True)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"--junitxml={report}",
    ]
    sockets = ["--disable-socket", "--allow-unix-socket"]
    subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [*command, *sockets, *options, tests],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.DEVNULL,
        check=False,  # some tests of theirs fail here with their own fakes too
    )
    cases = list(ET.parse(report).getroot().iter("testcase"))  # noqa: S314 - pytest's own report
    good = {
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if not {child.tag for child in case} & {"failure", "error", "skipped"}
    }
    return good, len(cases)


def main() -> None:
    """Print a line for each suite, and each new failure with its explanation."""
    directory = Path(sys.argv[1]).resolve()
    explained = json.loads(DIFFERENCES.read_text())
    wrong = []
    for distribution, tests in SUITES.items():
        source = source_of(distribution, directory)
        before, total = passed(source, tests)
        after, _ = passed(source, tests, "-p", "shim")
        new, known = before - after, explained.get(distribution, {})
        print(
            f"{distribution} {version(distribution)}: of {total} tests {len(before)} pass with "
            f"its own fakes, {len(before & after)} of them with ChatEcho; {len(new)} newly fail"
        )
        for test in sorted(new):
            print(f"  {test}: {known.get(test, 'NOT EXPLAINED')}")
        wrong += [f"{test} is not explained" for test in new - known.keys()]
        wrong += [f"{test} is explained, and does not fail" for test in known.keys() - new]
        wrong += [] if before else [f"no test of {distribution} passed"]
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
