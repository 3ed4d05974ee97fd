"""API keys that cannot be printed: `SecretStr` fields, sealed before anything else sees them.

`SecretStr` alone hides a key once a model exists. Before that, pydantic's errors quote the key, and
the frames of a failed constructor hold it. `docs/explained/secrets.md` says what is promised.
"""

# No `from __future__ import annotations`: constructor.py says why.
import os
from dataclasses import dataclass
from reprlib import repr as shown
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from pydantic import AliasPath, ConfigDict, Field, SecretStr

from langchain_model_parts.constructor import ConstructorMixin, Step, argument_names

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class _Variables:
    """The mark of a secret field: its `json_schema_extra`, which no signature shows."""

    names: tuple[str, ...]

    def __call__(self, schema: dict[str, Any]) -> None:
        """Add nothing to the field's JSON schema."""


def secret_field(*env: str, required: bool = False, **field: Any) -> Any:
    """Return a `SecretStr` field of a `SecretsMixin`, read from the argument or the environment.

    `api_key: SecretStr | None = secret_field("ECHO_API_KEY")` is all that a key needs.

    Args:
        *env: Environment variables. Each construction reads them, and takes the first that is not
            blank. LangChain's `dumps` refers to the secret by the first name.
        required: Whether construction fails when there is neither an argument nor a variable.
        **field: What else `pydantic.Field` takes, such as `alias` or `description`, but no default
            and no `json_schema_extra`. That marks the field as secret, so `Annotated` must not set
            it either.

    Raises:
        ValueError: If no variable is named, if tracing would send a variable to LangSmith, or if an
            `AliasPath` is given: nothing would seal what surrounds the secret.
        TypeError: If the name of a variable is not a string, or `Field` does not take an argument.
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


Sealed = SecretStr | type | None
"""What is left of a value once nothing of it can be shown."""


def _sealed(value: object) -> Sealed:
    """Return a string without the whitespace around it, hidden; the type of anything else."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, str):
        return SecretStr(str.strip(value))  # a subclass may have a `strip` of its own
    return None if value is None else type(value)


def _flaw(sealed: Sealed) -> str:
    """Return why a string is no key: it is blank or masked. Return "" for anything else."""
    if not isinstance(sealed, SecretStr) or (text := sealed.get_secret_value()).strip("*"):
        return ""
    return f"the {'masked' if text else 'blank'} value {shown(text)}"


class _Secret(NamedTuple):
    """What sealing needs to know of one field, worked out once per class."""

    owner: str
    """The name of the model's class."""
    arguments: tuple[str, ...]
    """Every name that the constructor takes it by; the first is the one that pydantic is given."""
    variables: tuple[str, ...]
    required: bool

    def seal(self, data: dict[str, Any]) -> ValueError | None:
        """Leave one sealed value in the arguments, if need be the environment's.

        Returns:
            What is wrong with that value, apart from a wrong type: pydantic finds that.
        """
        argument, *others = self.arguments
        sealed = _sealed(data.pop(argument, None))
        for other in others:
            spare = _sealed(data.pop(other, None))
            sealed = spare if sealed is None else sealed
        if sealed is not None:
            data[argument] = sealed
            return self.refused_argument(sealed)
        for variable in self.variables:
            if sealed := _sealed(os.environ.get(variable)):  # neither unset nor blank
                data[argument] = sealed
                return self.refused_variable(sealed, variable)
        return self.missing() if self.required else None

    def refused_argument(self, sealed: Sealed) -> ValueError | None:
        """Return what is wrong with an argument."""
        if not (flaw := _flaw(sealed)):
            return None
        return ValueError(
            f"{self.owner} got {flaw} for {self.arguments[0]}: "
            f"pass the key itself, or leave it out and set {' or '.join(self.variables)}."
        )

    def refused_variable(self, sealed: Sealed, variable: str) -> ValueError | None:
        """Return what is wrong with the value of a variable."""
        if not (flaw := _flaw(sealed)):
            return None
        return ValueError(
            f"{self.owner} found {flaw} in the variable {variable}: "
            f"set it to the key itself, or pass {self.arguments[0]}=..."
        )

    def refused_assignment(self, sealed: Sealed, name: str) -> TypeError | ValueError | None:
        """Return what is wrong with a value that is assigned to an attribute."""
        if isinstance(sealed, type) or (sealed is None and self.required):
            return TypeError(f"{self.owner}.{name} is a secret, got {sealed}: assign a string.")
        if flaw := _flaw(sealed):
            return ValueError(f"{self.owner}.{name} got {flaw}: assign the key itself.")
        return None

    def missing(self) -> ValueError:
        """Return what to say where there is neither an argument nor a variable."""
        argument, variables = self.arguments[0], " or ".join(self.variables)
        blank = "".join(f" ({v} is set but blank.)" for v in self.variables if v in os.environ)
        return ValueError(
            f"{self.owner} needs {argument}: pass {argument}=... or set {variables}.{blank}"
        )


class SecretsMixin(ConstructorMixin):
    """A model whose `secret_field`s no repr, error, traceback, callback, trace or cache shows.

    Construction seals them before anything else happens, and so does assignment.

    Put it before the model class: `class EchoLLM(SecretsMixin, LLM)`.

    Raises:
        ValueError: If a required secret is missing, or if a secret is blank or masked. A masked one
            consists of asterisks, as a `SecretStr` does after a JSON round trip.
        pydantic.ValidationError: On construction, if a secret is not a string.
        TypeError: On assignment, if a secret is not a string.

    Examples:
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
                tuple(dict.fromkeys([*argument_names(cls, name), name])),
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
            # An alias is sealed too: pydantic refuses it, with the value in its frames.
            if secret := self._secrets_by_argument.get(name):
                value = _sealed(value)  # first, since a failure shows the locals of this frame
                if refusal := secret.refused_assignment(value, name):
                    raise refusal
            super().__setattr__(name, value)
