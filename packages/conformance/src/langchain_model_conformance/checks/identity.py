"""Identity: what caches, traces, printouts and copies know a model by."""

from __future__ import annotations

import copy
import inspect
import json
import pickle  # nosec B403 # of our own bytes
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from langchain_core.load import dumps, load

from langchain_model_conformance._check import must, on, should
from langchain_model_conformance._diagnosis import attempt, found, not_applicable, same, shown
from langchain_model_conformance._isolation import deprecated_in_core, environment
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda model: model.model_copy(deep=True),
}


class Identity(ConformanceSuite):
    """A string model says what it is, and survives being written down."""

    @must('Return a short constant such as "custom" from the _llm_type property.')
    def test_llm_type(self) -> None:
        """_llm_type: a property that returns a string, used for logging purposes."""
        kind = self._new()._llm_type
        if not (isinstance(kind, str) and kind):
            found(f"_llm_type is {shown(kind)}", "a string that is not empty")

    @must("Report strings, numbers, lists and dicts with string keys; name an object instead.")
    def test_identifying_params_json(self) -> None:
        """_identifying_params: a dict that identifies the model; caches and tracers write it."""
        params = self._identity()
        if not isinstance(params, dict) or not all(isinstance(name, str) for name in params):
            found(f"_identifying_params is {shown(params)}", "a dict with string keys")
        _, error = attempt(lambda: json.dumps(params))
        if error:
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
        wanted = {"ls_model_type": "llm", "ls_stop": ["###"]}
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

    @should("Leave __str__ to langchain-core; a mixin with one of its own comes after LLM.")
    def test_print_format(self) -> None:
        """_identifying_params helps with printing of the LLM: its name, then its parameters."""
        model = self._new()
        wanted = f"\033[1m{type(model).__name__}\033[0m\nParams: {model._identifying_params}"
        same(str(model), wanted, "print shows")

    @must("Keep what cannot be serialized in a private attribute; __repr__ must not raise.")
    def test_dumps(self) -> None:
        """Serialization: a model can be written down; a tracer does it in every run."""
        json.loads(dumps(self._new()))

    @must("Let every constructor argument be a field of its own name, and declare lc_secrets.")
    def test_dumps_round_trip(self) -> None:
        """Serialization: what is_lc_serializable promises: loads(dumps(model)) is the model."""
        self._require_path("invoke")
        cls = self._importable_class()
        if not cls.is_lc_serializable():
            not_applicable(f"{cls.__name__} does not claim to be serializable")
        model = self._new()
        again = self._load(json.loads(dumps(model)))
        self._require_equal(model, again, "loads(dumps(model))")

    @should("Report plain values in _identifying_params: lists, not tuples or enums.")
    def test_save(self) -> None:
        """Serialization: save writes the parameters down, as JSON and as YAML."""
        model = self._new()
        wanted = {**model._identifying_params, "_type": model._llm_type}
        with tempfile.TemporaryDirectory() as folder, deprecated_in_core():
            for name, parse in (("model.json", json.loads), ("model.yaml", yaml.safe_load)):
                model.save(Path(folder) / name)
                saved = parse((Path(folder) / name).read_text(encoding="utf-8"))
                same(saved, wanted, f"{name} reads as")

    @should("Drop clients, locks and open files in __getstate__, and make them again on demand.")
    def test_pickle(self) -> None:
        """Serialization: a model can be sent to another process."""
        self._require_path("invoke")
        self._importable_class()
        model = self._new()
        again = pickle.loads(pickle.dumps(model))  # noqa: S301  # nosec B301 # our own bytes
        self._require_equal(model, again, "pickle")

    @should("Drop clients, locks and open files in __deepcopy__ or __getstate__.")
    @on(COPIES)
    def test_copies(self, how: str) -> None:
        """Serialization: a copy is a model of its own that answers alike."""
        self._require_path("invoke")
        model = self._new()
        self._require_equal(model, COPIES[how](model), how)

    def _require_equal(self, model: Any, again: Any, how: str) -> None:
        if type(again) is not type(model):
            found(f"{how} gave {type(again).__name__}", type(model).__name__)
        same(again._identifying_params, model._identifying_params, f"after {how}:")
        same(self._ask(again, "invoke"), self._reference(), f"after {how} it answers")

    def _importable_class(self) -> Any:
        cls = self._model_class
        module: Any = sys.modules.get(cls.__module__)
        if getattr(module, cls.__qualname__, None) is not cls:
            not_applicable(f"{cls.__qualname__} cannot be imported by its name")
        return cls

    def _load(self, data: Any) -> Any:
        """Call `load` as the installed core wants it for a class that is not core's own."""
        wanted = {
            "valid_namespaces": [self._model_class.get_lc_namespace()[0]],
            "secrets_from_env": True,
            "allowed_objects": [self._model_class],  # core 1.0.0 to 1.2.4 has no such parameter
        }
        known = inspect.signature(load).parameters
        how: dict[str, Any] = {name: value for name, value in wanted.items() if name in known}
        with environment(self._environment()), deprecated_in_core():
            return load(data, **how)

    def _identity(self, **changed: object) -> object:
        return self._new(**changed)._identifying_params
