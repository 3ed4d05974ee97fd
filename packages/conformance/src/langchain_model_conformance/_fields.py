"""What a model class says of its arguments: their names, and which author declares them."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_AUTHORS = ("langchain_core", "pydantic")
INSTALLED = {"site-packages", "dist-packages"}
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
LOOKED_AT = 5000  # objects: a client holds a few hundred, its modules are not followed


def names_of(name: str, about: Any) -> set[str]:
    """Return every name of the field `name` that a constructor may take it under."""
    alias = about.validation_alias  # which a plain `alias` fills too
    choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
    return {name, *(one for one in choices if isinstance(one, str))}


def arguments(model_class: Any) -> set[str]:
    """Return every name that the constructor takes an argument under."""
    fields = model_class.model_fields.items()
    by_hand = inspect.signature(model_class.__init__).parameters
    return {*by_hand, *(one for name, about in fields for one in names_of(name, about))}


def own_fields(model_class: Any) -> dict[str, Any]:
    """Return the fields that the class's author declares.

    A base class from langchain-core, or from another installed distribution, has other authors.
    """
    fields = model_class.model_fields.items()
    return {name: about for name, about in fields if _is_own(model_class, owner(model_class, name))}


def own_arguments(model_class: Any) -> dict[str, Any]:
    """Return the own fields that callers are meant to pass: not a client kept out of dumps.

    A constructor by hand may name others, of which nothing is known but the name.
    """
    fields = model_class.model_fields.items()
    known = {one for name, about in fields for one in names_of(name, about)}
    by_hand = {name: FieldInfo() for name in _named_by_init(model_class) if name not in known}
    own = {name: about for name, about in own_fields(model_class).items() if not about.exclude}
    return {**own, **by_hand}


def is_foreign(model_class: Any, argument: str) -> bool:
    """Return whether an argument fills only fields that other authors declare."""
    fields = model_class.model_fields.items()
    filled = {name for name, about in fields if argument in names_of(name, about)}
    return bool(filled) and not filled & set(own_fields(model_class))


def owner(model_class: Any, name: str) -> type:
    """Return the class that declares the field `name`."""
    bases: tuple[type, ...] = model_class.__mro__
    return next((base for base in bases if _declares(base, name)), bases[0])


def held(model: Any, argument: str) -> list[Any] | None:
    """Return what `model` holds of an argument, which may be the alias of several fields.

    None if the argument is no attribute: how it is kept cannot be seen.
    """
    fields = type(model).model_fields.items()
    names = [name for name, about in fields if argument in names_of(name, about)]
    if not names and not hasattr(model, argument):
        return None
    values = [getattr(model, name) for name in names or [argument]]
    return [value for value in values if value is not None]


def reaches(model: Any, secret: str) -> bool:
    """Return whether the model, or a client that it made, holds `secret` anywhere."""
    seen: dict[int, Any] = {}
    waiting = [model]
    while waiting and len(seen) < LOOKED_AT:
        one = waiting.pop(0)
        if id(one) in seen or inspect.ismodule(one) or isinstance(one, type):
            continue
        seen[id(one)] = one
        if isinstance(one, SecretStr):
            one = one.get_secret_value()
        if isinstance(one, (str, bytes)):
            if secret in (one if isinstance(one, str) else one.decode("latin-1")):
                return True
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, (list, tuple, set)):
            waiting += one
        else:
            waiting += getattr(one, "__dict__", {}).values()
            waiting.append(getattr(one, "__pydantic_private__", None))
    return False


def plain(value: Any) -> Any:
    """Return a secret as its text, and anything else as it is."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def fresh(value: Any) -> Any:
    """Return `value` with its plain containers copied; what is in them stays the same."""
    if type(value) is dict:  # another mapping may be what the field's type asks for
        return {key: fresh(one) for key, one in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(fresh, value))
    return value


def _is_own(model_class: type, base: type) -> bool:
    package, mine = (one.__module__.partition(".")[0] for one in (base, model_class))
    if package == mine or package in NO_AUTHORS:
        return package not in NO_AUTHORS
    where = getattr(sys.modules.get(package), "__file__", None) or ""
    return not INSTALLED & set(Path(where).parts)


def _named_by_init(model_class: Any) -> Iterator[str]:
    """Yield the parameters that the author's constructors have a name for."""
    for base in model_class.__mro__:
        if "__init__" in vars(base) and _is_own(model_class, base):
            _, *parameters = inspect.signature(base.__init__).parameters.values()
            yield from (one.name for one in parameters if one.kind in NAMED)


def _declares(base: type, name: str) -> bool:
    """Return whether `base` itself declares the field; Python 3.14 keeps no annotations in it."""
    inherited: set[str] = set()
    for parent in base.__bases__:
        inherited |= set(getattr(parent, "model_fields", {}))
    added = set(getattr(base, "model_fields", {})) - inherited
    return name in added or name in vars(base).get("__annotations__", {})
