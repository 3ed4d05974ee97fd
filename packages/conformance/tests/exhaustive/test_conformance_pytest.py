"""The pytest side, in a pytest of its own: markers, expected failures, diagnoses, the summary."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from langchain_model_conformance import plugin

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

SUITE = """
from healthy_llm import EMPTY, FAILS, HealthyLLM
from llm_defects import FiresAfterTheYield, IgnoresStopInStreams
from langchain_model_conformance import LLMConformanceTests

class TestOne(LLMConformanceTests):
    llm_class = {model}
    llm_params = {{"n": 1000}}
    stop_policy = {policy!r}
    distinguishing_params = {{"n": 3}}
    secret_params = {{"api_key": "HEALTHY_API_KEY"}}
    empty_prompt = EMPTY
    error_prompt = FAILS
    expected_failures = {failures!r}
"""


@pytest.fixture
def run(pytester: pytest.Pytester) -> Callable[..., pytest.RunResult]:
    """Return a function that runs a suite as strictly as a careful author would."""

    def run_it(
        *arguments: str,
        model: str = "HealthyLLM",
        policy: str = "include",
        failures: dict[str, str] | None = None,
    ) -> pytest.RunResult:
        module = SUITE.format(model=model, policy=policy, failures=failures or {})
        pytester.makepyfile(test_it=module)
        strict = ["--strict-markers", "--strict-config", "-W", "error", "--disable-socket"]
        no_sockets = ["--allow-unix-socket", "-p", "no:cacheprovider"]
        return pytester.runpytest_inprocess(*strict, *no_sockets, *arguments)

    return run_it


def test_healthy_model_passes_in_a_strict_pytest(run: Callable[..., pytest.RunResult]) -> None:
    run().assert_outcomes(passed=240, skipped=6)


@pytest.mark.parametrize(
    ("level", "passed", "skipped"), [("must", 213, 6), ("should", 22, 0), ("doc", 5, 0)]
)
def test_level_is_a_marker(
    run: Callable[..., pytest.RunResult], level: str, passed: int, skipped: int
) -> None:
    outcomes = run("-m", level).parseoutcomes()

    assert (outcomes["passed"], outcomes.get("skipped", 0)) == (passed, skipped)


def test_failure_reads_as_a_diagnosis(run: Callable[..., pytest.RunResult]) -> None:
    result = run("-k", "test_token_before_yield", model="FiresAfterTheYield")

    result.assert_outcomes(failed=1, passed=1, deselected=244)
    result.stdout.fnmatch_lines(
        [
            "MUST token_before_yield?stream?",
            "  observed:  in stream() it fired after the chunk 'The'",
            "  expected:  before each chunk",
            "  checklist: Streaming: on_llm_new_token is invoked BEFORE yielding the chunk.",
            "  to mend:   In _stream and in _astream: run_manager.on_llm_new_token(*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_summary_counts_what_ran_what_does_not_apply_and_what_is_known(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run(model="IgnoresStopInStreams", failures={"stop_respected[stream]": "no budget"})

    result.assert_outcomes(passed=231, skipped=14, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            (
                "conformance of TestOne: 232 checks ran, 0 failed, 1 known failures, 14 do not "
                "apply (8: stop does not work on stream, which stop_respected or stop_policy "
                "reports; 6: stop is supported)"
            )
        ]
    )


def test_summary_is_silent_where_no_suite_ran(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from langchain_model_conformance import LLMConformanceTests

        def test_something_else():
            assert True
        """
    )
    result = pytester.runpytest_inprocess("-p", plugin.__name__, "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("conformance of*")


def test_mended_defect_fails_until_its_entry_is_gone(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run("-k", "print_format", failures={"print_format": "to be mended"})

    result.assert_outcomes(failed=1, deselected=245)
    result.stdout.fnmatch_lines(["*XPASS(strict)*print_format: to be mended*"])


def test_known_failure_of_a_check_that_does_not_apply_fails(
    run: Callable[..., pytest.RunResult],
) -> None:
    name = "stop_unsupported_raises[invoke]"
    result = run("-k", "stop_unsupported_raises", failures={name: "long ago"})

    result.assert_outcomes(failed=1, skipped=5, deselected=240)


def test_known_failure_of_a_whole_check_that_does_not_apply_fails_once(
    run: Callable[..., pytest.RunResult],
) -> None:
    result = run("-k", "stop_unsupported_raises", failures={"stop_unsupported_raises": "long ago"})

    result.assert_outcomes(failed=1, skipped=5, deselected=240)
    result.stdout.fnmatch_lines(["*XPASS(strict)*stop_unsupported_raises: long ago*"])


def test_classes_of_one_name_have_a_summary_each(
    run: Callable[..., pytest.RunResult], pytester: pytest.Pytester
) -> None:
    module = SUITE.format(model="HealthyLLM", policy="include", failures={})
    pytester.makepyfile(test_other=module)
    result = run("-k", "print_format", "test_other.py", "test_it.py")

    result.assert_outcomes(passed=2, deselected=490)
    line = "conformance of TestOne: 1 checks ran, 0 failed, 0 known failures, 0 do not apply"
    assert result.outlines.count(line) == 2


@pytest.mark.parametrize("selected", ["", "stop_respected", "print_format"])
def test_bad_declaration_fails_once_whatever_is_selected(
    run: Callable[..., pytest.RunResult], selected: str
) -> None:
    failures = {"print_format": "known", "no_such_check": "a mistake"}
    result = run("-k", selected, policy="sometimes", failures=failures)

    assert result.parseoutcomes()["failed"] == 1
    assert not {"passed", "xfailed", "errors"} & set(result.parseoutcomes())
    result.stdout.fnmatch_lines(["*got 'sometimes': write one of them.", "*'no_such_check'*"])


def test_expected_failures_that_are_no_mapping_are_told_not_crashed_on(
    pytester: pytest.Pytester,
) -> None:
    module = SUITE.format(model="HealthyLLM", policy="include", failures=["print_format"])
    pytester.makepyfile(test_it=module)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")

    result.assert_outcomes(failed=1, skipped=245)


def test_levels_are_listed_where_the_plugin_is_asked_for(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--markers", "-p", plugin.__name__)

    result.stdout.fnmatch_lines(["@pytest.mark.must: a conformance check of the contract"])


def test_package_comes_without_an_entry_point() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"

    assert "pytest11" not in project.read_text(encoding="utf-8")
