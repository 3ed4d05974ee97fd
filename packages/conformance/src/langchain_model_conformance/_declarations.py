"""Judging the declarations before any check: what is wrong is said once, with what to write."""

from __future__ import annotations

import difflib
import inspect
import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, ValidationError

from langchain_model_conformance._diagnosis import PlainFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langchain_model_conformance._check import Check
    from langchain_model_conformance._suite import ConformanceSuite

POLICIES = ("include", "exclude", "unsupported")
PACKAGE = __name__.partition(".")[0]


UNDECLARED: Any = object()
"""The value of a declaration that has no default."""


class DeclarationFailure(PlainFailure):
    """One failure for all that is wrong with a class's declarations."""

    def __init__(self, suite: str, problems: list[str], name: str) -> None:
        lines = [f"{suite} cannot be checked ({name} is the first check that ran):"]
        lines += [f"  * {problem}" for problem in problems]
        super().__init__(lines)
        self.problems = problems
        """What is wrong, each with what to write."""


def problems_of(suite: ConformanceSuite, checks: list[Check]) -> list[str]:
    """Return what is wrong with the declarations of `suite`, each with what to write.

    The model is built only when everything else is sound.
    """
    problems = [
        *_class_problems(suite),
        *_stop_policy_problems(suite),
        *_mapping_problems(suite),
        *_prompt_problems(suite),
        *_expected_failure_problems(suite, checks),
        *_misspelt_attributes(suite),
    ]
    if not problems:
        problems += _argument_problems(suite)
    if not problems:
        problems += _building_problems(suite)
    return problems


def _class_problems(suite: ConformanceSuite) -> Iterator[str]:
    name, base = suite._class_name, suite._base.__name__
    declared = getattr(suite, name)
    if declared is UNDECLARED:
        yield f"{name} is missing: write {name} = YourModel."
    elif not (isinstance(declared, type) and issubclass(declared, suite._base)):
        # A class by its name; an instance by its type, since it may print its key.
        got = getattr(declared, "__name__", type(declared).__name__)
        yield f"{name} must be a subclass of {base}, got {got}: name the class itself."
    elif inspect.isabstract(declared):
        missing = ", ".join(sorted(declared.__abstractmethods__))
        yield f"{name} = {declared.__name__} is abstract: implement {missing}."


def _stop_policy_problems(suite: ConformanceSuite) -> Iterator[str]:
    choices = ", ".join(f'"{policy}"' for policy in POLICIES)
    if suite.stop_policy is UNDECLARED:
        yield (
            f"stop_policy is missing: write one of {choices}. It has no default because providers "
            "differ; LangChain's checklist asks for a stop that is included."
        )
    elif suite.stop_policy not in POLICIES:
        yield f"stop_policy must be one of {choices}, got {suite.stop_policy!r}: write one of them."


def _mapping_problems(suite: ConformanceSuite) -> Iterator[str]:
    for name, example in (
        (suite._params_name, '{"n": 1000}'),
        ("distinguishing_params", '{"n": 3}'),
        ("secret_params", '{"api_key": "ECHO_API_KEY"}'),
    ):
        value = getattr(suite, name)
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            got = type(value).__name__  # its values may be secrets
            yield f"{name} must map argument names to values, got {got}: write {example}."
        elif name == "secret_params" and not all(_is_text(variable) for variable in value.values()):
            yield f"secret_params must map arguments to environment variables: write {example}."


def _prompt_problems(suite: ConformanceSuite) -> Iterator[str]:
    for name in ("empty_prompt", "error_prompt"):
        value = getattr(suite, name)
        if value is not None and not isinstance(value, str):
            yield f"{name} must be a str or None, got {value!r}: write the prompt's text."
    answer: Any
    try:
        answer = suite.expected_completion("a prompt")
    except Exception as error:  # noqa: BLE001  # the user's own code, whatever it raises
        answer = error
    if answer is not None and not isinstance(answer, str):
        yield (
            "expected_completion(self, prompt) must return the exact text or None, "
            f"got {answer!r}: return None where the text is not known."
        )


def _expected_failure_problems(suite: ConformanceSuite, checks: list[Check]) -> Iterator[str]:
    declared: Any = suite.expected_failures
    if not isinstance(declared, Mapping):
        yield (
            f"expected_failures must map check ids to reasons, got {declared!r}: "
            'write {"stop_respected": "why"}.'
        )
        return
    known = list(itertools.chain.from_iterable(about.names() for about in checks))
    for name, reason in declared.items():
        if name not in known:
            yield f"expected_failures names {name!r}, which is no check{_nearest(name, known)}"
        elif not _is_text(reason):
            yield f"expected_failures[{name!r}] must say why in a str, got {reason!r}."


