"""Secrets that are about to be committed: the same check for what people stage and for what Steward writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from steward.lib.detect import Span, find
from steward.lib.detect.span import apart
from steward.lib.detect.values import MASK
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.principal import Principal
from steward.ports.repository import Repository

ALLOWED = "steward: allow-secret"
"""Written by a person at the end of a line, it lets that line pass: a false alarm, or a value to show."""

_QUOTES = "\u2039\u203a"
Spans = Callable[[str], Iterable[tuple[int, int, str]]]


@dataclass(frozen=True, kw_only=True)
class Leak:
    """One place where a secret would be committed; it never holds the value."""

    NEXT_STEP: ClassVar[str] = (
        "put the value into the vault (`steward secrets set NAME`) and write `secret://NAME`; "
        f"if it is none, a person ends the line with `# {ALLOWED}`"
    )
    path: str
    """File."""
    line: int
    """Line, from 1."""
    kind: str
    """What it looks like."""

    @property
    def where(self) -> str:
        """File and line, as editors read them."""
        return f"{visible_line(self.path)}:{self.line}"


def leaks_in(path: str, text: str, known: Spans | None = None) -> Iterator[Leak]:
    """Yield what a file would leak, but for lines a person has allowed; `known` finds values of the vault."""
    values = (Span(start, end, mask.strip(_QUOTES)) for start, end, mask in (known or _nothing)(text))
    for span in apart((*find(text), *(value for value in values if MASK not in text[value.start : value.end]))):
        first = text.rfind("\n", 0, span.start) + 1
        last = text.find("\n", span.start)
        if ALLOWED not in text[first : last if last >= 0 else len(text)]:
            yield Leak(path=path, line=text.count("\n", 0, span.start) + 1, kind=span.kind)


class CheckedRepository:
    """A repository whose own commits carry no secret; implements `ports.repository.Repository` around another one."""

    def __init__(self, repository: Repository, known: Spans) -> None:
        """`known` finds the values of the vault."""
        self._repository = repository
        self._known = known

    @property
    def path(self) -> str:
        """Folder of the repository."""
        return self._repository.path

    def create(self) -> None:
        """Create it when it is not there."""
        self._repository.create()

    def read(self, path: str) -> str | None:
        """Return the text of a file in the working tree, or None when it is absent."""
        return self._repository.read(path)

    def content(self, path: str) -> bytes | None:
        """Return the bytes of a file in the working tree, or None when it is absent."""
        return self._repository.content(path)

    def files(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files that lie in a folder of the working tree."""
        return self._repository.files(folder)

    def tree(self, folder: str) -> tuple[str, ...]:
        """Return the paths of the files in a folder of the working tree and below it."""
        return self._repository.tree(folder)

    def stamps(self, folder: str) -> Mapping[str, str]:
        """Return the files that lie in a folder, each with a mark that changes with it."""
        return self._repository.stamps(folder)

    def committed(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield `(commit, text)` for every commit that changed this file."""
        return self._repository.committed(path)

    def dated(self, folder: str) -> Mapping[str, datetime]:
        """Return when each file of a folder and below was changed last by a commit."""
        return self._repository.dated(folder)

    def head(self) -> str:
        """Return the commit in force, or an empty text before the first."""
        return self._repository.head()

    def changed(self) -> tuple[str, ...]:
        """Return files with changes that are not committed."""
        return self._repository.changed()

    def write(
        self, files: Mapping[str, str | None], *, message: str, author: Principal, expected: str | None = None
    ) -> str:
        """Write files and commit exactly these; lines that stood there before were a person's decision.

        Raises:
            InvalidInput: a new line or the message holds a secret; it names the place, never the value.
            Conflict: as the port says.
        """
        new = [leak for path, text in files.items() if text for leak in self._new_leaks(path, text)]
        new += leaks_in("the message", message, self._known)
        if new:
            places = ", ".join(f"{leak.where} ({leak.kind})" for leak in new[:5])
            raise InvalidInput("the commit would contain a secret", where=places, next_step=Leak.NEXT_STEP)
        return self._repository.write(files, message=message, author=author, expected=expected)

    def _new_leaks(self, path: str, text: str) -> Iterator[Leak]:
        leaks = list(leaks_in(path, text, self._known))
        old = set((self._repository.read(path) or "").split("\n")) if leaks else set[str]()
        lines = text.split("\n")
        return (leak for leak in leaks if lines[leak.line - 1] not in old)


def _nothing(text: str) -> Iterable[tuple[int, int, str]]:
    del text
    return ()
