"""Construction: declarations, arguments, the environment."""

from __future__ import annotations

from typing import Any

from langchain_model_conformance._check import must
from langchain_model_conformance._diagnosis import found
from langchain_model_conformance._fields import fresh, names_of, own_arguments, plain, reaches
from langchain_model_conformance._isolation import environment
from langchain_model_conformance._leaks import canary
from langchain_model_conformance._suite import ConformanceSuite


class Construction(ConformanceSuite):
    """A model is built from what it is given, and from nothing else."""

    @must("Declare what the failure names.")
    def test_declarations(self) -> None:
        """The suite can only be as good as what it is told about the model."""
        # Every check fails when a declaration is wrong: here it has a name.

    @must('Declare distinguishing_params = {"argument": another_value}, for caching and tracing.')
    def test_distinguishing_params_declared(self) -> None:
        """A class with constructor arguments of its own has settings that change answers."""
        own = sorted(
            name
            for name, about in own_arguments(self._model_class).items()
            if not names_of(name, about) & set(self.secret_params)
        )
        if own and not self.distinguishing_params:
            found(f"the arguments {own} and no distinguishing_params", "at least one declared")

    @must("Copy what the constructor changes; never pop from, or add to, what was passed in.")
    def test_init(self) -> None:
        """Construction is free of side effects: the caller's arguments stay as they are."""
        given = self._params
        before = fresh(given)
        first, second = (self._model_class(**{**given, **self._secrets()}) for _ in range(2))
        changed = [
            name
            for name, value in before.items()
            if value is not given[name] and value != given[name]
        ]
        if changed:
            found(f"the constructor changed what was passed as {changed}", "arguments left alone")
        if first is second:
            found("two constructions gave one object", "a new model each time")

    @must("Read it at construction: Field(default_factory=secret_from_env(...)), not at import.")
    def test_init_from_env(self) -> None:
        """Initialisation from the environment: secrets are read from their variables."""
        for generation in (1, 2):
            wanted, model = self._built_from_env(generation, without=self.secret_params)
            for name in self._own_secrets():
                values = self._held(model, name)
                # A client may have taken the key, and the field be left empty.
                if wanted[name] not in map(plain, values) and (
                    values or not reaches(model, wanted[name])
                ):
                    variable = self.secret_params[name]
                    unread = f"with {variable} set, {name} did not hold its value"
                    found(unread, f"{name} read from {variable} at each construction")

    @must("Read the variable only where the argument was not given.")
    def test_init_argument_beats_env(self) -> None:
        """Initialisation from the environment: an explicit argument wins over the variable."""
        others, model = self._built_from_env(3, without=())
        for name in self._own_secrets():
            if others[name] in map(plain, self._held(model, name)):
                kept = f"{name} was passed, and held the value of {self.secret_params[name]}"
                found(kept, "the argument")

    def _built_from_env(self, generation: int, without: Any) -> tuple[dict[str, str], Any]:
        """Return a canary for each secret, and a model built with these in the environment."""
        self._require_declared("secret_params")
        secrets = {name: canary(name, generation) for name in self.secret_params}
        given = {**self._params, **self._secrets()}
        variables = {self.secret_params[name]: secret for name, secret in secrets.items()}
        with environment(variables):
            return secrets, self._model_class(
                **{name: value for name, value in given.items() if name not in without}
            )
