"""What a user declares of a model, and what a wrong declaration is told to be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from weakref import WeakKeyDictionary

from langchain_model_conformance._fields import fresh, plain
from langchain_model_conformance._leaks import canary, censored

if TYPE_CHECKING:
    from langchain_core.language_models import BaseLanguageModel

Result = TypeVar("Result")
UNDECLARED: Any = object()
"""The value of a declaration that has no default."""
POLICIES = ("include", "exclude", "unsupported")


@dataclass(frozen=True)
class Declaration:
    """A row of the table of declarations."""

    name: str
    """The attribute of the test class."""
    must: str
    """What its value must do, after the name."""
    write: str
    """What to write instead."""
    is_sound: Callable[[Any], bool]
    """Whether a value is one that the suite can read."""
    is_private: bool = False
    """Whether a wrong value may hold a secret: then its type is shown."""

    def problems(self, value: Any) -> Iterator[str]:
        """Yield what is wrong with a value, and what to write."""
        if value is UNDECLARED:
            yield f"{self.name} is missing: {self.write}."
        elif not self.is_sound(value):
            got = type(value).__name__ if self.is_private else repr(value)
            yield f"{self.name} must {self.must}, got {got}: {self.write}."


def _is_arguments(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(key, str) for key in value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_prompt(value: Any) -> bool:
    return value is None or isinstance(value, str)


_POLICIES = ", ".join(f'"{policy}"' for policy in POLICIES)
_ARGUMENTS = ("llm_params", "chat_model_params", "distinguishing_params")
_PROMPTS = ("empty_prompt", "error_prompt", "slow_prompt")

DECLARATIONS = (
    Declaration(
        "stop_policy",
        f"be one of {_POLICIES}",
        f"write one of {_POLICIES}. It has no default because providers differ; LangChain's "
        "checklist asks for a stop that is included",
        lambda value: value in POLICIES,
    ),
    *(
        Declaration(
            name, "map arguments to values", 'write {"n": 1000}', _is_arguments, is_private=True
        )
        for name in _ARGUMENTS
    ),
    Declaration(
        "secret_params",
        "map arguments to environment variables",
        'write {"api_key": "ECHO_API_KEY"}',
        lambda value: _is_arguments(value) and all(map(_is_text, value.values())),
        is_private=True,
    ),
    *(
        Declaration(name, "be a str or None", "write the prompt's text", _is_prompt)
        for name in _PROMPTS
    ),
    Declaration("default_stop_param", "name an argument", 'write "stop"', _is_prompt),
    Declaration(
        "expected_failures",
        "map check ids to reasons",
        'write {"stop_respected": "why"}',
        lambda value: isinstance(value, Mapping) and all(map(_is_text, value.values())),
    ),
)
"""Beside these, the class and `expected_completion` are judged, which no value alone tells."""


_KNOWN: WeakKeyDictionary[type, dict[str, Any]] = WeakKeyDictionary()
"""What has been found out about each test class, so that it is found out and told only once."""


class Declared:
    """The declarations that both suites read."""

    stop_policy: Any = UNDECLARED
    """What a stop does: `"include"` keeps it at the end of the text, `"exclude"` cuts before it,
    `"unsupported"` raises when one is passed. No default: providers differ."""
    distinguishing_params: ClassVar[Mapping[str, Any]] = {}
    """Constructor argument to another value of it that changes answers: `{"n": 3}`."""
    secret_params: ClassVar[Mapping[str, str]] = {}
    """Constructor argument that holds a secret to the environment variable it is read from."""
    empty_prompt: str | None = None
    """A prompt whose answer is empty, or None if there is none."""
    error_prompt: str | None = None
    """A prompt that makes the model fail, or None if there is none."""
    slow_prompt: str | None = None
    """A prompt whose answer takes a tenth of a second or more, piece by piece in a stream, or None:
    what waits, blocks or reads ahead shows in it."""
    default_stop_param: str | None = None
    """The constructor argument that holds the stops of every call, or None if there is none."""
    expected_failures: ClassVar[Mapping[str, str]] = {}
    """Known defects: check id, or `id[case]`, to the reason. A strict xfail: the entry must go when
    the defect is gone."""

    _base: ClassVar[type[BaseLanguageModel[Any]]]
    _class_name: ClassVar[str]
    _params_name: ClassVar[str]

    def expected_completion(self, prompt: str) -> str | None:
        """Return the exact answer to `prompt`, or None if only self-consistency can be checked."""
        del prompt
        return None

    def open_requests(self) -> int | None:
        """Return how many requests the model's service or client has open, or None if not known."""
        return None

    @property
    def _model_class(self) -> Any:
        return getattr(self, self._class_name)

    @property
    def _params(self) -> dict[str, Any]:
        """Return the declared arguments in new containers: a constructor may empty them."""
        declared: Mapping[str, Any] = getattr(self, self._params_name)
        return {name: fresh(value) for name, value in declared.items()}

    def _secrets(self) -> dict[str, str]:
        """Return the secret of each declared argument: the given one, else a canary."""
        given = self._params
        return {name: plain(given.get(name)) or canary(name) for name in self.secret_params}

    def _environment(self) -> dict[str, str]:
        """Return the environment that holds the secrets."""
        return {self.secret_params[name]: secret for name, secret in self._secrets().items()}

    def _censored(self, text: str) -> str:
        """Return a text to show, without the declared secrets: they may be real ones."""
        return censored(text, self._secrets().values())

    def _new(self, **changed: Any) -> Any:
        """Return a new model as declared, its secrets included, with some arguments changed."""
        return self._model_class(**{**self._params, **self._secrets(), **changed})

    def _once(self, key: str, find: Callable[[], Result]) -> Result:
        """Return what `find` returned when this class asked for `key` first."""
        known = _KNOWN.setdefault(type(self), {})
        if key not in known:
            known[key] = find()
        return cast("Result", known[key])
