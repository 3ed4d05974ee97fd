"""Says what LangChain's own suites made of `ChatEcho`, apart from our own tests."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed")


def pytest_configure(config: pytest.Config) -> None:
    """Call what langchain-tests would measure once: a timed test tells nothing here."""
    config.option.benchmark_disable = True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts of test_chat_standard.py, where it was run."""
    counts = {
        outcome: sum(
            "test_chat_standard.py" in report.nodeid and report.when in ("call", "setup")
            for report in terminalreporter.stats.get(outcome, [])
        )
        for outcome in OUTCOMES
    }
    if any(counts.values()):
        said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        terminalreporter.write_line(f"langchain-tests {version('langchain-tests')}: {said}")
