"""Secrets: a key never shows, wherever one looks."""

from __future__ import annotations

import contextlib
import copy
import functools
import io
import logging
import re
import tempfile
import typing
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from langchain_core.globals import get_debug, get_verbose, set_debug, set_verbose
from langchain_core.language_models import BaseLanguageModel
from langchain_core.load import dumpd, dumps
from pydantic import SecretStr

from langchain_model_conformance._check import must, on, should
from langchain_model_conformance._diagnosis import all_errors, attempt, found, not_applicable
from langchain_model_conformance._fields import names_of, own_fields, texts_within
from langchain_model_conformance._isolation import deprecated_in_core, environment
from langchain_model_conformance._leaks import leaks
from langchain_model_conformance._recording import Event, Recorder, RecordingCache
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOKS_SECRET = re.compile(
    r"^(?:token|(?:.*_)?(?:(?:api_?|access_|private_|secret_)key|secret|password"
    r"|(?:api|access|auth|bearer|hf|session)_token))$"
)
HEARD = ("invoke", "stream", "astream")


def _saved(model: Any) -> str:
    if not hasattr(model, "save"):
        not_applicable("a chat model has no save")
    with tempfile.TemporaryDirectory() as folder, deprecated_in_core():
        for name in ("model.json", "model.yaml"):
            model.save(Path(folder) / name)
        return "".join(file.read_text(encoding="utf-8") for file in Path(folder).iterdir())


def _as_dict(model: Any) -> str:
    with deprecated_in_core():
        return repr((model.asdict if hasattr(model, "asdict") else model.dict)())


def _cache_key(model: Any) -> str:
    cache = RecordingCache()
    model.cache = cache
    model.invoke("a prompt")
    return repr(cache.keys)


SURFACES: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "print": lambda model: f"{model}",
    "vars": lambda model: repr(vars(model)),
    "model_dump": lambda model: repr(model.model_dump()),
    "model_dump_json": lambda model: model.model_dump_json(),
    "dict": _as_dict,
    "save": _saved,
    "identifying_params": lambda model: repr(model._identifying_params),
    "langsmith_params": lambda model: repr(model._get_ls_params()),
    "copy": lambda model: repr(copy.copy(model)),
    "deepcopy": lambda model: repr(copy.deepcopy(model)),
    "dumps": dumps,
    "to_json": lambda model: repr((dumpd(model), model.to_json())),
    "graph": lambda model: repr(model.get_graph().to_json()),
    "cache_key": _cache_key,
}


