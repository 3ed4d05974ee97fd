"""Serialization: dumps, save, pickle, copies."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from langchain_core.load import dumps, load

from langchain_model_conformance._check import must, on, should
from langchain_model_conformance._diagnosis import found, not_applicable, same
from langchain_model_conformance._isolation import deprecated_in_core, environment
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda model: model.model_copy(deep=True),
}


class Serialization(ConformanceSuite):
    """A model survives being written down, and a copy is as good as it."""

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
        again = pickle.loads(pickle.dumps(model))  # noqa: S301  # our own bytes
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
