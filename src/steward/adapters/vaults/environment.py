"""Secrets from environment variables, `STEWARD_SECRET_<NAME>`."""

from __future__ import annotations

from collections.abc import Mapping

from steward.model.errors import InvalidInput
from steward.model.secret import FILE_SUFFIX, VARIABLE_PREFIX, Secret, name_of, variable_of


class EnvironmentVault:
    """Reads a mapping that looks like the environment; implements `ports.vault.Vault`.

    A variable that ends in `_FILE` belongs to the files vault and is never a value.
    """

    def __init__(self, *, variables: Mapping[str, str]) -> None:
        self._values = {
            variable: Secret(value)
            for variable, value in variables.items()
            if variable.startswith(VARIABLE_PREFIX) and not variable.endswith(FILE_SUFFIX)
        }

    @property
    def name(self) -> str:
        """Name for messages."""
        return "environment"

    def get(self, name: str) -> Secret | None:
        """Return the secret of this name, or None when its variable is not set.

        Raises:
            InvalidInput: the variable is set and empty.
        """
        variable = variable_of(name)
        secret = self._values.get(variable)
        if secret is not None and not secret.reveal():
            step = "unset it, or give it a value"
            raise InvalidInput(f"the variable {variable} is set and empty", next_step=step)
        return secret

    def names(self) -> tuple[str, ...]:
        """Return the names this vault has."""
        return tuple(sorted(name_of(variable) for variable in self._values))
