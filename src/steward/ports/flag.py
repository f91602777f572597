"""The stop flag: a file beside the store that works with the database locked and the disk full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class StopFlag(Protocol):
    """Set by anybody, cleared by a person through Steward."""

    def is_set(self) -> bool:
        """Tell whether the flag is there. A flag that cannot be looked at counts as set."""
        ...

    def set(self, *, by: str, reason: str) -> None:
        """Put the flag there; who and why are written when the disk allows it."""
        ...

    def reword(self, change: Callable[[str], str]) -> None:
        """Pass who and why through a function, if they are there; the flag stays set throughout."""
        ...

    def clear(self) -> None:
        """Take the flag away."""
        ...
