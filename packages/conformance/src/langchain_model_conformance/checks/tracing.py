"""Identity: what caches, traces and printouts know a model by."""

from __future__ import annotations

import json

from langchain_model_conformance._check import must, should
from langchain_model_conformance._diagnosis import found, same, shown
from langchain_model_conformance._suite import ConformanceSuite


class Tracing(ConformanceSuite):
    """A model says what it is, and different configurations say different things."""

    _tracing_type: str

    @must('Return a short constant such as "custom" from the _llm_type property.')
    def test_llm_type(self) -> None:
        """_llm_type: a property that returns a string, used for logging purposes."""
        kind = self._new()._llm_type
        if not (isinstance(kind, str) and kind):
            found(f"_llm_type is {shown(kind)}", "a string that is not empty")

    @must(
        "Report strings, numbers, lists and dicts with string keys; name an object instead of "
        "passing it on."
    )
    def test_identifying_params_json(self) -> None:
        """_identifying_params: a dict that identifies the model; caches and tracers write it."""
        params = self._identity()
        if not isinstance(params, dict) or not all(isinstance(name, str) for name in params):
            found(f"_identifying_params is {shown(params)}", "a dict with string keys")
        try:
            json.dumps(params)
        except (TypeError, ValueError) as error:
            found(f"json.dumps(_identifying_params) raised {error}", "values that JSON knows")

    @should("Report at least the model's name and every setting that changes its answers.")
    def test_identifying_params_not_empty(self) -> None:
        """_identifying_params: it should mostly include a model_name."""
        if not self._identity():
            found("_identifying_params is empty", "at least the model's name")

    @must("Add the argument to the dict that _identifying_params returns.")
    def test_identifying_params_distinguish(self) -> None:
        """_identifying_params: critical for caching and tracing: it differs where answers do."""
        self._require_declared("distinguishing_params")
        plain, others = self._identity(), self.distinguishing_params.items()
        alike = [name for name, value in others if self._identity(**{name: value}) == plain]
        if alike:
            found(f"another value of {', '.join(alike)} gave the same {shown(plain)}", "another")

    @should("Override _get_ls_params, and update what super() returns.")
    def test_langsmith_params(self) -> None:
        """Tracing: LangSmith is told the provider, the kind of model and the stops."""
        params = self._new()._get_ls_params(stop=["###"])
        wanted = {"ls_model_type": self._tracing_type, "ls_stop": ["###"]}
        same({name: params.get(name) for name in wanted}, wanted, "LangSmith params say")
        if not params.get("ls_provider"):
            found("LangSmith params name no provider", "ls_provider")

    @should("Name the field model or model_name, or report ls_model_name in _get_ls_params.")
    def test_langsmith_model_name(self) -> None:
        """Tracing: LangSmith is told the model's name."""
        model = self._new()
        name, identity = model._get_ls_params().get("ls_model_name"), model._identifying_params
        if not name:
            found("LangSmith params have no ls_model_name", "the model's name")
        known = {identity[key] for key in ("model", "model_name") if key in identity}
        # A provider's path is no other name: "models/echo-1" is "echo-1".
        if known and name not in {*known, *(str(one).rpartition("/")[2] for one in known)}:
            found(f"ls_model_name {name!r}, identifying params {sorted(known)}", "one name")

    def _identity(self, **changed: object) -> object:
        return self._new(**changed)._identifying_params


class Printing(ConformanceSuite):
    """What `print` shows of a string model."""

    @should("Leave __str__ to langchain-core; a mixin with one of its own comes after LLM.")
    def test_print_format(self) -> None:
        """_identifying_params helps with printing of the LLM: its name, then its parameters."""
        model = self._new()
        wanted = f"\033[1m{type(model).__name__}\033[0m\nParams: {model._identifying_params}"
        same(str(model), wanted, "print shows")
