"""A secret value that never prints, and the reference by which everybody else names it."""

from __future__ import annotations

from typing import Final, final

from steward.lib.record import record

SCHEME: Final = "secret://"


@record
class SecretRef:
    """The name of a secret and the version that was approved."""

    name: str
    """Name in the vault, without `secret://`."""
    version: str = ""
    """Digest prefix of the value at planning time; a changed value makes the plan stale. Empty before planning."""


@final
class Secret:
    """A value that shows itself only when asked with `reveal()`."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value; the caller passes it to its one destination and keeps no copy."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str:
        msg = "a secret cannot be pickled"
        raise TypeError(msg)
