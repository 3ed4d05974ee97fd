"""What both suites share: the declarations, building models, asking them on every path."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from langchain_model_conformance import _loop
from langchain_model_conformance._check import SIX, checks_of
from langchain_model_conformance._declarations import (
    UNDECLARED,
    DeclarationFailure,
    names_of,
    problems_of,
)
from langchain_model_conformance._diagnosis import found, not_applicable, shown
from langchain_model_conformance._leaks import canary, censored

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from langchain_core.language_models import BaseLanguageModel
    from langchain_core.runnables import Runnable

    from langchain_model_conformance._check import Check

SYNC = ("invoke", "batch", "stream")
ASYNC = ("ainvoke", "abatch", "astream")
STREAMS = ("stream", "astream")
PATHS = ("path", SIX)
NO_AUTHORS = ("langchain_core.", "pydantic.")
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

PROMPT = (
    "The quick brown fox (a test) jumps over 13 lazy dogs. Größe: 東京 🦊 zzz\n"
    "Second line, the end."
)
"""What is asked: long enough to cut, with regex characters, a line break and an astral one."""


@dataclass
class _Known:
    """What has been found out about a test class, so that it is found out and told only once."""

    problems: list[str] | None = None
    told: bool = False
    paths: dict[str, str | None] = field(default_factory=dict)
    left_out: dict[str, set[str]] = field(default_factory=dict)


_KNOWN: WeakKeyDictionary[type, _Known] = WeakKeyDictionary()


class ConformanceSuite:
    """The declarations that both suites read, and how checks build and ask a model."""

    stop_policy: Any = UNDECLARED
    """What the model does with a stop it has produced: `"include"` keeps it at the end of the text,
    `"exclude"` cuts before it, `"unsupported"` raises when a stop is passed. No default: providers
    differ."""
    distinguishing_params: ClassVar[Mapping[str, Any]] = {}
    """Constructor argument to another value of it that changes answers: `{"n": 3}`."""
    secret_params: ClassVar[Mapping[str, str]] = {}
    """Constructor argument that holds a secret to the environment variable it is read from."""
    empty_prompt: str | None = None
    """A prompt whose answer is empty, or None if there is none."""
    error_prompt: str | None = None
    """A prompt that makes the model fail, or None if there is none."""
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

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        """Bring the markers and the summary along, when pytest meets the first check."""
        from langchain_model_conformance import plugin  # noqa: PLC0415  # it imports this module

        plugins = metafunc.config.pluginmanager
        if not plugins.is_registered(plugin):
            plugins.register(plugin)

    # What is declared.

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
        secrets = {}
        for name in self.secret_params:
            given = self._params.get(name) or canary(name)
            secrets[name] = given.get_secret_value() if isinstance(given, SecretStr) else given
        return secrets

    def _environment(self) -> dict[str, str | None]:
        """Return the environment that holds the secrets."""
        return {self.secret_params[name]: secret for name, secret in self._secrets().items()}

    def _censored(self, text: str) -> str:
        """Return a text to show, without the declared secrets: they may be real ones."""
        return censored(text, self._secrets().values())

    def _is_stale(self, about: Check, name: str) -> bool:
        """Return whether `expected_failures` names what turned out not to apply.

        That is this very case, or a whole check of which this is the last case to be left out.
        """
        left_out = self._known().left_out.setdefault(about.id, set())
        left_out.add(name)
        whole = about.id in self.expected_failures and len(left_out) == len(about.cases)
        return whole or name in self.expected_failures

    def _known(self) -> _Known:
        return _KNOWN.setdefault(type(self), _Known())

    def _require_sound_declarations(self, name: str) -> None:
        """Fail once for all that is wrong with the declarations, and skip the other checks."""
        problems = self._problems()
        if not problems:
            return
        if self._known().told:
            pytest.skip(f"the declarations of {type(self).__name__} must be mended first")
        self._known().told = True
        raise DeclarationFailure(type(self).__name__, problems, name)

    def _problems(self) -> list[str]:
        """Return what is wrong with the declarations; they are judged once for a class."""
        known = self._known()
        if known.problems is None:
            known.problems = problems_of(self, checks_of(type(self)))
        return known.problems

    # Building and asking.

    def _new(self, **changed: Any) -> Any:
        """Return a new model as declared, its secrets included, with some arguments changed."""
        return self._model_class(**{**self._params, **self._secrets(), **changed})

    def _new_for_threads(self) -> Any:
        """Return a new model that several threads may call first.

        Core writes the cache read here into the model unguarded, while another thread's first call
        may be reading the fields: "dictionary changed size during iteration", now and then.
        """
        model = self._new()
        getattr(model, "_serialized", None)
        return model

    def _ask(self, model: Runnable[Any, Any], path: str, prompt: Any = PROMPT, **how: Any) -> str:
        """Return the whole text that `model` answers on `path`."""
        return "".join(self._text(piece) for piece in self._pieces(model, path, prompt, **how))

    def _pieces(
        self, model: Runnable[Any, Any], path: str, prompt: Any = PROMPT, **how: Any
    ) -> list[Any]:
        """Return what `model` hands out on `path`: the chunks of a stream, else one answer.

        Args:
            model: The model, or a runnable made of it.
            path: One of `SIX`.
            prompt: What to ask.
            how: Keyword arguments of the call: `config`, `stop`.
        """
        if path in ASYNC:
            return _loop.run(self._apieces(model, path, prompt, **how))
        if path == "invoke":
            return [model.invoke(prompt, **how)]
        if path == "batch":
            return model.batch([prompt], **how)
        return list(model.stream(prompt, **how))

    async def _apieces(
        self, model: Runnable[Any, Any], path: str, prompt: Any = PROMPT, **how: Any
    ) -> list[Any]:
        if path == "ainvoke":
            return [await model.ainvoke(prompt, **how)]
        if path == "abatch":
            return await model.abatch([prompt], **how)
        return [chunk async for chunk in model.astream(prompt, **how)]

    def _ask_in_turn(self, model: Any, path: str, calls: list[dict[str, Any]]) -> list[str]:
        """Return the answers to several calls of one model."""
        answers = self._pieces_in_turn(model, path, calls)
        return ["".join(map(self._text, pieces)) for pieces in answers]

    def _pieces_in_turn(
        self, model: Any, path: str, calls: list[dict[str, Any]]
    ) -> list[list[Any]]:
        """Return what several calls of one model hand out: asynchronous ones in one event loop."""
        if path not in ASYNC:
            return [self._pieces(model, path, **call) for call in calls]

        async def ask_all() -> list[list[Any]]:
            return [await self._apieces(model, path, **call) for call in calls]

        return _loop.run(ask_all())

    def _several(self, model: Any, path: str, prompts: list[str], **how: Any) -> list[str]:
        """Return the texts that `model` answers to several prompts, on `batch` or `abatch`."""
        return [self._text(answer) for answer in self._answers(model, path, prompts, **how)]

    def _answers(self, model: Any, path: str, prompts: list[str], **how: Any) -> list[Any]:
        """Return what `batch` or `abatch` returns, exceptions included."""
        if path == "abatch":
            return list(_loop.run(model.abatch(prompts, **how)))
        return list(model.batch(prompts, **how))

    def _raw_prompt(self, prompt: str) -> Any:
        """Return what `_stream` takes: a chat model takes messages."""
        return prompt

    @staticmethod
    def _text(piece: Any) -> str:
        """Return the text of an answer, a chunk or a generation; other things as their repr."""
        if isinstance(piece, str):
            return piece
        content = getattr(piece, "content", None)
        if isinstance(content, str):
            return content
        if isinstance(content, list):
            blocks = (block if isinstance(block, dict) else {"text": block} for block in content)
            return "".join(str(block.get("text", "")) for block in blocks)
        text = getattr(piece, "text", None)
        return text if isinstance(text, str) else repr(piece)

    def _reference(self, prompt: str = PROMPT) -> str:
        """Return what every path must answer: the declared text, else what `invoke` says."""
        declared = self.expected_completion(prompt)
        if declared is not None:
            return declared
        self._require_path("invoke")
        return self._ask(self._new(), "invoke", prompt)

    def _require_answers(self, texts: list[str], prompts: list[str], how: str) -> None:
        """Compare the answers to several prompts with what each must be."""
        expected = [self._reference(prompt) for prompt in prompts]
        if len(texts) != len(expected):
            found(f"{how}: {len(texts)} answers", f"{len(expected)}, one for each prompt")
        for text, wanted in zip(texts, expected, strict=True):
            if text != wanted:
                found(f"{how}: the answer {shown(text)}", shown(wanted))

    def _require_path(self, path: str) -> None:
        """Leave out what runs on a broken path: one check reports it, and once is enough."""
        reason = self._path_problem(path)
        if reason:
            not_applicable(reason)

    def _path_problem(self, path: str) -> str | None:
        """Return why a path is left out, or None; it is found out once for a class."""
        paths = self._known().paths
        if path not in paths:
            paths[path] = self._broken(path)
        return paths[path]

    def _broken(self, path: str) -> str | None:
        reason = f"{path} is broken, which same_text_on_every_path reports"
        try:
            text = self._ask(self._new(), path)
            expected = self.expected_completion(PROMPT)
            if expected is None:
                expected = self._ask(self._new(), "invoke")
        except Exception:  # noqa: BLE001  # whatever it is, the check for it tells
            return reason
        return None if text == expected else reason

    def _require_streaming(self, path: str) -> None:
        """Leave out streaming where the class does not implement it: that is no defect."""
        own = {
            name
            for name in ("_stream", "_astream")
            if getattr(self._model_class, name) is not getattr(self._base, name)
        }
        if "_stream" not in own and not (path == "astream" and "_astream" in own):
            not_applicable(f"{self._model_class.__name__} does not implement _stream")

    def _require_stop(self) -> None:
        if self.stop_policy == "unsupported":
            not_applicable('stop_policy is "unsupported"')

    def _require_secrets(self) -> None:
        if not self.secret_params:
            not_applicable("no secret_params are declared")

    def _own_fields(self) -> dict[str, Any]:
        """Return the fields that the class adds to langchain-core's."""
        fields: dict[str, Any] = self._model_class.model_fields
        return {name: about for name, about in fields.items() if self._owner(name)}

    def _own_arguments(self) -> dict[str, Any]:
        """Return the own fields that callers are meant to pass: not a client kept out of dumps.

        A constructor by hand may name others, of which nothing is known but the name.
        """
        fields = self._model_class.model_fields.items()
        known = {one for name, about in fields for one in names_of(name, about)}
        by_hand = {name: FieldInfo() for name in self._named_by_init() if name not in known}
        own = {name: about for name, about in self._own_fields().items() if not about.exclude}
        return {**own, **by_hand}

    def _named_by_init(self) -> Iterator[str]:
        """Yield the parameters that constructors outside langchain-core have a name for."""
        for base in self._model_class.__mro__:
            if "__init__" in vars(base) and not base.__module__.startswith(NO_AUTHORS):
                _, *parameters = inspect.signature(base.__init__).parameters.values()
                yield from (one.name for one in parameters if one.kind in NAMED)

    def _owner(self, name: str) -> type | None:
        """Return the class outside langchain-core that declares the field `name`."""
        bases = self._model_class.__mro__
        owner: type = next((base for base in bases if _declares(base, name)), self._model_class)
        return None if owner.__module__.startswith("langchain_core.") else owner

    def _held(self, model: Any, argument: str) -> list[Any]:
        """Return what `model` holds of an argument, which may be the alias of several fields."""
        fields = self._model_class.model_fields.items()
        names = [name for name, about in fields if argument in names_of(name, about)]
        if not names and not hasattr(model, argument):
            not_applicable(f"{argument} is no field of the model: how it is kept cannot be seen")
        held = [getattr(model, name) for name in names or [argument]]
        return [value for value in held if value is not None]


def fresh(value: Any) -> Any:
    """Return `value` with its plain containers copied; what is in them stays the same."""
    if type(value) is dict:  # another mapping may be what the field's type asks for
        return {key: fresh(one) for key, one in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(fresh, value))
    return value


def _declares(base: type, name: str) -> bool:
    """Return whether `base` itself declares the field; Python 3.14 keeps no annotations in it."""
    inherited: set[str] = set()
    for parent in base.__bases__:
        inherited |= set(getattr(parent, "model_fields", {}))
    added = set(getattr(base, "model_fields", {})) - inherited
    return name in added or name in vars(base).get("__annotations__", {})
