"""Construction: declarations, arguments, the environment."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance._check import check
from langchain_model_conformance._diagnosis import found
from langchain_model_conformance._fields import fresh, names_of, own_arguments, plain, reaches
from langchain_model_conformance._isolation import environment
from langchain_model_conformance._leaks import canary
from langchain_model_conformance._suite import ConformanceSuite


class Construction(ConformanceSuite):
    """A model is built from what it is given, and from nothing else."""

    @check(
        says="The suite can only be as good as what it is told about the model.",
        mend="Declare what the failure names.",
    )
    def test_declarations(self) -> None:
        """Fail, as every other check would, when a declaration is wrong: here it has a name."""

    @check(
        says="A class with constructor arguments of its own has settings that change answers.",
        mend='Declare distinguishing_params = {"argument": another_value}, so that caching and '
        "tracing of different configurations are checked.",
    )
    def test_distinguishing_params_declared(self) -> None:
        own = sorted(
            name
            for name, about in own_arguments(self._model_class).items()
            if not names_of(name, about) & set(self.secret_params)
        )
        if own and not self.distinguishing_params:
            found(f"the arguments {own} and no distinguishing_params", "at least one declared")

    @check(
        says="Construction is free of side effects: the caller's arguments stay as they are.",
        mend="Copy what the constructor changes; never pop from, or add to, what was passed in.",
    )
    def test_init(self) -> None:
        given = self._params
        before = fresh(given)
        first, second = (self._model_class(**{**given, **self._secrets()}) for _ in range(2))
        changed = sorted(name for name in before if not _alike(before[name], given[name]))
        if changed:
            found(f"the constructor changed what was passed as {changed}", "arguments left alone")
        if first is second:
            found("two constructions gave one object", "a new model each time")

    @check(
        says="Initialisation from the environment: secrets are read from their variables.",
        mend="Read the variable when a model is built, for example with "
        "Field(default_factory=secret_from_env(...)), and not when the module is imported.",
    )
    def test_init_from_env(self) -> None:
        self._require_secrets()
        for generation in (1, 2):
            wanted = {name: canary(name, generation) for name in self.secret_params}
            variables = {self.secret_params[name]: wanted[name] for name in wanted}
            with environment(variables):
                model = self._model_class(**self._without_secrets())
            for name in self._own_secrets():
                values = self._held(model, name)
                # A client may have taken the key, and the field be left empty.
                if wanted[name] not in map(plain, values) and (
                    values or not reaches(model, wanted[name])
                ):
                    found(
                        f"with {self.secret_params[name]} set, {name} did not hold its value",
                        f"{name} read from {self.secret_params[name]} at each construction",
                    )

    @check(
        says="Initialisation from the environment: an explicit argument wins over the variable.",
        mend="Read the variable only where the argument was not given.",
    )
    def test_init_argument_beats_env(self) -> None:
        self._require_secrets()
        others = {self.secret_params[name]: canary(name, 3) for name in self.secret_params}
        with environment(others):
            model = self._new()
        for name in self._own_secrets():
            if canary(name, 3) in map(plain, self._held(model, name)):
                found(
                    f"{name} was passed, and held the value of {self.secret_params[name]}",
                    "the argument",
                )

    def _without_secrets(self) -> dict[str, Any]:
        return {name: value for name, value in self._params.items() if name not in self._secrets()}


def _alike(one: Any, other: Any) -> bool:
    """Return whether two arguments are the same, or equal."""
    return one is other or bool(one == other)
