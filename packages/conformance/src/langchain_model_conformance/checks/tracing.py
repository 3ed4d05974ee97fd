"""Identity: what caches, traces and printouts know a model by."""

from __future__ import annotations

import json

from langchain_model_conformance._check import Level, check
from langchain_model_conformance._diagnosis import found, not_applicable, shown
from langchain_model_conformance._suite import ConformanceSuite


class Tracing(ConformanceSuite):
    """A model says what it is, and different configurations say different things."""

    _tracing_type: str

    @check(
        says="_llm_type: a property that returns a string, used for logging purposes.",
        mend='Return a short constant such as "custom" from the _llm_type property.',
    )
    def test_llm_type(self) -> None:
        kind = self._new()._llm_type
        if not (isinstance(kind, str) and kind):
            found(f"_llm_type is {shown(kind)}", "a string that is not empty")

    @check(
        says="_identifying_params: a dict that identifies the model; caches and tracers write it "
        "down.",
        mend="Report strings, numbers, lists and dicts with string keys; name an object instead of "
        "passing it on.",
    )
    def test_identifying_params_json(self) -> None:
        params = self._identity()
        if not isinstance(params, dict) or not all(isinstance(name, str) for name in params):
            found(f"_identifying_params is {shown(params)}", "a dict with string keys")
        try:
            json.dumps(params)
        except (TypeError, ValueError) as error:
            found(f"json.dumps(_identifying_params) raised {error}", "values that JSON knows")

    @check(
        Level.SHOULD,
        says="_identifying_params: it should mostly include a model_name.",
        mend="Report at least the model's name and every setting that changes its answers.",
    )
    def test_identifying_params_not_empty(self) -> None:
        if not self._identity():
            found("_identifying_params is empty", "at least the model's name")

    @check(
        says="_identifying_params: critical for caching and tracing purposes: it differs where "
        "answers differ.",
        mend="Add the argument to the dict that _identifying_params returns.",
    )
    def test_identifying_params_distinguish(self) -> None:
        self._require_distinguishing()
        plain = self._identity()
        same = [
            name
            for name, value in self.distinguishing_params.items()
            if self._identity(**{name: value}) == plain
        ]
        if same:
            found(f"another value of {', '.join(same)} gave the same {shown(plain)}", "another")

    @check(
        Level.SHOULD,
        says="Tracing: LangSmith is told the provider, the kind of model and the stops.",
        mend="Override _get_ls_params, and update what super() returns.",
    )
    def test_langsmith_params(self) -> None:
        params = self._new()._get_ls_params(stop=["###"])
        wanted = {"ls_model_type": self._tracing_type, "ls_stop": ["###"]}
        wrong = {name: params.get(name) for name in wanted if params.get(name) != wanted[name]}
        if wrong:
            found(f"LangSmith params say {wrong}", f"{wanted}")
        if not params.get("ls_provider"):
            found("LangSmith params name no provider", "ls_provider")

    @check(
        Level.SHOULD,
        says="Tracing: LangSmith is told the model's name.",
        mend="Name the field model or model_name, or report ls_model_name in _get_ls_params.",
    )
    def test_langsmith_model_name(self) -> None:
        model = self._new()
        name = model._get_ls_params().get("ls_model_name")
        if not name:
            found("LangSmith params have no ls_model_name", "the model's name")
        identity = model._identifying_params
        known = {identity[key] for key in ("model", "model_name") if key in identity}
        # A provider's path is no other name: "models/echo-1" is "echo-1".
        if known and name not in {*known, *(str(one).rpartition("/")[2] for one in known)}:
            found(f"ls_model_name {name!r}, identifying params {sorted(known)}", "one name")

    def _identity(self, **changed: object) -> object:
        return self._new(**changed)._identifying_params

    def _require_distinguishing(self) -> None:
        if not self.distinguishing_params:
            not_applicable("no distinguishing_params are declared")


class Printing(ConformanceSuite):
    """What `print` shows of a string model."""

    @check(
        Level.SHOULD,
        says="_identifying_params helps with printing of the LLM: its name, then its parameters.",
        mend="Leave __str__ to langchain-core; a mixin with a __str__ of its own comes after LLM.",
    )
    def test_print_format(self) -> None:
        model = self._new()
        wanted = f"\033[1m{type(model).__name__}\033[0m\nParams: {model._identifying_params}"
        if str(model) != wanted:
            found(f"print shows {shown(str(model))}", shown(wanted))
