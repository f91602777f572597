"""The workspace's version control."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from steward.model.principal import Principal


class Repository(Protocol):
    """A git repository of plain text. Paths are relative to its root."""

    @property
    def path(self) -> str:
        """Folder of the repository."""
        ...

    def create(self) -> None:
        """Create it when it is not there; an existing one is left alone."""
        ...

    def read(self, path: str) -> str | None:
        """Return the text of a file in the working tree, or None when it is absent."""
        ...

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a file in the working tree, or None when it is absent; a very large one is cut."""
        ...

    def files(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files that lie in a folder of the working tree, sorted; none where it is absent."""
        ...

    def tree(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files in a folder of the working tree and below it, sorted; links are left out."""
        ...

    def stamps(self, folder: str) -> Mapping[str, str]:
        """Return the files that lie in a folder, each with a mark that changes with it; none where it is absent.

        A file whose mark could miss a change has an empty one, and is read.
        """
        ...

    def committed(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield `(commit, text)` for every commit that changed this file and left readable text, newest first."""
        ...

    def dated(self, folder: str) -> Mapping[str, datetime]:
        """Return when each file of a folder and below was changed last by a commit; none for a new repository."""
        ...

    def write(
        self, files: Mapping[str, str | None], *, message: str, author: Principal, expected: str | None = None
    ) -> str:
        """Write files and commit exactly these, as one commit by this author; return the commit.

        A file whose text is None is taken away.

        Raises:
            Conflict: `expected` is given and is no longer the commit in force, or a file has changes of
                somebody else that are not committed; nothing was written.
        """
        ...

    def head(self) -> str:
        """Return the commit in force, or an empty text before the first."""
        ...

    def changed(self) -> tuple[str, ...]:
        """Return files with changes that are not committed."""
        ...
