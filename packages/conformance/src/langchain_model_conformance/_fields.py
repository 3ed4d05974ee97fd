"""What a model class says of its arguments: their names, and which author declares them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_AUTHORS = ("langchain_core", "pydantic")
INSTALLED = {"site-packages", "dist-packages"}
NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
LOOKED_AT = 5000  # objects: a client holds a few hundred, an error half of its library


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
    """Return the fields that the author declares, not one of another installed distribution."""
    fields = model_class.model_fields.items()
    return {name: about for name, about in fields if _is_own(model_class, owner(model_class, name))}


def own_arguments(model_class: Any) -> dict[str, Any]:
    """Return the own fields that callers are meant to pass: not a client kept out of dumps."""
    # A constructor by hand may name others, of which nothing is known but the name.
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
    """Return what `model` holds of an argument or alias; None if it is no attribute."""
    fields = type(model).model_fields.items()
    names = [name for name, about in fields if argument in names_of(name, about)]
    if not names and not hasattr(model, argument):
        return None
    values = [getattr(model, name) for name in names or [argument]]
    return [value for value in values if value is not None]


def reaches(model: Any, secret: str) -> bool:
    """Return whether the model, or a client that it made, holds `secret` anywhere."""
    return any(secret in text for _, text in texts_within(model, ""))


def texts_within(value: object, where: str, closed: Any = ()) -> Iterator[tuple[str, str]]:
    """Yield each text within reach of `value`, after what leads to it; not in what is `closed`."""
    waiting = [(where, value)]
    known: dict[int, object] = {}  # by identity; kept, so that no identity is used twice
    while waiting and len(known) < LOOKED_AT:
        where, one = waiting.pop(0)
        if isinstance(one, (str, bytes)):
            yield where, one if isinstance(one, str) else one.decode("latin-1")
        elif id(one) not in known and not isinstance(one, (type, ModuleType, *closed)):
            known[id(one)] = one
            waiting += [(f"{where}.{name}", part) for name, part in _parts(one).items()]


def _parts(value: object) -> Mapping[Any, Any]:
    if isinstance(value, (list, tuple, set)):
        return dict(enumerate(value))
    private = getattr(value, "__pydantic_private__", None) or {}
    return value if isinstance(value, Mapping) else {**getattr(value, "__dict__", {}), **private}


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
    inherited = any(name in getattr(parent, "model_fields", {}) for parent in base.__bases__)
    added = name in getattr(base, "model_fields", {}) and not inherited
    return added or name in vars(base).get("__annotations__", {})
