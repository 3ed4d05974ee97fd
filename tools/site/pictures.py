"""Draw the pictures of the site as SVG that takes its colours from the page around it.

`python -m tools.site.pictures` writes them to `build/pictures`, from the tables that the sweep and
the benchmarks wrote. The pages hold them inline, so that they follow the page's dark mode and its
print style, and a screen reader meets title and text.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from itertools import takewhile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "build" / "pictures"
COMPATIBILITY = ROOT / "docs" / "compatibility.json"
BENCHMARK = ROOT / "packages" / "shared" / "README.md"
"""Holds the tables that `benchmarks/stops.py` prints."""
HUES = ("#3b6fd4", "#d1662b", "#2f9467", "#a24bbf", "#8a7a1f", "#c23b5e")
"""Readable on white and on the dark page: each keeps a contrast of 3 to both."""
LINE = 16
"""How far apart two labels stand at least."""

STRADDLED = {
    "the provider sends": ["one E", "ND t", "wo"],
    "a check of each delta": ["one E", "ND t", "wo"],
    "include_stop=True": ["one E", "ND", ""],
    "include_stop=False": ["one ", "", ""],
}


def picture(width: int, height: int, title: str, text: str, body: list[str]) -> str:
    """Return an SVG with its title and its text alternative."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'style="width:100%;max-width:{width}px;height:auto;font:14px sans-serif" '
        f'fill="currentColor">\n<title>{escape(title)}</title>\n<desc>{escape(text)}</desc>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def label(x: float, y: float, text: str, anchor: str = "start", style: str = "") -> str:
    """Return a text at a place."""
    styled = f' style="{style}"' if style else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}"{styled}>{escape(text)}</text>'


def straddling(stop: str, rows: dict[str, list[str]], leaks: str) -> str:
    """Return how a stop that straddles deltas is met: a row per way, a column per delta.

    Args:
        stop: The stop.
        rows: What is sent, then what a reader gets after each delta, by the way of checking.
        leaks: The row that shows what it should not.
    """
    cell, height, left = 84, 54, 156
    body = []
    for line, (name, texts) in enumerate(rows.items()):
        y = 8 + line * height
        hue = HUES[1] if name == leaks else HUES[0] if line else "currentColor"
        body.append(label(left - 12, y + 24, name, "end"))
        for column, text in enumerate(texts):
            x = left + column * cell
            dashes = "" if text else ' stroke-dasharray="3 4" opacity=".5"'
            body.append(
                f'<rect x="{x}" y="{y}" width="{cell - 8}" height="36" rx="4" fill="none" '
                f'stroke="{hue}" stroke-width="2"{dashes}/>'
            )
            body.append(label(x + cell / 2 - 4, y + 23, text, "middle", "font-family:monospace"))
    said = "; ".join(f"{name}: {' | '.join(filter(None, row))}" for name, row in rows.items())
    title = f"How the stop {stop!r} is met when it straddles two deltas"
    columns = max(map(len, rows.values()))
    return picture(left + cell * columns, height * len(rows), title, f"{said}.", body)


def matrix(results: dict[str, Any]) -> str:
    """Return one square for every release of langchain-core, green where all packages passed."""
    minors: dict[str, list[str]] = defaultdict(list)
    for release in results:
        minors[release.rpartition(".")[0]].append(release)
    left, size, body, failed = 60, 22, [], []
    for row, (minor, releases) in enumerate(reversed(minors.items())):
        y = 10 + row * (size + 8)
        body.append(label(left - 12, y + 16, minor, "end"))
        for column, release in enumerate(releases):
            outcomes = results[release]["outcomes"].values()
            passed = all("failed" not in said and "error" not in said for said in outcomes)
            failed += [] if passed else [release]
            x = left + column * (size + 4)
            body.append(
                f"<g><title>{release}: {'all pass' if passed else 'not all pass'}</title>"
                f'<rect x="{x}" y="{y}" width="{size}" height="{size}" rx="3" '
                f'fill="{HUES[2] if passed else HUES[5]}"/>'
                f'<text x="{x + size / 2}" y="{y + 15}" text-anchor="middle" fill="#fff" '
                f'style="font-size:10px">{release.rpartition(".")[2]}</text></g>'
            )
    widest = max(map(len, minors.values()))
    verdict = f"not all pass on {', '.join(failed)}" if failed else "all packages pass on each"
    text = f"{len(results)} releases of langchain-core, a row per minor release: {verdict}."
    size_of = (left + widest * (size + 4), 10 + len(minors) * (size + 8))
    return picture(*size_of, "Every release of langchain-core, tested", text, body)


