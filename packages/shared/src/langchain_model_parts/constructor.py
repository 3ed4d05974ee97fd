"""A constructor that hides what must not be shown, then refuses what is wrong, then calls pydantic.

Pydantic and LangChain pass the arguments from frame to frame. Tools such as pytest and Sentry print
the frames of a failed call. So every step changes the one dictionary that the outermost `__init__`
holds, and no error is raised before every step has hidden its part.
"""

# No `from __future__ import annotations` here: it hides `ClassVar` from pydantic before 2.10. That
# takes the variable for a private attribute, which slows each construction and keeps a model's own
# `model_post_init` from running.
import difflib
from collections.abc import Callable
from itertools import chain
from typing import Any, ClassVar

from pydantic import AliasChoices, AliasPath, BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

Step = Callable[[dict[str, Any]], ValueError | None]
"""Hides in the arguments what no error may show. Returns what is wrong, and never raises."""


def argument_names(model: type[BaseModel], field: str) -> list[str]:
    """Return the names that a model's constructor takes a field by, in pydantic's order."""
    config = model.model_config
    alias = model.model_fields[field].validation_alias
    names = []
    if alias is not None and config.get("validate_by_alias", True):
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias]
        names = [str(c.path[0] if isinstance(c, AliasPath) else c) for c in choices]
    if not names or config.get("populate_by_name") or config.get("validate_by_name"):
        names.append(field)
    return list(dict.fromkeys(names))


class ConstructorMixin(BaseModel):
    """A constructor that runs the steps of all its mixins, and only then raises what they found."""

    _steps: ClassVar[tuple[Step, ...]]

    def __init__(self, /, **data: Any) -> None:
        problem = None
        for step in self._steps:
            problem = step(data) or problem
        if problem:
            raise problem
        super().__init__(**data)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._steps = cls._constructor_steps()

    @classmethod
    def _constructor_steps(cls) -> tuple[Step, ...]:
        """Return the steps of this class. Pydantic calls it once per class."""
        return ()


class StrictArgumentsMixin(ConstructorMixin):
    """A model that refuses unknown arguments, naming the nearest known one and never a value.

    LangChain's models ignore unknown arguments, so nobody notices a misspelt `stops=` or `apikey=`.
    Pydantic's own `extra="forbid"` prints the value, which may be a key. With `extra="allow"` the
    model takes unknown arguments. An argument that is given under two of its names is refused in
    any case. A secret may be given so: the value under its alias counts.

    Put it before the model class: `class EchoLLM(StrictArgumentsMixin, LLM)`.

    Raises:
        pydantic.ValidationError: One error of type `unknown_argument` or `repeated_argument` for
            each such argument.

    Examples:
        >>> class Options(StrictArgumentsMixin):
        ...     stop: list[str] = []
        >>> try:
        ...     Options(stops=["END"])
        ... except ValueError as error:
        ...     print(error.errors()[0]["msg"])
        Options has no argument 'stops'; did you mean 'stop'?
    """

    _arguments: ClassVar[frozenset[str]]
    _synonyms: ClassVar[list[list[str]]]

    @classmethod
    def _constructor_steps(cls) -> tuple[Step, ...]:
        names = [argument_names(cls, field) for field in cls.model_fields]
        cls._arguments = frozenset(chain.from_iterable(names))
        cls._synonyms = [synonyms for synonyms in names if len(synonyms) > 1]
        # Last, since an earlier step may move a value to a name that is known.
        return (*super()._constructor_steps(), cls._refuse_arguments)

    @classmethod
    def _refuse_arguments(cls, data: dict[str, Any]) -> ValueError | None:
        wrong: dict[str, PydanticCustomError] = {}
        if cls.model_config.get("extra") != "allow":
            for name in data.keys() - cls._arguments:
                message = f"{cls.__name__} has no argument {name!r}; {cls._advice(name)}"
                wrong[name] = PydanticCustomError("unknown_argument", message)
        for synonyms in cls._synonyms:
            first, *others = [name for name in synonyms if name in data] or [""]
            for name in others:
                message = f"{cls.__name__} got {first!r} and {name!r}, the same thing; pass one."
                wrong[name] = PydanticCustomError("repeated_argument", message)
        if not wrong:
            return None
        errors = []
        for name in sorted(wrong):
            data[name] = type(data[name])
            errors.append(InitErrorDetails(type=wrong[name], loc=(name,), input=data[name]))
        return ValidationError.from_exception_data(cls.__name__, errors, hide_input=True)

    @classmethod
    def _advice(cls, name: str) -> str:
        known = {argument.lower(): argument for argument in cls._arguments}
        if nearest := difflib.get_close_matches(name.lower(), known, n=1):
            return f"did you mean {known[nearest[0]]!r}?"
        return f"it takes {', '.join(sorted(cls._arguments))}."
