"""A secret value that never prints, and the reference by which everybody else names it."""

from __future__ import annotations

import re
from typing import Final, final

from steward.lib.record import record

SCHEME: Final = "secret://"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
"""Names of secrets."""
VARIABLE_PREFIX: Final = "STEWARD_SECRET_"
FILE_SUFFIX: Final = "_FILE"
"""`STEWARD_SECRET_<NAME>` holds a value, `STEWARD_SECRET_<NAME>_FILE` names a file that does."""


def variable_of(name: str) -> str:
    """Return the environment variable of a secret: `gitea-token` is `STEWARD_SECRET_GITEA_TOKEN`."""
    return VARIABLE_PREFIX + name.upper().replace("-", "_").replace(".", "_")


def name_of(variable: str) -> str:
    """Return the name of the secret that a variable without `_FILE` holds, written with dashes."""
    return variable.removeprefix(VARIABLE_PREFIX).lower().replace("_", "-")


def referenced(text: str) -> str | None:
    """Return the name in a reference `secret://NAME`, or None where the text is no such reference."""
    name = text.removeprefix(SCHEME)
    return name if name != text and NAME.fullmatch(name) else None


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
