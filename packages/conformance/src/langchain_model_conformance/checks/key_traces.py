"""Traces of a key where few look: warnings, and what an error carries with it."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseLanguageModel
from pydantic import SecretStr

from langchain_model_conformance._check import Level, check
from langchain_model_conformance._diagnosis import all_errors, found, not_applicable
from langchain_model_conformance._isolation import environment
from langchain_model_conformance._leaks import leaks
from langchain_model_conformance.checks.secrets import Secrets, chain

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 5000  # objects: an error that holds a client holds half of its library


class KeyTraces(Secrets):
    """A key is not in a warning, nor anywhere in an error."""

    @check(
        says="Secret API Keys: no warning of the constructor quotes the key.",
        mend="Name the argument or its variable in the warning, never its value.",
    )
    def test_secret_warnings(self) -> None:
        self._require_secrets()
        given = {name: self._params[name] for name in self._params if name not in self._secrets()}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            self._new()
            with contextlib.suppress(Exception), environment(self._environment()):
                self._model_class(**given)
        for warning in caught:
            self._require_silence(f"a {warning.category.__name__}", str(warning.message))

    @check(
        Level.SHOULD,
        says="Secret API Keys: an error of a call does not carry the key: error trackers send "
        "error.request.headers and whatever else it holds.",
        mend="Raise an error of your own `from None`, without the client's request and response, "
        "or take the headers out of them first.",
    )
    def test_secret_error_attributes(self, path: str) -> None:
        self._require_secrets()
        self._require_error(path)
        try:
            self._ask(self._new(), path, self.error_prompt)
        except Exception as error:  # noqa: BLE001  # the declared failure
            errors = all_errors(error)
        for name, secret in self._secrets().items():
            if leaks(secret, chain(errors[0])):
                not_applicable("the error quotes the key, which secret_errors reports")
            for where, text in itertools.chain.from_iterable(map(_texts, errors)):
                if leaks(secret, text):
                    found(f"{where} holds the value of {name}", "no key in an error")


def _texts(error: BaseException) -> Iterator[tuple[str, str]]:
    """Yield every text within reach of `error`, with the attributes that lead to it."""
    waiting: list[tuple[str, Any]] = [(type(error).__name__, error)]
    known: dict[int, Any] = {}  # by identity; kept, so that no identity is used twice
    while waiting and len(known) < MOST:
        where, value = waiting.pop(0)
        if isinstance(value, (str, bytes)):
            yield where, value if isinstance(value, str) else value.decode("latin-1")
        elif id(value) not in known:
            known[id(value)] = value
            waiting += [(f"{where}.{name}", one) for name, one in _parts(value).items()]


def _parts(value: object) -> Mapping[Any, Any]:
    """Return what `value` holds; the model, and its SecretStr, may hold the key."""
    if isinstance(value, (SecretStr, BaseLanguageModel, type)):
        return {}
    if isinstance(value, (list, tuple)):
        return dict(enumerate(value))
    return value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
