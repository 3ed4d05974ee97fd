"""Judging the declarations before any check: what is wrong is said once, with what to write."""

from __future__ import annotations

import difflib
import functools
import inspect
import itertools
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from langchain_model_conformance._check import checks_of, replaced_in
from langchain_model_conformance._declarations import DECLARATIONS, UNDECLARED
from langchain_model_conformance._diagnosis import attempt
from langchain_model_conformance._fields import arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from langchain_model_conformance._declarations import Declared

PACKAGE = __name__.partition(".")[0]


def problems_of(suite: Declared) -> list[str]:
    """Return all that is wrong with the declarations of `suite`, each with what to write."""
    of_the_class = list(_class_problems(suite))
    of_values = {
        row.name: list(row.problems(getattr(suite, row.name)))
        for row in DECLARATIONS
        if hasattr(suite, row.name)
    }
    problems = [*of_the_class, *itertools.chain.from_iterable(of_values.values())]
    if not of_values["expected_failures"]:
        problems += _unknown_checks(suite)
    problems += [*_completion_problems(suite), *_misspelt_attributes(suite)]
    maps = (suite._params_name, "distinguishing_params", "secret_params")
    if not (of_the_class or any(of_values[name] for name in (*maps, "default_stop_param"))):
        # What is given as an unknown argument is refused too: that would be said twice.
        problems += [*_argument_problems(suite, maps)] or _building_problems(suite)
    return problems


def _class_problems(suite: Declared) -> Iterator[str]:
    name, base = suite._class_name, suite._base
    declared = getattr(suite, name)
    if declared is UNDECLARED:
        yield f"{name} is missing: write {name} = YourModel."
    elif not (isinstance(declared, type) and issubclass(declared, base)):
        # A class by its name; an instance by its type, since it may print its key.
        got = getattr(declared, "__name__", type(declared).__name__)
        yield f"{name} must be a subclass of {base.__name__}, got {got}: name the class itself."
    elif inspect.isabstract(declared):
        missing = ", ".join(sorted(declared.__abstractmethods__))
        yield f"{name} = {declared.__name__} is abstract: implement {missing}."


def _completion_problems(suite: Declared) -> Iterator[str]:
    answer: Any
    answer, error = attempt(lambda: suite.expected_completion("a prompt"))
    got = answer if error is None else error
    if not (got is None or isinstance(got, str)):
        must = "expected_completion(self, prompt) must return the exact text or None"
        yield f"{must}, got {got!r}: return None where the text is not known."


def _unknown_checks(suite: Declared) -> Iterator[str]:
    replaced = replaced_in(type(suite))
    known = [name for about in checks_of(type(suite)) for name in about.names()]
    for name in suite.expected_failures:
        if name.partition("[")[0] in replaced:
            yield f"expected_failures names {name!r}, which this class replaces: delete the entry."
        elif name not in known:
            yield f"expected_failures names {name!r}, which is no check{_nearest(name, known)}"


def _misspelt_attributes(suite: Declared) -> Iterator[str]:
    """Find what the user's class defines under nearly a declaration's name, and no suite reads."""
    own, foreign = [], set()
    for base in type(suite).__mro__:
        if hasattr(base, "expected_failures") and not base.__module__.startswith(f"{PACKAGE}."):
            own.append(base)
        else:  # this package's names, and another suite's that is mixed in
            foreign |= {name for name in vars(base) if not name.startswith(("_", "test", "pytest"))}
    for name in itertools.chain.from_iterable(map(vars, own)):
        advice = "." if name in foreign else _nearest(name, foreign)
        if advice != ".":
            yield f"{name} is no declaration{advice}"


def _argument_problems(suite: Declared, maps: Iterable[str]) -> Iterator[str]:
    model_class = suite._model_class
    known = arguments(model_class)
    open_to_all = model_class.model_config.get("extra") == "allow"
    for declaration in maps:
        for name in getattr(suite, declaration):
            # An unknown name may still be taken: some classes collect them as `model_kwargs`. So
            # only what is nearly a known name is a mistake: top_k and top_p (0.8) are two.
            advice = "." if open_to_all else _nearest(name, known, cutoff=0.81)
            if name not in known and (advice != "." or declaration == "secret_params"):
                yield f"{declaration} names {name!r}, no argument of {model_class.__name__}{advice}"
    stops = suite.default_stop_param
    if stops is not None and stops not in known:
        advice = _nearest(stops, known)
        yield f"default_stop_param is {stops!r}, no argument of {model_class.__name__}{advice}"
    defaults = {name: about.default for name, about in model_class.model_fields.items()}
    for name, value in suite.distinguishing_params.items():
        usual = {**defaults, **suite._params}.get(name, UNDECLARED)
        if type(usual) is type(value) and usual == value:
            given = name in suite._params
            where = f"that {suite._params_name} has" if given else "it has by default"
            same = f"distinguishing_params[{name!r}] is the value {where}"
            yield f"{same}: write another one, which changes answers."


def _building_problems(suite: Declared) -> list[str]:
    """Return why the class refuses what is declared; one refusal of the rest says it all."""
    if problem := _refusal(suite, suite._params_name):
        return [problem]
    others = suite.distinguishing_params.items()
    refusals = [_refusal(suite, f"distinguishing_params[{n!r}]", **{n: one}) for n, one in others]
    return [*filter(None, refusals)]


def _refusal(suite: Declared, declaration: str, **changed: Any) -> str:
    """Return why a model cannot be built, without what was given: that may be a secret."""
    _, error = attempt(functools.partial(suite._new, **changed))
    if not error:
        return ""
    why = f"{type(error).__name__}: {error}".rstrip(".") + "."
    if isinstance(error, ValidationError):
        items = error.errors(include_input=False, include_url=False, include_context=False)
        whys = (f"{'.'.join(map(str, i['loc'])) or 'the model'}: {i['msg']}." for i in items)
        why = " ".join(whys)
    given = ", ".join(sorted({*suite._params, *suite.secret_params, *changed})) or "nothing"
    return (
        f"{suite._model_class.__name__} refuses {declaration} (given: {given}): "
        f"{suite._censored(why)} Write arguments that the class accepts."
    )


def _nearest(name: str, known: Iterable[str], cutoff: float = 0.75) -> str:
    """Return the end of a sentence that names the nearest known name, or just its full stop."""
    nearest = difflib.get_close_matches(name, sorted(known), n=1, cutoff=cutoff)
    return f": write {nearest[0]!r}." if nearest else "."
