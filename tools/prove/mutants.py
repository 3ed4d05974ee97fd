"""Change each package's code in small ways, and see whether its own tests notice each change.

`nox -s mutants -- FILE...` judges files of `packages/*/src`, or all of them. `--deletions` makes
only the mutants that lack a statement. What no test noticed is printed; it must be listed in
survivors.toml with the reason why no test could, and at least 95 % of a package's mutants must be
noticed. Figures are kept in mutants.json, for the report.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import json
import platform
import sys
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path

import hypothesis
import tomli

from tools.prove.mutants_made import Mutant, mutants
from tools.prove.mutants_tried import Verdict, tried

ROOT = Path(__file__).parents[2]
FIGURES = Path(__file__).with_suffix(".json")
SURVIVORS = Path(__file__).with_name("survivors.toml")
GOAL = 95  # percent of a package's mutants
hypothesis.settings.register_profile(
    "mutants",
    database=None,
    deadline=None,  # the survey traces, and forks share the machine
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # a failure need not be small
)
hypothesis.settings.load_profile("mutants")


def main() -> int:
    """Try the mutants of the files on the command line; return how many goals are missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="files of packages/*/src; or else all")
    parser.add_argument("--deletions", action="store_true", help="only statements less")
    given = parser.parse_args()
    by_package = defaultdict(list)
    for file in given.files or sorted(ROOT.glob("packages/*/src/**/*.py")):
        name = file.resolve().relative_to(ROOT)
        by_package[ROOT.joinpath(*name.parts[:2])].append(name)
    return sum(
        judge(package, files, deletions=given.deletions) for package, files in by_package.items()
    )


def judge(package: Path, names: list[Path], *, deletions: bool) -> int:
    """Print how the tests of a package do on mutants of its files; return how many goals missed."""
    source = package / "src" / names[0].parts[3]
    spec = importlib.util.find_spec(source.name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{source.name} is not installed: run `uv sync --all-packages`")
    imported = Path(spec.origin).parent
    files = {imported / (ROOT / name).relative_to(source): name for name in names}
    trials = {}
    for file, name in files.items():
        made = mutants((ROOT / name).read_text())
        trials[file] = [mutant for mutant in made if mutant.is_deletion or not deletions]
    survived = []
    total = sum(map(len, trials.values()))
    for count, verdict in enumerate(tried(imported, package / "tests", trials), 1):
        if count % 100 == 0:
            print(f"{count} of {total}", flush=True)
        if not verdict.noticed:
            survived.append(verdict)
            mutant = verdict.mutant
            print(f"  {files[verdict.file]} | {mutant.function} | {mutant.change}", flush=True)
    return report(files, trials, survived, stored=not deletions)


def report(
    files: dict[Path, Path],
    trials: dict[Path, list[Mutant]],
    survived: list[Verdict],
    *,
    stored: bool,
) -> int:
    """Print and keep the figures of a package; return how many goals are missed."""
    listed = {
        (entry["file"], entry["function"], entry["change"])
        for entry in tomli.loads(SURVIVORS.read_text())["survivor"]
    }
    figures = json.loads(FIGURES.read_text())
    missed = 0
    for file, name in files.items():
        keys = [(str(name), v.mutant.function, v.mutant.change) for v in survived if v.file == file]
        unlisted = [key for key in keys if key not in listed]
        noticed = len(trials[file]) - len(keys)
        every = {(str(name), mutant.function, mutant.change) for mutant in trials[file]}
        killed = every.difference(keys)
        if stored:
            for _, function, change in sorted(
                key for key in listed if key[0] == str(name) and key not in keys
            ):
                state = "is noticed" if (str(name), function, change) in killed else "is no mutant"
                print(f"  survivors.toml: {state}: {name} | {function} | {change}")
            figures["files"][str(name)] = {
                "mutants": len(trials[file]),
                "noticed": noticed,
                "listed": len(keys) - len(unlisted),
            }
        missed += bool(unlisted)
        verdict = "fail" if unlisted else "pass"
        figure = f"{noticed} of {len(trials[file])}"
        print(
            f"{name}: mutants noticed | {figure} | all but {len(keys) - len(unlisted)} | {verdict}"
        )
    if stored:
        figures["made"] = {
            "date": dt.datetime.now(tz=dt.timezone.utc).date().isoformat(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("mutmut", "langchain-core", "pydantic")},
        }
        FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    total = sum(map(len, trials.values()))
    share = 100 * (1 - len(survived) / max(total, 1))
    verdict = "pass" if share >= GOAL else "fail"
    print(f"in all: mutants noticed of {total} | {share:.1f} % | {GOAL} % | {verdict}", flush=True)
    return missed + (share < GOAL)


if __name__ == "__main__":
    sys.exit(main())
