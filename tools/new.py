"""What `nox -s new` does: write a new integration from the files in tools/templates.

A template is a file with `$names` in its text and its path, which `string.Template` fills in.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from packaging.version import Version

from tools.workspace import CORE, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tools.workspace import Lane, Package

TEMPLATES = Path(__file__).parent / "templates"
KINDS = {
    "llm": {
        "model": "${title}LLM",
        "kind": "string LLM",
        "file": "llms",
        "path": "/completions",
        "suite": "LLMConformanceTests",
        "prefix": "llm",
        "text": "chunk",
        "body": '"prompt": "Größe"',
    },
    "chat": {
        "model": "Chat${title}",
        "kind": "chat model",
        "file": "chat_models",
        "path": "/chat/completions",
        "suite": "ChatModelConformanceTests",
        "prefix": "chat_model",
        "text": "str(chunk.content)",
        "body": '"messages": [{"role": "user", "content": "Größe"}]',
    },
}
MEMBER = """\
        Package(
            "$directory",
            "$module",
            needs=(SHARED,),
            judges=(CONFORMANCE,),
        ),
"""
SOURCE = "$distribution = { workspace = true }\n"
PATH = f'$name = {{ path = "{ROOT.as_posix()}/$path" }}\n'
ENTRIES = (  # what names a member outside its directory: the file, the line above, the entry
    (ROOT / "noxfile.py", "        # `nox -s new` adds its packages below.\n", MEMBER),
    (ROOT / "pyproject.toml", "# `nox -s new` adds its packages below.\n", SOURCE),
)


PARSER = argparse.ArgumentParser("nox -s new --")
PARSER.add_argument("distribution", help="its name, such as langchain-foo")
PARSER.add_argument("--kind", choices=KINDS, default="llm", help="a string LLM or a chat model")
WHERE = PARSER.add_mutually_exclusive_group()
WHERE.add_argument("--to", type=Path, help="write a project of its own into this directory")
WHERE.add_argument("--remove", action="store_true", help="remove what was written here")


def run(
    arguments: Sequence[str], parts: Package, judge: Package, lanes: Iterable[Lane]
) -> Path | None:
    """Write an integration, or remove a member of the workspace.

    Args:
        arguments: What `nox -s new -- --help` explains.
        parts: The package that integrations are made of.
        judge: The package that tests them.
        lanes: What a project of its own is tested against.

    Returns:
        Where the integration lies, or None if it was removed.
    """
    options = PARSER.parse_args(arguments)
    values = names(options.distribution)
    member = ROOT / "packages" / values["directory"]
    if options.remove:
        leave(values)
        shutil.rmtree(member)
        return None
    target: Path = (options.to or member).resolve()
    if target.exists():
        PARSER.error(f"{target} exists already: pass another name or directory, or delete it")
    values |= {"core": CORE, "judge": requirement(judge)}
    values["parts"] = requirement(parts, "[http,text]")
    values |= {name: fill(text, values) for name, text in KINDS[options.kind].items()}
    if options.to:
        values["licence"] = '# license = "MIT" # choose one'
        paths = [{"name": package.name, "path": package.tests} for package in (parts, judge)]
        values["sources"] = "".join(fill(PATH, path) for path in paths)
        values["lanes"] = "".join(f'    "{lane.id}": "{lane.core[0]}",\n' for lane in lanes)
        write(target, values, "package", options.kind, "project")
    else:
        values["licence"] = 'license = "MIT"\nlicense-files = ["LICENSE"]'
        write(target, values, "package", options.kind)
        shutil.copy(ROOT / "LICENSE", target)
        enter(values)
    return target


def names(distribution: str) -> dict[str, str]:
    """Return the names that follow from a distribution's.

    Example:
        >>> names("langchain-foo-bar")["title"]
        'FooBar'
    """
    if not re.fullmatch(r"langchain(-[a-z][a-z0-9]*)+", distribution):
        PARSER.error(
            "a distribution is named langchain-<provider>, in lower-case letters and digits, "
            f"got {distribution!r}: pass for example langchain-foo"
        )
    directory = distribution.removeprefix("langchain-")
    return {
        "distribution": distribution,
        "directory": directory,
        "slug": directory.replace("-", "_"),
        "module": distribution.replace("-", "_"),
        "title": directory.title().replace("-", ""),
        "variable": f"{directory.upper().replace('-', '_')}_API_KEY",
    }


def requirement(package: Package, extras: str = "") -> str:
    """Return what to declare of a package whose minor releases may break."""
    major, minor, *_ = Version(package.version).release
    return f"{package.name}{extras}>={package.version},<{major}.{minor + 1}"


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template's text with its names replaced."""
    return Template(template).substitute(values)


def write(target: Path, values: Mapping[str, str], *directories: str) -> None:
    """Write the templates of some directories; those of one file follow each other in it."""
    for directory in directories:
        for template in sorted((TEMPLATES / directory).rglob("*.tmpl")):
            name = template.relative_to(TEMPLATES / directory).as_posix().removesuffix(".tmpl")
            path = target / fill(name, values)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(fill(template.read_text(encoding="utf-8"), values))


def enter(values: Mapping[str, str]) -> None:
    """Name a member where the workspace names its packages."""
    for file, above, entry in ENTRIES:
        replace(file, above, above + fill(entry, values))


def leave(values: Mapping[str, str]) -> None:
    """Take back what `enter` has written."""
    entries = [(file, fill(entry, values)) for file, _, entry in ENTRIES]
    if any(entry not in file.read_text(encoding="utf-8") for file, entry in entries):
        PARSER.error(f"nox -s new did not write {values['distribution']}: remove it by hand")
    for file, entry in entries:
        replace(file, entry, "")


def replace(path: Path, old: str, new: str) -> None:
    """Replace the only occurrence of a text in a file."""
    before, after = path.read_text(encoding="utf-8").split(old)
    path.write_text(f"{before}{new}{after}", encoding="utf-8")
