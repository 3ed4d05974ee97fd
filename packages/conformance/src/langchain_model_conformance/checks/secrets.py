"""Secrets: a key never shows, wherever one looks."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import re
import tempfile
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.globals import get_debug, get_verbose, set_debug, set_verbose
from langchain_core.load import dumpd, dumps
from pydantic import SecretStr, ValidationError

from langchain_model_conformance._check import Level, check
from langchain_model_conformance._diagnosis import (
    NotApplicable,
    all_errors,
    found,
    not_applicable,
)
from langchain_model_conformance._fields import names_of, own_fields
from langchain_model_conformance._isolation import deprecated_in_core
from langchain_model_conformance._leaks import leaks
from langchain_model_conformance._recording import Recorder, RecordingCache
from langchain_model_conformance._suite import ConformanceSuite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOKS_SECRET = re.compile(
    r"^(?:token|(?:.*_)?(?:(?:api_?|access_|private_|secret_)key|secret|password"
    r"|(?:api|access|auth|bearer|hf|session)_token))$"
)
HEARD = ("invoke", "stream", "astream")


class _NotAString:
    """A value no field takes, with an unsuspicious repr."""


def _printed(model: Any) -> str:
    shown = io.StringIO()
    print(model, file=shown)  # into a string
    return shown.getvalue()


def _saved(model: Any) -> str:
    if not hasattr(model, "save"):
        not_applicable("a chat model has no save")
    with tempfile.TemporaryDirectory() as folder, deprecated_in_core():
        files = [Path(folder) / name for name in ("model.json", "model.yaml")]
        for file in files:
            model.save(file)
        return "".join(file.read_text(encoding="utf-8") for file in files)


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
    "print": _printed,
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

    @check(
        says="Secret API Keys: an argument that holds a key is known as one.",
        mend='Declare secret_params = {"argument": "ENVIRONMENT_VARIABLE"} and type it SecretStr.',
    )
    def test_secrets_declared(self) -> None:
        undeclared = [
            name
            for name, about in own_fields(self._model_class).items()
            if not names_of(name, about) & set(self.secret_params)
            and (_mentions(about.annotation, SecretStr) or _looks_secret(name, about.annotation))
        ]
        if undeclared:
            found(f"undeclared: {', '.join(undeclared)}", "every key in secret_params")

    @check(
        says="Secret API Keys: Use Pydantic's SecretStr type for secrets, so they don't get "
        "accidentally printed out when folks print the model.",
        mend="Type the field SecretStr (or SecretStr | None), and unwrap it where it is sent.",
    )
    def test_secret_types(self) -> None:
        self._require_secrets()
        model = self._new()
        for name in self._own_secrets():
            held = self._held(model, name)
            other = [value for value in held or [None] if not isinstance(value, SecretStr)]
            if other:
                found(f"{name} holds a {type(other[0]).__name__}", "a SecretStr")

    @check(
        says="Secret API Keys: a key is not printed, dumped, saved, copied into text or made part "
        "of a cache key.",
        mend="Keep the key in its SecretStr only: no second attribute, header dict or identifying "
        "parameter may hold it in plain.",
        each=("surface", tuple(SURFACES)),
    )
    def test_secret_surfaces(self, surface: str) -> None:
        self._require_secrets()
        if surface == "cache_key":
            self._require_path("invoke")
        try:
            text = SURFACES[surface](self._new())
        except NotApplicable:
            raise
        except Exception as error:  # noqa: BLE001  # other checks report it; here only what it says
            text = chain(error)
        self._require_silence(f"the model's {surface}", text)

    @check(
        says="Secret API Keys: callbacks and traces do not see a key.",
        mend="Pass no key on to run managers, in invocation parameters, metadata, generation_info.",
    )
    def test_secret_callbacks(self, path: str) -> None:
        self._require_secrets()
        for event in self._heard(path)[1].events:
            self._require_silence(f"the {event.name} callback", _told(event))

    @check(
        says="Secret API Keys: neither logs nor debug output show a key.",
        mend="Log no arguments, headers or requests that hold the plain key.",
        each=("output", ("logging", "debug", "verbose")),
        needs=HEARD,
    )
    def test_secret_logs(self, output: str) -> None:
        self._require_secrets()
        with _overheard(output) as said:
            for path in HEARD:
                self._ask(self._new(), path, "What is heard?")
                # Debug output tells of the error itself, which secret_errors judges.
                if output == "logging" and self.error_prompt is not None:
                    with contextlib.suppress(Exception):
                        self._ask(self._new(), path, self.error_prompt)
        self._require_silence(f"{output} output", said.getvalue())

    @check(
        says="Secret API Keys: an error of a call does not quote the key.",
        mend="Catch the client's error where it holds headers or the request; raise one without.",
    )
    def test_secret_errors(self, path: str) -> None:
        self._require_secrets()
        if self.error_prompt is None:
            not_applicable("no error_prompt is declared")
        recorder = Recorder()
        try:
            self._ask(self._new(), path, self.error_prompt, config={"callbacks": [recorder]})
        except Exception as error:  # noqa: BLE001  # the declared failure
            self._require_silence("the error", chain(error))
        for event in recorder.named("error"):  # what others tell, secret_callbacks judges
            self._require_silence(f"the {event.name} callback", _told(event))

    @check(
        Level.SHOULD,
        says="Secret API Keys: a constructor's error does not quote the key.",
        mend="Set model_config = ConfigDict(hide_input_in_errors=True): pydantic quotes what "
        "it was given, the key included.",
    )
    def test_secret_validation_errors(self) -> None:
        # What users get wrong: another argument, one that is not there, the type of the key.
        self._require_secrets()
        secrets = self._secrets()
        others = [name for name in own_fields(self._model_class) if name not in secrets]
        attempts: list[dict[str, Any]] = [
            {name: value} for name in others for value in (_NotAString(), "many", -1)
        ]
        attempts += [{"no_such_argument": 1}]
        attempts += [{name: secret.encode()} for name, secret in secrets.items()]
        attempts += [{name: SecretStr(secret)} for name, secret in secrets.items()]
        for attempt in attempts:
            try:
                self._new(**attempt)
            except ValidationError as error:  # noqa: PERF203  # each attempt fails by itself
                self._require_silence(f"a ValidationError for {', '.join(attempt)}", str(error))
            except Exception as error:  # noqa: BLE001  # a constructor's own error
                self._require_silence(f"a constructor's {type(error).__name__}", chain(error))

    def _require_silence(self, where: str, text: str) -> None:
        for name, secret in self._secrets().items():
            if leaks(secret, text):
                found(f"{where} shows the value of {name}", "never the value, nor a piece of it")


def _told(event: Any) -> str:
    return repr((event.payload, event.details))


def chain(error: BaseException) -> str:
    """Return the text of an error, its data and all that led to it."""
    return "\n".join(f"{one!r} {one} {vars(one)!r}" for one in all_errors(error))


def _mentions(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_mentions(one, kind) for one in typing.get_args(annotation))


def _looks_secret(name: str, annotation: Any) -> bool:
    return bool(LOOKS_SECRET.search(name)) and _mentions(annotation, str)


@contextlib.contextmanager
def _overheard(output: str) -> Iterator[io.StringIO]:
    """Catch logging of every level, what is printed, and core's own debug or verbose output."""
    said = io.StringIO()
    root, handler = logging.getLogger(), logging.StreamHandler(said)
    call_handlers: Any = logging.Logger.callHandlers
    level, debug, verbose = root.level, get_debug(), get_verbose()
    # Not a handler of the root's: a logger that does not propagate never reaches it.
    logging.Logger.callHandlers = lambda _, record: handler.handle(record)  # type: ignore[assignment]
    root.setLevel(logging.DEBUG)
    set_debug(output == "debug")
    set_verbose(output == "verbose")
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            yield said
    finally:
        set_debug(debug)
        set_verbose(verbose)
        root.setLevel(level)
        logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
