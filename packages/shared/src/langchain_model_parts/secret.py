"""API keys that cannot be printed: `SecretStr` fields, sealed before anything else sees them.

`SecretStr` alone hides a key once a model exists. Before that, pydantic's errors quote it and the
frames of a failed constructor hold it. The README says what is promised and what is not.
"""

# No `from __future__ import annotations`: constructor.py says why.
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import AliasPath, ConfigDict, Field, SecretStr

from langchain_model_parts.constructor import ConstructorMixin, Step, argument_names

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class _Variables:
    """Marks a field as secret; rides on its `json_schema_extra`, which no signature shows."""

    names: tuple[str, ...]

    def __call__(self, schema: dict[str, Any]) -> None:
        """Add nothing to the field's JSON schema."""


def secret_field(*env: str, required: bool = False, **field: Any) -> Any:
    """Return a `SecretStr` field of a `SecretsMixin`, read from the argument or the environment.

    `api_key: SecretStr | None = secret_field("ECHO_API_KEY")` is all that a key needs.

    Args:
        *env: Environment variables, read at each construction; the first that is not blank counts.
            LangChain's `dumps` refers to the secret by the first name.
        required: Whether construction fails when there is neither an argument nor a variable.
        **field: What else `pydantic.Field` takes, such as `alias` or `description`, save a default
            and `json_schema_extra`. The latter marks the field as secret, so `Annotated` must not
            give one either.

    Raises:
        ValueError: If there is no variable, or one that LangSmith's tracing sends along, or an
            `AliasPath`, since what surrounds the secret would not be sealed.
        TypeError: If a variable is no string, or `field` has what `Field` does not take.
    """
    names: tuple[object, ...] = env
    if not all(isinstance(name, str) for name in names):
        raise TypeError(
            f"A secret is read from variables named by strings, got {env!r}: "
            'pass for example secret_field("MY_API_KEY", "MY_OLD_API_KEY").'
        )
    if not env or any(name.startswith(("LANGCHAIN_", "LANGSMITH_")) for name in env):
        raise ValueError(
            f"A secret cannot be read from the variables {env!r}: name at least one, "
            "and none that starts with LANGCHAIN_ or LANGSMITH_, which tracing records."
        )
    default = ... if required else None
    info: FieldInfo = Field(default, json_schema_extra=_Variables(env), **field)
    alias = info.validation_alias
    if any(isinstance(choice, AliasPath) for choice in getattr(alias, "choices", [alias])):
        raise ValueError(
            f"A secret cannot be read from {alias!r}: "
            "what surrounds it would not be sealed; use a plain alias."
        )
    return info


Sealed = SecretStr | str | type | None
"""A key, a blank or masked string as it is, of all that is no string the type, or nothing."""


class _Secret(NamedTuple):
    """What sealing needs to know of one field, worked out once per class."""

    owner: str
    arguments: tuple[str, ...]
    """Every name that the constructor takes it by; the first is the one that pydantic is given."""
    variables: tuple[str, ...]
    required: bool

    def seal(self, data: dict[str, Any]) -> ValueError | None:
        """Leave one sealed value in the arguments, if need be the environment's."""
        sealed = None
        for argument in self.arguments:
            given = _sealed(data.pop(argument, None))
            if sealed is None:
                sealed = given
        variable = None
        if sealed is None:
            sealed, variable = self.from_environment()
        if sealed is not None:
            data[self.arguments[0]] = sealed
        return self.problem(sealed, variable)

    def from_environment(self) -> tuple[Sealed, str | None]:
        """Return the first variable's value that is not blank, and the variable."""
        for variable in self.variables:
            if sealed := _sealed(os.environ.get(variable)):
                return sealed, variable
        return None, None

    def problem(self, sealed: Sealed, variable: str | None) -> ValueError | None:
        """Return what is wrong, apart from a wrong type: pydantic finds that."""
        argument, variables = self.arguments[0], " or ".join(self.variables)
        if isinstance(sealed, str):
            if variable is not None:
                return ValueError(
                    f"{self.owner} found {_no_key(sealed)} in the variable {variable}: "
                    f"set it to the key itself, or pass {argument}=..."
                )
            return ValueError(
                f"{self.owner} got {_no_key(sealed)} for {argument}: "
                f"pass the key itself, or leave it out and set {variables}."
            )
        if sealed is not None or not self.required:
            return None
        blank = "".join(f" ({v} is set but blank.)" for v in self.variables if v in os.environ)
        return ValueError(
            f"{self.owner} needs {argument}: pass {argument}=... or set {variables}.{blank}"
        )


def _sealed(value: object) -> Sealed:
    """Return a value of which nothing can be shown, without the whitespace around a string."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if not isinstance(value, str):
        return None if value is None else type(value)
    text = str.strip(value)  # a subclass may have a `strip` of its own
    return SecretStr(text) if text.strip("*") else text


def _no_key(text: str) -> str:
    return f"the {'masked' if text else 'blank'} value {text!r}"


class SecretsMixin(ConstructorMixin):
    """A model whose `secret_field`s no repr, error, traceback, callback, trace or cache shows.

    They are sealed at the very start of construction and on assignment, whatever was passed.

    Put it before the model class: `class EchoLLM(SecretsMixin, LLM)`.

    Raises:
        ValueError: If a required secret is missing, or one is blank or masked (only asterisks, as
            a JSON round trip of a `SecretStr` leaves).
        pydantic.ValidationError: On construction, if a secret is no string.
        TypeError: On assignment, if a secret is no string.

    Example:
        >>> class Login(SecretsMixin):
        ...     password: SecretStr = secret_field("ECHO_PASSWORD", required=True)
        >>> Login(password="hunter2")
        Login(password=SecretStr('**********'))
        >>> Login()
        Traceback (most recent call last):
        ValueError: Login needs password: pass password=... or set ECHO_PASSWORD.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    _secrets: ClassVar[dict[str, _Secret]]
    _secrets_by_argument: ClassVar[dict[str, _Secret]]

    @classmethod
    def _constructor_steps(cls) -> tuple[Step, ...]:
        cls._secrets = {
            name: _Secret(
                cls.__name__,
                (*argument_names(cls, name), name),
                info.json_schema_extra.names,
                info.is_required(),
            )
            for name, info in cls.model_fields.items()
            if isinstance(info.json_schema_extra, _Variables)
        }
        cls._secrets_by_argument = {a: s for s in cls._secrets.values() for a in s.arguments}
        return (*(s.seal for s in cls._secrets.values()), *super()._constructor_steps())

    @property
    def lc_secrets(self) -> dict[str, str]:
        """The name by which LangChain's `dumps` refers to each secret: its first variable."""
        return {name: secret.variables[0] for name, secret in self._secrets.items()}

    # A type checker that saw this method would let any attribute be assigned.
    if not TYPE_CHECKING:  # pragma: no branch

        def __setattr__(self, name: str, value: Any) -> None:
            # An alias too: pydantic refuses it, with the value in its frames.
            if secret := self._secrets_by_argument.get(name):
                value = _sealed(value)
                if isinstance(value, type) or (value is None and secret.required):
                    raise TypeError(
                        f"{secret.owner}.{name} is a secret, got {value}: assign a string."
                    )
                if isinstance(value, str):
                    raise ValueError(
                        f"{secret.owner}.{name} got {_no_key(value)}: assign the key itself."
                    )
            super().__setattr__(name, value)
