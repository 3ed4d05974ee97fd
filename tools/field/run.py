"""Run the conformance suites on partner packages, and write `docs/field-report.md`.

`python -m tools.field.run WHEEL [CLASS ...]`: with the wheel of the conformance package. It runs
the classes that are named, and those that were not yet run with these suites and these versions.
Each distribution is installed by itself, as its users have it, and each class is run by a pytest
process of its own. It exits with 1 when a failure has no verdict in `findings.py`, when a verdict
has no failure, or when one of `highlights.py` is not seen any more, and names each.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.field.highlights import HIGHLIGHTS, shown
from tools.field.outcomes import ROOT, Failure, Outcome, judge, problems_of, read, write
from tools.field.page import report
from tools.field.subjects import SUBJECTS, Subject

HERE = Path(__file__).parent
REPORT = ROOT / "docs" / "field-report.md"
TOOLS = ("pytest>=8.2", "pytest-socket>=0.7")  # with the second, clients reach this machine only
PATIENCE = 600  # seconds for one class
WIDTH = 220  # characters of an observation


def main() -> int:
    """Run, judge, write; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", help="of langchain-model-conformance")
    parser.add_argument("names", nargs="*", metavar="CLASS", help="run these anew")
    options = parser.parse_args()
    outcomes, unseen = [], []
    with tempfile.TemporaryDirectory() as folder:
        for subject in SUBJECTS:
            site = installed(subject, options.wheel, Path(folder))
            outcome = None if subject.title in options.names else read(site, subject)
            if outcome is None:
                outcome = run(subject, site)
                write(outcome)
            judge(outcome)
            outcomes.append(outcome)
            unseen += [
                f"not seen any more: {one.says}"
                for one in HIGHLIGHTS
                if one.of == subject.title and not shown(one, python_of(site))
            ]
        REPORT.write_text(report(outcomes), encoding="utf-8")
    problems = [*problems_of(outcomes), *unseen]
    print("\n".join(problems) or "every failure has a verdict")
    return 1 if problems else 0


def installed(subject: Subject, wheel: str, folder: Path) -> Path:
    """Return the site-packages of an environment that holds the class's distribution alone."""
    environment = folder / subject.distribution
    if not environment.exists():
        uv("venv", "--quiet", "--python", sys.executable, str(environment))
        requirements = (*subject.requirements, wheel, *TOOLS)
        uv("pip", "install", "--quiet", "--python", str(environment), *requirements)
    return next(environment.glob("lib/python*/site-packages"))


def python_of(site: Path) -> Path:
    """Return the interpreter of an environment."""
    return site.parents[2] / "bin" / "python"


def uv(*arguments: str) -> None:
    """Run uv, from the directory whose pyproject.toml says what it overrides."""
    subprocess.run(["uv", *arguments], check=True, cwd=ROOT)  # noqa: S603, S607


def run(subject: Subject, site: Path) -> Outcome:
    """Return what the suite says of one class, run in a process of its own."""
    file = site.parents[2] / f"{subject.title}.xml"
    process = subprocess.run(  # noqa: S603  # pytest, with our own arguments
        [
            *(str(python_of(site)), "-m", "pytest", "--quiet", "-c", str(HERE / "pytest.ini")),
            *(str(HERE / "suites.py"), f"--junitxml={file}"),
        ],
        env={**os.environ, "FIELD_SUBJECT": subject.title, "PYTHONPATH": str(ROOT)},
        capture_output=True,  # clients that are left open say so there
        text=True,
        check=False,  # failures are what is looked for
        timeout=PATIENCE,
    )
    suite = ET.parse(file).getroot().find("testsuite") if file.exists() else None  # noqa: S314
    if suite is None or not suite.findall("properties/property"):
        raise SystemExit(f"{subject.title}: pytest ran no check\n{process.stdout}{process.stderr}")
    properties = suite.findall("properties/property")
    told = {one.get("name", ""): one.get("value", "") for one in properties}
    outcome = Outcome(subject, told, site=site)
    for case in suite.findall("testcase"):
        check, _, argument = case.get("name", "").removeprefix("test_").partition("[")
        failure = case.find("failure")
        if failure is not None:
            said = "\n".join(filter(None, (failure.get("message"), failure.text)))
            outcome.failures.append(Failure(check, argument.rstrip("]"), observed(said)))
        (outcome.ran if case.find("skipped") is None else outcome.skipped)[check] += 1
    print(subject.title, f"{outcome.ran.total()} ran, {len(outcome.failures)} failed", flush=True)
    return outcome


def observed(said: str) -> str:
    """Return what a diagnosis says was observed, without places and ports of this machine."""
    found = re.search(r"^  observed:  (.*?)\n  expected: ", said, re.MULTILINE | re.DOTALL)
    text = " ".join((found[1] if found else said).split())
    text = re.sub(r" at \S*/(?:site-packages|lib/python3\.\d+)/", " at ", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", re.sub(r"0x[0-9a-f]+", "0x…", text))
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}…"


if __name__ == "__main__":
    sys.exit(main())
