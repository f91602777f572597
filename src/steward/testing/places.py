"""In-memory stand-ins for the small ports: dialer, stop flag, repository, vault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from steward.lib.canonical import content_hash
from steward.model.errors import Conflict
from steward.model.principal import Principal
from steward.model.secret import Secret


class FakeDialer:
    """Implements `ports.dialer.Dialer`; `answering` holds the `(address, port)` that accept."""

    def __init__(self) -> None:
        self.answering: set[tuple[str, int]] = set()

    async def connects(self, address: str, port: int, *, timeout_seconds: float) -> bool:
        """Tell whether a test lets this address and port answer."""
        del timeout_seconds
        return (address, port) in self.answering


class MemoryFlag:
    """Implements `ports.flag.StopFlag`."""

    def __init__(self) -> None:
        self._is_set = False

    def is_set(self) -> bool:
        """Tell whether the flag is there."""
        return self._is_set

    def set(self, *, by: str, reason: str) -> None:
        """Put the flag there."""
        del by, reason
        self._is_set = True

    def reword(self, change: Callable[[str], str]) -> None:
        """Do nothing: it has no words."""

    def clear(self) -> None:
        """Take it away."""
        self._is_set = False


class MemoryRepository:
    """Implements `ports.repository.Repository`: every write is a commit, kept as a whole tree."""

    def __init__(self) -> None:
        self._tree: dict[str, str] = {}
        self._commits: list[dict[str, str]] = []

    @property
    def path(self) -> str:
        """Return a name for messages."""
        return "memory"

    def create(self) -> None:
        """Do nothing: it is there."""

    def read(self, path: str) -> str | None:
        """Return the text of a file, or None when it is absent."""
        return self._tree.get(path)

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None when it is absent."""
        text = self.read(path)
        return None if text is None else text.encode("latin-1")

    def files(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files that lie in a folder."""
        return tuple(sorted(path for path in self._tree if path.rpartition("/")[0] == folder))

    def tree(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files in a folder and below it."""
        return tuple(sorted(path for path in self._tree if path.startswith(f"{folder}/")))

    def stamps(self, folder: str) -> Mapping[str, str]:
        """Return the files that lie in a folder, each with a mark that changes with it."""
        return {path: content_hash(self._tree[path].encode()) for path in self.files(folder)}

    def edit(self, path: str, text: str) -> None:
        """Change a file as its owner does with an editor, and commit it."""
        self._tree = {**self._tree, path: text}
        self._commits.append(self._tree)

    def committed(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield `(commit, text)` for every commit that changed this file, newest first."""
        for number in range(len(self._commits), 0, -1):
            before = self._commits[number - 2].get(path) if number > 1 else None
            text = self._commits[number - 1].get(path)
            if text is not None and text != before:
                yield f"{number:040x}", text

    def dated(self, folder: str) -> Mapping[str, datetime]:
        """Return nothing: no commit here has a time."""
        del folder
        return {}

    def write(
        self, files: Mapping[str, str | None], *, message: str, author: Principal, expected: str | None = None
    ) -> str:
        """Commit files, unless somebody committed since `expected`."""
        del message, author
        if expected is not None and expected != self.head():
            raise Conflict("the workspace changed meanwhile")
        tree = {**self._tree, **files}
        self._tree = {path: text for path, text in tree.items() if text is not None}
        self._commits.append(self._tree)
        return self.head()

    def head(self) -> str:
        """Return the commit in force, or an empty text before the first."""
        return f"{len(self._commits):040x}" if self._commits else ""

    def changed(self) -> tuple[str, ...]:
        """Return nothing: every edit here is committed."""
        return ()


class MemoryVault:
    """Implements `ports.vault.WritableVault`."""

    name = "memory"

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = dict(values or {})

    def get(self, name: str) -> Secret | None:
        """Return the secret of this name, or None."""
        return Secret(self._values[name]) if name in self._values else None

    def names(self) -> tuple[str, ...]:
        """Return the names there are."""
        return tuple(self._values)

    def put(self, name: str, secret: Secret) -> None:
        """Set a secret."""
        self._values[name] = secret.reveal()

    def remove(self, name: str) -> bool:
        """Take a secret away and tell whether it was there."""
        return self._values.pop(name, None) is not None
