"""What a test class is made of: how it runs a check, and how pytest meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from langchain_model_conformance import plugin
from langchain_model_conformance._asking import Asking
from langchain_model_conformance._check import SIX, STREAMS
from langchain_model_conformance._diagnosis import (
    ConformanceFailure,
    DeclarationFailure,
    Finding,
    NotApplicable,
    attempt,
    describe_error,
)
from langchain_model_conformance._isolation import isolated
from langchain_model_conformance._judging import problems_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from langchain_model_conformance._check import Check

    Case = Mapping[str, str]
    Body = Callable[..., None]

UNEXPECTED = (
    "Make the same call by hand, with the declared parameters, and read its traceback: where the "
    "model raises, mend the model; where the suite does, it is the suite's mistake, so report it."
)


class ConformanceSuite(Asking):
    """The class that checks are mixed into."""

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """Bring the markers and the summary along, when pytest meets the first check."""
        plugins = metafunc.config.pluginmanager
        if not plugins.is_registered(plugin):
            plugins.register(plugin)

    def _run_check(self, about: Check, case: Case, method: Body) -> None:
        """Run a check: whatever it raises becomes a diagnosis, an exception of the model's too."""
        name = about.name(case)
        self._require_sound_declarations(name)
        try:
            self._run_case(about, case, method)
        except NotApplicable as reason:
            if not self._is_stale(about, case, method):
                pytest.skip(str(reason))
            # A known failure that no longer applies passes, which a strict xfail reports.
        except Finding as finding:
            said = self._censored(finding.observed), self._censored(finding.expected)
            other = f" If the model is right, correct {finding.declared}." * bool(finding.declared)
            raise ConformanceFailure(about, name, *said, about.mend + other) from None
        except Exception as error:  # whatever the model raises is a finding
            observed = self._censored(describe_error(error))
            raise ConformanceFailure(about, name, observed, "no error", UNEXPECTED) from error

    def _run_case(self, about: Check, case: Case, method: Body) -> None:
        """Run a check in isolation: no tracing, no global cache."""
        with isolated():
            for path in set(case.values()) & set(SIX):
                if not about.finds_broken_paths:
                    self._require_path(path)
                if about.cases == STREAMS:
                    self._require_streaming(path)
            method(**case)

    def _is_stale(self, about: Check, case: Case, method: Body) -> bool:
        """Return whether `expected_failures` names this case, or a check of which none applies."""
        if about.name(case) in self.expected_failures:
            return True
        *others, last = about.every_case()  # the last one tells: others may run in other processes
        if about.id not in self.expected_failures or dict(case) != last:
            return False
        return not any(self._applies(about, other, method) for other in others)

    def _applies(self, about: Check, case: Case, method: Body) -> bool:
        try:
            attempt(lambda: self._run_case(about, case, method))
        except (Finding, NotApplicable) as verdict:
            return isinstance(verdict, Finding)  # it fails, in its own place
        return True

    def _require_sound_declarations(self, name: str) -> None:
        """Fail once for all that is wrong with the declarations, and skip the other checks."""
        problems = self._problems()
        if not problems:
            return
        if self._teller(name) != name:
            pytest.skip(f"the declarations of {type(self).__name__} must be mended first")
        raise DeclarationFailure(type(self).__name__, problems, name)

    def _teller(self, name: str) -> str:
        """Return the check that tells of wrong declarations: the first that is asked for."""
        return self._once("teller", lambda: name)

    def _problems(self) -> list[str]:
        """Return what is wrong with the declarations; they are judged once for a class."""
        return self._once("problems", lambda: problems_of(self))
