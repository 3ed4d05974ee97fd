"""Change each package's code in small ways, and see whether its own tests notice each change.

`nox -s mutants -- FILE...` judges files of `packages/*/src`, or all of them. `--deletions` makes
only the mutants that lack a statement. `--sample 40` tries each 40th mutant of each file, from its
first on or from the one that `--start` names, and gives up after a minute of computing in a
process: that mutant counts as missed. What no test noticed is printed; it must be listed in
survivors.toml with the reason why no test could, and at least 95 % of a package's mutants must be
noticed. Figures are kept in mutants.json, for the report.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import json
import math
import platform
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import tomli

from tools.prove.mutants_made import Mutant, mutants
from tools.prove.mutants_tried import Verdict, tried

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_suffix(".json")
SURVIVORS = Path(__file__).with_name("survivors.toml")
GOAL = 95  # percent of a package's mutants


def main() -> int:
    """Try the mutants of the files on the command line; return how many goals are missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="files of packages/*/src; or else all")
    parser.add_argument("--deletions", action="store_true", help="only statements less")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="each N-th, in a minute")
    parser.add_argument("--start", type=int, default=0, metavar="N", help="of the sample, from 0")
    given = parser.parse_args()
    by_package = defaultdict(list)
    for file in given.files or sorted(ROOT.glob("packages/*/src/**/*.py")):
        name = file.resolve().relative_to(ROOT)
        by_package[ROOT.joinpath(*name.parts[:2])].append(name)
    return sum(
        judge(package, files, slice(given.start, None, given.sample), deletions=given.deletions)
        for package, files in by_package.items()
    )


def judge(package: Path, names: list[Path], sample: slice, *, deletions: bool) -> int:
    """Print how the tests of a package do on mutants of its files; return how many goals missed."""
    source = package / "src" / names[0].parts[3]
    spec = importlib.util.find_spec(source.name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{source.name} is not installed: run `uv sync --all-packages`")
    imported = Path(spec.origin).parent
    files = {imported / (ROOT / name).relative_to(source): name for name in names}
    made = {file: mutants((ROOT / name).read_text()) for file, name in files.items()}
    trials = {
        file: [mutant for mutant in of_file if mutant.is_deletion or not deletions][sample]
        for file, of_file in made.items()
    }
    waiting = {file: len(chosen) for file, chosen in trials.items()}
    survived: list[Verdict] = []
    missed = 0
    seconds = 60 if sample.step > 1 else math.inf
    for verdict in tried(imported, package / "tests", trials, seconds):
        file, mutant = verdict.file, verdict.mutant
        if not verdict.noticed:
            survived.append(verdict)
            print(f"  {files[file]} | {mutant.function} | {mutant.change}", flush=True)
        waiting[file] -= 1
        if not waiting[file]:
            of_file = [v.mutant for v in survived if v.file == file]
            name = str(files[file])
            missed += report(name, made[file], trials[file], of_file, stored=not deletions)
    total = sum(map(len, trials.values()))
    share = 100 * (1 - len(survived) / max(total, 1))
    is_reached = share >= GOAL
    print(
        f"in all: noticed of {total} mutants | {share:.1f} % | {GOAL} % | {verdict_on(is_reached)}"
    )
    return missed + (not is_reached)


def report(
    name: str, made: list[Mutant], trials: list[Mutant], survived: list[Mutant], *, stored: bool
) -> bool:
    """Print and keep the figures of a file; return whether a survivor is not listed."""
    entries = tomli.loads(SURVIVORS.read_text())["survivor"]
    listed = {(e["function"], e["change"]) for e in entries if e["file"] == name}
    known = named(survived) & listed
    noticed = len(trials) - len(survived)
    if stored:
        untried = named(made) - named(trials)
        for function, change in listed - named(survived) - untried:
            print(f"  survivors.toml: noticed, or no mutant: {name} | {function} | {change}")
        figures = json.loads(FIGURES.read_text())
        figures["files"][name] = {
            "mutants": len(trials),
            "noticed": noticed,
            "listed": len(known),
            **({"of": len(made)} if len(trials) < len(made) else {}),
        }
        figures["made"] = {
            "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("mutmut", "langchain-core", "pydantic")},
        }
        FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    is_told = len(known) == len(survived)
    goal = f"all but {len(known)}"
    print(f"{name}: noticed of {len(trials)} mutants | {noticed} | {goal} | {verdict_on(is_told)}")
    return not is_told


def named(made: list[Mutant]) -> set[tuple[str, str]]:
    """Return what survivors.toml calls mutants of one file."""
    return {(mutant.function, mutant.change) for mutant in made}


def verdict_on(reached: bool) -> str:  # noqa: FBT001 - it is all that it takes
    """Return how a goal is reported."""
    return "pass" if reached else "fail"


if __name__ == "__main__":
    sys.exit(main())