class Secrets(ConformanceSuite):
    """Keys are accepted, used, and never shown."""

    @must('Declare secret_params = {"argument": "ENVIRONMENT_VARIABLE"} and type it SecretStr.')
    def test_secrets_declared(self) -> None:
        """Secret API Keys: an argument that holds a key is known as one."""
        undeclared = [
            name
            for name, about in own_fields(self._model_class).items()
            if not names_of(name, about) & set(self.secret_params)
            and _may_hold_secret(name, about.annotation)
        ]
        if undeclared:
            found(f"undeclared: {', '.join(undeclared)}", "every key in secret_params")

    @must("Type the field SecretStr (or SecretStr | None), and unwrap it where it is sent.")
    def test_secret_types(self) -> None:
        """Secret API Keys: Use Pydantic's SecretStr type, so they don't get printed out."""
        names, model = self._own_secrets(), self._new()
        for name in names:
            held = self._held(model, name)
            other = [value for value in held or [None] if not isinstance(value, SecretStr)]
            if other:
                found(f"{name} holds a {type(other[0]).__name__}", "a SecretStr")

    @must("Keep the key in its SecretStr only: in no second attribute, header or parameter.")
    @on(SURFACES)
    def test_secret_surfaces(self, surface: str) -> None:
        """Secret API Keys: a key is not printed, dumped, saved, copied or part of a cache key."""
        self._require_declared("secret_params")
        if surface == "cache_key":
            self._require_path("invoke")
        text, error = attempt(lambda: SURFACES[surface](self._new()))
        # Other checks report an error; here only what it says.
        self._require_silence(f"the model's {surface}", text or _chain(error))

    @must("Pass no key to run managers, in invocation parameters, metadata or generation_info.")
    def test_secret_callbacks(self, path: str) -> None:
        """Secret API Keys: callbacks and traces do not see a key."""
        self._require_declared("secret_params")
        self._require_silent_events(self._heard(path)[1].events)

    @must("Log no arguments, headers or requests that hold the plain key.")
    @on(("logging", "debug", "verbose"))
    def test_secret_logs(self, output: str) -> None:
        """Secret API Keys: neither logs nor debug output show a key."""
        self._require_declared("secret_params")
        for path in HEARD:
            self._require_path(path)
        with _overheard(output) as said:
            for path in HEARD:
                self._ask(self._new(), path, "What is heard?")
                # Debug output tells of the error itself, which secret_errors judges.
                if output == "logging" and self.error_prompt is not None:
                    self._attempt(path, self.error_prompt)
        self._require_silence(f"{output} output", said.getvalue())

    @must("Catch the client's error where it holds headers or the request; raise one without.")
    def test_secret_errors(self, path: str) -> None:
        """Secret API Keys: an error of a call does not quote the key."""
        self._require_declared("secret_params")
        self._require_declared("error_prompt")
        recorder = Recorder()
        _, error = self._attempt(path, self.error_prompt, config={"callbacks": [recorder]})
        self._require_silence("the error", _chain(error))
        self._require_silent_events(recorder.named("error"))  # secret_callbacks judges the others

    @should("Set model_config = ConfigDict(hide_input_in_errors=True): pydantic quotes its input.")
    def test_secret_validation_errors(self) -> None:
        """Secret API Keys: a constructor's error does not quote the key."""
        # What users get wrong: another argument, one that is not there, the type of the key.
        self._require_declared("secret_params")
        secrets = self._secrets()
        others = [name for name in own_fields(self._model_class) if name not in secrets]
        attempts: list[dict[str, Any]] = [
            *({name: value} for name in others for value in (object(), "many", -1)),
            {"no_such_argument": 1},
            *({name: secret.encode()} for name, secret in secrets.items()),
            *({name: SecretStr(secret)} for name, secret in secrets.items()),
        ]
        for given in attempts:
            _, error = attempt(functools.partial(self._new, **given))
            self._require_silence(f"a {type(error).__name__} for {', '.join(given)}", _chain(error))

    @must("Name the argument or its variable in the warning, never its value.")
    def test_secret_warnings(self) -> None:
        """Secret API Keys: no warning of the constructor quotes the key."""
        self._require_declared("secret_params")
        given = {name: self._params[name] for name in self._params if name not in self._secrets()}
        with warnings.catch_warnings(record=True) as caught, environment(self._environment()):
            warnings.simplefilter("always")
            self._new()
            attempt(lambda: self._model_class(**given))
        for warning in caught:
            self._require_silence(f"a {warning.category.__name__}", str(warning.message))

    @should("Raise an error of your own `from None`, without the client's request and its headers.")
    def test_secret_error_attributes(self, path: str) -> None:
        """Secret API Keys: an error of a call does not carry the key in what it holds."""
        self._require_declared("secret_params")
        self._require_error(path)
        _, error = self._attempt(path, self.error_prompt)
        for secret in self._secrets().values():
            if leaks(secret, _chain(error)):
                not_applicable("the error quotes the key, which secret_errors reports")
        for one in all_errors(error):  # the model, and its SecretStr, may hold the key
            closed = (SecretStr, BaseLanguageModel)
            for where, text in texts_within(one, type(one).__name__, closed):
                self._require_silence(where, text, "holds")

    def _require_silent_events(self, events: list[Event]) -> None:
        for event in events:
            told = repr((event.payload, event.details))
            self._require_silence(f"the {event.name} callback", told)

    def _require_silence(self, where: str, text: str, shows: str = "shows") -> None:
        for name, secret in self._secrets().items():
            if leaks(secret, text):
                found(f"{where} {shows} the value of {name}", "never the value, nor a piece of it")


def _chain(error: BaseException | None) -> str:
    """Return the text of an error, its data and all that led to it."""
    return "\n".join(f"{one!r} {one} {vars(one)!r}" for one in all_errors(error))


def _may_hold_secret(name: str, annotation: Any) -> bool:
    looks_secret = bool(LOOKS_SECRET.search(name))
    return _mentions(annotation, SecretStr) or (looks_secret and _mentions(annotation, str))


def _mentions(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_mentions(one, kind) for one in typing.get_args(annotation))


@contextlib.contextmanager
def _overheard(output: str) -> Iterator[io.StringIO]:
    """Catch logging of every level, what is printed, and core's own debug or verbose output."""
    said = io.StringIO()
    root, handler = logging.getLogger(), logging.StreamHandler(said)
    level, debug, verbose = root.level, get_debug(), get_verbose()
    root.setLevel(logging.DEBUG)
    set_debug(output == "debug")
    set_verbose(output == "verbose")
    try:
        with (
            # Not a handler of the root's: a logger that does not propagate never reaches it.
            patch.object(logging.Logger, "callHandlers", lambda _, record: handler.handle(record)),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            yield said
    finally:
        set_debug(debug)
        set_verbose(verbose)
        root.setLevel(level)
