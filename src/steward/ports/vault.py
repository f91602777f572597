"""Where secrets come from."""

from __future__ import annotations

from typing import Protocol

from steward.model.secret import Secret


class Vault(Protocol):
    """One source of secrets. Absent is None; a vault that cannot be read raises, it never looks empty."""

    @property
    def name(self) -> str:
        """Name for messages: `age`, `environment`, `files`."""
        ...

    def get(self, name: str) -> Secret | None:
        """Return the secret of this name, or None when this vault does not have it.

        Raises:
            StewardError: the vault is there and cannot be read.
        """
        ...

    def names(self) -> tuple[str, ...]:
        """Return the names this vault has, never a value."""
        ...


class WritableVault(Vault, Protocol):
    """A vault that Steward can change."""

    def put(self, name: str, secret: Secret) -> None:
        """Set a secret, new or not, as a whole or not at all.

        Raises:
            StewardError: nothing was changed.
        """
        ...

    def remove(self, name: str) -> bool:
        """Take a secret away and tell whether it was there.

        Raises:
            StewardError: nothing was changed.
        """
        ...