def lines(
    title: str, x_name: str, y_name: str, series: dict[str, list[tuple[float, float]]]
) -> str:
    """Return curves on two logarithmic axes, each named at its end."""
    points = [point for curve in series.values() for point in curve]
    (x0, x1), (y0, y1) = (
        (math.floor(math.log10(min(axis))), math.ceil(math.log10(max(axis))))
        for axis in zip(*points, strict=True)
    )
    left, top, width, height = 64, 20, 300, 220

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log10(x) - x0) / max(x1 - x0, 1)
        up = (math.log10(y) - y0) / max(y1 - y0, 1)
        return left + across * width, top + height - up * height

    body = []
    for power in range(x0, x1 + 1):
        x, _ = place(10**power, 10**y0)
        body.append(f'<path d="M{x:.0f} {top}v{height}" stroke="currentColor" opacity=".15"/>')
        body.append(label(x, top + height + 18, f"{10**power:,}", "middle"))
    for power in range(y0, y1 + 1):
        _, y = place(10**x0, 10**power)
        body.append(f'<path d="M{left} {y:.0f}h{width}" stroke="currentColor" opacity=".15"/>')
        body.append(label(left - 8, y + 5, f"{10**power:,}", "end"))
    ends: list[float] = []
    for (name, curve), hue in zip(series.items(), HUES, strict=False):
        path = " L".join(f"{x:.1f} {y:.1f}" for x, y in (place(*point) for point in curve))
        body.append(f'<path d="M{path}" fill="none" stroke="{hue}" stroke-width="2.5"/>')
        x, y = place(*curve[-1])
        while any(abs(y - other) < LINE for other in ends):
            y += 4
        ends.append(y)
        body.append(f'<circle cx="{left + width + 14}" cy="{y:.0f}" r="5" fill="{hue}"/>')
        body.append(label(left + width + 24, y + 5, name))
    body.append(label(left + width / 2, top + height + 40, x_name, "middle"))
    body.append(label(left, 12, y_name))
    said = "; ".join(
        f"{name}: {', '.join(f'{y:,.0f} at {x:,.0f}' for x, y in curve)}"
        for name, curve in series.items()
    )
    return picture(left + width + 96, top + height + 50, title, f"{y_name}. {said}.", body)


def bars(title: str, unit: str, values: dict[str, float], ours: str) -> str:
    """Return a bar for each value, the shortest first, and ours in a colour of its own."""
    left, height, width = 104, 26, 240
    body = []
    for row, (name, value) in enumerate(sorted(values.items(), key=lambda item: item[1])):
        y = 8 + row * (height + 8)
        length = max(2.0, width * value / max(values.values()))
        body.append(label(left - 10, y + 18, name, "end"))
        body.append(
            f'<rect x="{left}" y="{y}" width="{length:.0f}" height="{height}" rx="3" '
            f'fill="{HUES[2] if name == ours else HUES[0]}"/>'
        )
        body.append(label(left + length + 8, y + 18, f"{value:,.0f}"))
    said = ", ".join(f"{name} {value:,.0f}" for name, value in values.items())
    return picture(
        left + width + 56, 12 + len(values) * (height + 8), title, f"{unit}: {said}.", body
    )


def table(page: str, *header: str) -> list[dict[str, str]]:
    """Return the rows of the one Markdown table of a page whose header starts with some cells.

    Raises:
        ValueError: If the page has no such table.
    """
    lines = iter(page.splitlines())
    for line in lines:
        names = cells(line)
        if tuple(names[: len(header)]) == header:
            next(lines)  # the rule under the header
            rows = [cells(row) for row in takewhile(lambda row: row.startswith("|"), lines)]
            return [dict(zip(names, row, strict=True)) for row in rows]
    raise ValueError(f"no table starts with {header!r}: does benchmarks/stops.py print another?")


def cells(line: str) -> list[str]:
    """Return the cells of one line of a Markdown table."""
    return [cell.strip() for cell in line.strip("|").split("|")]


def number(cell: str) -> float:
    """Return the number in a cell."""
    return float(cell.replace(",", ""))


def growth(page: str) -> str:
    """Return what a delta costs by the length of the answer."""
    rows = table(page, "characters", "scanner", "vllm")
    series = {
        name: [(number(row["characters"]), number(row[name])) for row in rows]
        for name in ("vllm", "scanner")
    }
    title = "What a delta costs, by the length of the answer"
    return lines(title, "characters in the answer so far", "nanoseconds per delta", series)


def checkers(page: str) -> str:
    """Return what a delta of 4 characters costs with 4 stops, by the way of checking."""
    rows = table(page, "stops", "characters a delta", "scanner (ns)")
    row = next(row for row in rows if (row["stops"], row["characters a delta"]) == ("4", "4"))
    own = number(row["scanner (ns)"])
    others = {name: own * number(row[name]) for name in list(row)[3:-1]}
    title = "What a delta of 4 characters costs with 4 stops"
    return bars(title, "nanoseconds per delta", {"scanner": own} | others, "scanner")


def main() -> None:
    """Write the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page = BENCHMARK.read_text()
    drawn = {
        "matrix": matrix(json.loads(COMPATIBILITY.read_text())),
        "straddling": straddling("END", STRADDLED, "a check of each delta"),
        "growth": growth(page),
        "checkers": checkers(page),
    }
    for name, svg in drawn.items():
        (PICTURES / f"{name}.svg").write_text(svg)


if __name__ == "__main__":
    main()
