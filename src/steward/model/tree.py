"""A folder of files as values: what readers of a repository see of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol


class Tree(Protocol):
    """A folder that does not change while it is read. Paths are relative, with `/`, in one fixed order."""

    def list(self) -> tuple[str, ...]:
        """Return every file that may be read."""
        ...

    def folders(self) -> Collection[str]:
        """Return every folder, the root as an empty text."""
        ...

    def read(self, path: str) -> str | None:
        """Return the text of a file, or None when it is no text or cannot be read."""
        ...
