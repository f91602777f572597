"""Repositories of the owner that Steward reads: which folders, and what they declare."""

from __future__ import annotations

from steward.lib.record import record
from steward.model.declared import Declaration

REPOSITORIES_FILE = "repositories.yaml"


@record
class RegisteredRepository:
    """A folder of this machine with files that declare what runs."""

    name: str
    """Name; letters, digits, dot and dash, in lower case."""
    path: str
    """Folder on the machine that runs Steward; it is only read."""
    machine: str = ""
    """Machine that everything in it runs on, where the files do not say; empty when they do, or for several."""


@record
class RepositoryList:
    """What `repositories.yaml` holds."""

    repositories: tuple[RegisteredRepository, ...]
    """Repositories; `[]` for none."""

    def find(self, name: str) -> RegisteredRepository | None:
        """Return the repository of this name, or None."""
        return next((one for one in self.repositories if one.name == name), None)


@record
class DeclaredIn:
    """What a registered repository declares, as last read."""

    repository: RegisteredRepository
    """The repository."""
    declaration: Declaration
    """What its files say; empty where it cannot be read."""
    problem: str = ""
    """Why it cannot be read, or empty."""
