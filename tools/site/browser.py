"""Look at the built site as a reader does: in Chromium, on a phone and a desk, in light and dark.

`python -m tools.site.browser`. Every page must fit its window, log no error, and keep what is asked
of contrast and headings (axe). The first block of the home page must copy, and the search must find
`include_stop`. A picture of each view goes to `build/screenshots`, for a person to look at. Where
there is no Chromium, it says so.
"""

from __future__ import annotations

import shutil
import sys
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as TookTooLongError
from playwright.sync_api import sync_playwright

from tools.site.build import ROOT, SITE, pages_of, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

SCREENSHOTS = ROOT / "build" / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WINDOWS = {"phone": (390, 844), "desk": (1280, 800)}
SCHEMES: dict[Literal["light", "dark"], str] = {"light": "default", "dark": "slate"}
"""The reader's scheme, and the name that the theme has for it."""
RULES = ["color-contrast", "heading-order", "image-alt", "link-name", "page-has-heading-one"]
# Nothing but the pages is asked of it: without these, it looks for its vendor's servers.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


class Quiet(SimpleHTTPRequestHandler):
    """Serve files and log nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the site on loopback and give its address."""
    handler = partial(Quiet, directory=str(SITE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def address_of(source: str) -> str:
    """Return where a page stands on the site."""
    return source.removesuffix(".md").removesuffix("index") + (
        "" if source.endswith("index.md") else "/"
    )


def problems_of(page: Page) -> Iterator[str]:
    """Yield what is wrong with how a page stands in its window."""
    width, shown = page.evaluate("[document.scrollingElement.scrollWidth, window.innerWidth]")
    if width > shown:
        yield f"it is {width} pixels wide in a window of {shown}"


def faults_of(page: Page) -> Iterator[str]:
    """Yield what axe finds, with the first place of each fault."""
    found = Axe().run(page, options={"runOnly": {"type": "rule", "values": RULES}})
    for violation in found.response["violations"]:
        node = violation["nodes"][0]
        yield f"axe: {violation['id']} at {node['target']}: {node['html'][:120]}"


def looked_at(browser: Browser, root: str) -> Iterator[str]:
    """Yield the problems of every page, in each window and colour scheme."""
    for scheme, shown in SCHEMES.items():
        page = browser.new_page(color_scheme=scheme, reduced_motion="reduce")
        errors: list[str] = []
        page.on("pageerror", lambda error, to=errors: to.append(str(error)))
        page.on(
            "console",
            lambda said, to=errors: to.append(said.text) if said.type == "error" else None,
        )
        for _, source in pages_of(settings()["nav"]):
            page.goto(root + address_of(source), wait_until="load")
            page.locator(f"body[data-md-color-scheme={shown}]").wait_for()
            problems = []
            for window, (width, height) in WINDOWS.items():
                page.set_viewport_size({"width": width, "height": height})
                problems += [f"({window}) {problem}" for problem in problems_of(page)]
                name = source.removesuffix(".md").replace("/", "-")
                page.screenshot(path=SCREENSHOTS / f"{name}-{window}-{scheme}.png")
            problems += faults_of(page)  # in the last window only: it takes its time
            problems += [f"the console says {error}" for error in errors]
            errors.clear()
            yield from (f"{source}, {scheme}: {problem}" for problem in problems)
        page.close()


def copied(browser: Browser, root: str) -> Iterator[str]:
    """Yield a problem if the first code block of the home page does not copy as it stands."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(root, wait_until="load")
    block = page.locator("article pre > code").first
    block.hover()
    page.locator("article .md-code__button[data-md-type=copy], article .md-clipboard").first.click()
    clipboard = page.evaluate("navigator.clipboard.readText()")
    if clipboard.strip() != block.inner_text().strip():
        yield f"the first block of the home page copies as {clipboard[:80]!r}"
    context.close()


def searched(browser: Browser, root: str, words: str) -> Iterator[str]:
    """Yield a problem if the search box does not find some words."""
    page = browser.new_page()
    page.goto(root, wait_until="load")
    page.keyboard.press("/")
    page.keyboard.type(words)
    try:
        # A hit marks parts of words. `has_text` reads over the marks, and into the shadow root.
        page.get_by_role("option").filter(has_text=words).first.wait_for(timeout=10_000)
    except TookTooLongError:
        yield f"the search does not find {words}"
    page.close()


def main() -> None:
    """Print the problems and a closing line; exit with 1 if there is a problem."""
    found = [path for path in map(shutil.which, BROWSERS) if path]
    if not found:
        print(f"browser: none of {', '.join(BROWSERS)} is on PATH, so nobody looked at the site")
        return
    with sync_playwright() as playwright, served() as root:
        browser = playwright.chromium.launch(executable_path=found[0], args=FLAGS)
        problems = [
            *looked_at(browser, root),
            *copied(browser, root),
            *searched(browser, root, "include_stop"),
        ]
        browser.close()
    for problem in problems:
        print(problem)
    views = len(pages_of(settings()["nav"])) * len(WINDOWS) * len(SCHEMES)
    print(f"browser: {views} views, {len(problems)} problems")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
