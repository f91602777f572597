"""What the registered repositories declare: read when a folder changed, and kept in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from steward.core.repository_list import RegisteredRepositories
from steward.model.declared import Declaration
from steward.model.errors import InvalidFile, StewardError
from steward.model.registered import DeclaredIn, RegisteredRepository


@dataclass(frozen=True, kw_only=True)
class Folders:
    """How folders are read; both may take a second, and neither raises anything but a StewardError."""

    read: Callable[[str], Declaration]
    """Everything the files of a folder declare. Nothing of it is evaluated, and nobody is contacted."""
    stamp: Callable[[str], str]
    """A text that is another one when a file of the folder changed."""


class Declared:
    """Answers from memory as long as no folder changed."""

    def __init__(self, *, repositories: RegisteredRepositories, folders: Folders) -> None:
        self._repositories = repositories
        self._folders = folders
        self._lock = Lock()
        self._kept: dict[RegisteredRepository, tuple[str, DeclaredIn]] = {}
        self._all: tuple[DeclaredIn, ...] = ()

    def current(self) -> tuple[DeclaredIn, ...]:
        """Return what each repository declares; the very same object while nothing changed. Call it in a thread."""
        with self._lock:
            listed = self._listed()
            found = tuple(self._of(repository) for repository in listed)
            self._kept = {one.repository: self._kept[one.repository] for one in found}
            if len(found) != len(self._all) or any(new is not old for new, old in zip(found, self._all, strict=True)):
                self._all = found
            return self._all

    def _listed(self) -> tuple[RegisteredRepository, ...]:
        """Return the repositories in force; none where the list was never good, which `repositories ls` tells."""
        try:
            return self._repositories.current().repositories
        except InvalidFile:
            return ()

    def _of(self, repository: RegisteredRepository) -> DeclaredIn:
        stamp, kept = self._kept.get(repository, ("", None))
        try:
            now = self._folders.stamp(repository.path)
            if kept is None or stamp != now:
                kept = DeclaredIn(repository=repository, declaration=self._folders.read(repository.path))
        except StewardError as error:
            now = f"problem: {error}"
            if kept is None or kept.problem != str(error):
                kept = DeclaredIn(repository=repository, declaration=Declaration(), problem=str(error))
        self._kept[repository] = (now, kept)
        return kept