def _misspelt_attributes(suite: ConformanceSuite) -> Iterator[str]:
    """Find what the user's class defines and no suite reads: most likely a misspelt declaration.

    Methods and fixtures of the user's own are fine unless their name is nearly a declaration's.
    """
    own = [
        base
        for base in type(suite).__mro__
        if hasattr(base, "expected_failures") and not base.__module__.startswith(f"{PACKAGE}.")
    ]
    foreign = {
        name
        for base in type(suite).__mro__
        if base not in own
        for name in vars(base)  # this package's names, and another suite's that is mixed in
    }
    declarations = sorted(name for name in foreign if _is_declaration(name))
    for base in own:
        for name, value in vars(base).items():
            if name in foreign or not _is_declaration(name):
                continue
            advice = _nearest(name, declarations)
            helper = callable(value) or isinstance(value, (property, classmethod, staticmethod))
            if advice != "." or not helper:
                yield f"{name} is no declaration{advice}"


def _is_declaration(name: str) -> bool:
    return not name.startswith(("_", "test", "pytest"))


def _argument_problems(suite: ConformanceSuite) -> Iterator[str]:
    known = set(_arguments(suite._model_class))
    open_to_all = suite._model_class.model_config.get("extra") == "allow"
    for declaration in (suite._params_name, "distinguishing_params", "secret_params"):
        for name in getattr(suite, declaration):
            # An unknown name may still be taken: some classes collect them as `model_kwargs`. So
            # only what is nearly a known name is a mistake: top_k and top_p (0.8) are two.
            advice = "." if open_to_all else _nearest(name, known, cutoff=0.81)
            if name not in known and (advice != "." or declaration == "secret_params"):
                class_name = suite._model_class.__name__
                yield f"{declaration} names {name!r}, no argument of {class_name}{advice}"
    fields = suite._model_class.model_fields.items()
    defaults = {name: about.default for name, about in fields}
    for name, value in suite.distinguishing_params.items():
        given = name in suite._params
        if _same(suite._params[name] if given else defaults.get(name, UNDECLARED), value):
            where = f"that {suite._params_name} has" if given else "it has by default"
            yield (
                f"distinguishing_params[{name!r}] is the value {where}: "
                "write another one, which changes answers."
            )


def _building_problems(suite: ConformanceSuite) -> Iterator[str]:
    attempts: list[tuple[str, dict[str, Any]]] = [(suite._params_name, {})]
    attempts += [
        (f"distinguishing_params[{name!r}]", {name: value})
        for name, value in suite.distinguishing_params.items()
    ]
    for declaration, changed in attempts:
        try:
            suite._new(**changed)
        except Exception as error:  # noqa: BLE001, PERF203  # it refuses, once
            given = ", ".join(sorted({*suite._params, *suite.secret_params, *changed})) or "nothing"
            yield (
                f"{suite._model_class.__name__} refuses {declaration} (given: {given}): "
                f"{suite._censored(_refusal(error))} Write arguments that the class accepts."
            )
            return


def _refusal(error: Exception) -> str:
    """Return why a constructor refused, without what it was given: that may be a secret."""
    if not isinstance(error, ValidationError):
        return f"{type(error).__name__}: {error}".rstrip(".") + "."
    parts = [
        f"{'.'.join(map(str, item['loc'])) or 'the model'}: {item['msg']}."
        for item in error.errors(include_input=False, include_url=False, include_context=False)
    ]
    return " ".join(parts)


def _arguments(model_class: Any) -> Iterator[str]:
    for name, about in model_class.model_fields.items():
        yield from names_of(name, about)
    # A hand-written constructor names arguments of its own.
    yield from inspect.signature(model_class.__init__).parameters


def names_of(name: str, about: Any) -> set[str]:
    """Return every name of the field `name` that a constructor may take it under."""
    alias = about.validation_alias  # which a plain `alias` fills too
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return {name, *(one for one in choices if isinstance(one, str))}


def _nearest(name: str, known: Iterable[str], cutoff: float = 0.75) -> str:
    """Return the end of a sentence that names the nearest known name, or just its full stop."""
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f": write {nearest[0]!r}." if nearest else "."


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
