"""Build the site strictly, write `llms.txt`, and check what was built.

`python -m tools.site.build`. Zensical aborts on a broken link or reference in the pages. What it
does not see is checked in its output: links of the API reference, links from HTML, doc-strings
whose examples stand in no code block, numbered lists that start anew at each item, and the language
that each page says it is in. Links to other sites are listed, since only a person can tell what
they should show.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urlsplit

import yaml

from tools.site import pictures

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CONFIG = ROOT / "mkdocs.yml"
SITE = ROOT / "build" / "site"
LEAVING = re.compile(r"\]\((?P<path>\.\./[^)#]+)(?P<anchor>#[^)]*)?\)")
"""A link of a page that starts with a step up."""
SNIPPET = re.compile(r'^--8<-- "(?P<path>[^":]+)(?::(?P<section>[^"]+))?"$', re.MULTILINE)
"""How a page includes a file, or one section of it."""


LANGUAGES = ("ko",)
"""The languages besides English, each in a directory of its name."""


class Page(HTMLParser):
    """The targets that a page offers, its links, its language, its quotations, its torn lists."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.language = ""
        self.quotes = 0
        self.torn = 0
        self._items: list[int] = []  # of each list that is open
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the start of an element tells."""
        given = dict(attrs)
        self.anchors |= {given[name] or "" for name in ("id", "name") if given.get(name)}
        self.quotes += tag == "blockquote"
        if tag in {"ol", "ul"}:
            self._items.append(0)
        elif tag == "li" and self._items:
            self._items[-1] += 1
        if tag == "html":
            self.language = given.get("lang") or ""
        link = given.get("href") if tag == "a" else given.get("src") if tag == "img" else None
        if link:
            self.links.append(link)

    def handle_endtag(self, tag: str) -> None:
        """Count a numbered list that ends after its first item."""
        if tag in {"ol", "ul"} and self._items:
            self.torn += self._items.pop() == 1 and tag == "ol"


def settings() -> dict[str, Any]:
    """Return what `mkdocs.yml` says."""
    return dict(yaml.safe_load(CONFIG.read_text()))


def pages_of(nav: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return title and source of each page, in the order of the navigation."""
    pages = []
    for entry in nav:
        for title, target in entry.items():
            pages += [(title, target)] if isinstance(target, str) else pages_of(target)
    return pages


def read(site: Path) -> dict[Path, Page]:
    """Return every page of a built site."""
    return {path: Page(path.read_text()) for path in site.rglob("*.html")}


def misread(site: Path) -> list[str]:
    """Return each page of the API whose doc-strings have a `>>>` that renders as a quotation."""
    pages = {path: page for path, page in read(site).items() if "api" in path.parts}
    return [
        f"{path.relative_to(site)}: {page.quotes} quotations: fence the examples of the doc-string"
        for path, page in pages.items()
        if page.quotes
    ]


def torn(site: Path) -> list[str]:
    """Return each page with a numbered list of one item: the next item starts at 1 again."""
    return [
        f"{path.relative_to(site)}: {page.torn} numbered lists of one item: "
        "indent by four spaces what belongs to an item"
        for path, page in read(site).items()
        if page.torn
    ]


def translate(site: Path) -> None:
    """Let the pages of a language say that they are in it: the theme has one for the whole site."""
    for language in LANGUAGES:
        for path in (site / language).rglob("*.html"):
            html = path.read_text().replace('<html lang="en"', f'<html lang="{language}"', 1)
            path.write_text(html)


def mislabelled(site: Path) -> list[str]:
    """Return each page that does not say which language it is in."""
    wrong = []
    for path, page in read(site).items():
        folder = path.relative_to(site).parts[0]
        language = folder if folder in LANGUAGES else "en"
        if page.language != language:
            wrong.append(f"{path.relative_to(site)}: lang is {page.language!r}, not {language!r}")
    return wrong


def elsewhere(site: Path) -> list[str]:
    """Return each address of another site that a built site links to, once."""
    said = settings()
    ours = (said["site_url"], said["extra"]["repository"])
    links = {link for page in read(site).values() for link in page.links}
    return sorted(link for link in links if urlsplit(link).scheme and not link.startswith(ours))


def broken_links(site: Path) -> list[str]:
    """Return each internal link of a built site that leads nowhere, with the page that has it."""
    pages = read(site)
    broken = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links start at the root of the server
            continue
        for link in page.links:
            address, fragment = urldefrag(link)
            if urlsplit(link).scheme or address.startswith("//"):
                continue
            target = (path.parent / unquote(address)).resolve() if address else path
            if target.is_dir():
                target /= "index.html"
            anchors = pages[target].anchors if target in pages else None
            missing = not target.exists() or (fragment and anchors is not None)
            if missing and (anchors is None or unquote(fragment) not in anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    return broken


def staged(page: Path, docs: Path, repository: str) -> str:
    """Return a page of the site, whose links out of `docs` lead to the repository.

    Raises:
        ValueError: If such a link leads to no file.
    """

    def led(link: re.Match[str]) -> str:
        target = (page.parent / link["path"]).resolve()
        if target.is_relative_to(docs):
            return link[0]
        if not target.exists():
            raise ValueError(f"{page.relative_to(docs)} links to {link['path']}: no such file")
        path = target.relative_to(docs.parent).as_posix()
        return f"]({repository}/blob/main/{path}{link['anchor'] or ''})"

    return LEAVING.sub(led, page.read_text())


def stage(pages: Path) -> None:
    """Put what the site is built from where `mkdocs.yml` looks for it."""
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(DOCS, pages)
    for page in DOCS.rglob("*.md"):
        text = staged(page, DOCS, settings()["extra"]["repository"])
        (pages / page.relative_to(DOCS)).write_text(text)


def included(snippet: re.Match[str]) -> str:
    """Return the text that a page includes; of a picture, its text alternative."""
    text = (ROOT / snippet["path"]).read_text()
    if snippet["path"].endswith(".svg"):
        return "".join(re.findall("<desc>(.*?)</desc>", text))
    if section := snippet["section"]:
        _, _, rest = text.partition(f"<!-- --8<-- [start:{section}] -->")
        text, _, _ = rest.partition(f"<!-- --8<-- [end:{section}] -->")
    return text.strip()


def write_llms(site: Path) -> None:
    """Write `llms.txt`, a list of the pages, `llms-full.txt`, and each page as Markdown.

    The form is the proposal of llmstxt.org.
    """
    said = settings()
    lines = [f"# {said['site_name']}", "", f"> {said['site_description']}", "", "## Pages", ""]
    whole = []
    for title, source in pages_of(said["nav"]):
        text = SNIPPET.sub(included, (ROOT / said["docs_dir"] / source).read_text())
        copy = site / source
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text)
        lines.append(f"- [{title}]({said['site_url']}{source})")
        whole.append(text)
    (site / "llms.txt").write_text("\n".join(lines) + "\n")
    (site / "llms-full.txt").write_text("\n\n".join(whole))


def main() -> None:
    """Build, check, print the figures; exit with 1 if something is wrong."""
    pictures.main()
    stage(ROOT / settings()["docs_dir"])
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "-f", str(CONFIG)]
    subprocess.run(command, check=True)  # noqa: S603 - our own interpreter and arguments
    translate(SITE)
    write_llms(SITE)
    broken, other = broken_links(SITE), misread(SITE) + torn(SITE) + mislabelled(SITE)
    print("links to other sites:", *elsewhere(SITE), sep="\n  ")
    for problem in broken + other:
        print(problem)
    print(f"site: {len(pages_of(settings()['nav']))} pages, {len(broken)} broken links")
    sys.exit(1 if broken + other else 0)


if __name__ == "__main__":
    main()
