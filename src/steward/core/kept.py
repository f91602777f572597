"""Files of machines whose truth lies in the workspace: `files/<machine>/<absolute path>`, plain text in git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from steward.knowhow.kept_paths import why_no_path
from steward.lib.text import visible_line
from steward.model.errors import Conflict, InvalidInput, NotFound, StewardError
from steward.model.machine import Machine
from steward.model.principal import Principal
from steward.model.wanted import MOST_BYTES, MOST_FILES, Wanted, WantedFile, wanted_file
from steward.ports.repository import Repository

FOLDER = "files"
"""Where kept files lie in the workspace."""


@dataclass(frozen=True, kw_only=True)
class KeptFolder:
    """Reads and writes them; every write is a commit by its author."""

    repository: Repository
    """The workspace."""

    def machines(self) -> tuple[str, ...]:
        """Return the names of machines of which a file is kept, whether they are in the inventory or not."""
        return tuple(sorted({path.split("/")[1] for path in self.repository.tree(FOLDER) if path.count("/") > 1}))

    def of(self, machine: Machine) -> Wanted:
        """Return what is wanted of a machine."""
        return self.of_name(machine.name)

    def of_name(self, name: str) -> Wanted:
        """Return what is wanted of the machine of this name; a file that cannot be used is told with the reason."""
        files: dict[str, WantedFile] = {}
        unusable: dict[str, str] = {}
        folder = f"{FOLDER}/{name}"
        try:
            places = self.repository.tree(folder)
        except StewardError as error:  # what cannot be compared is told, and costs no look at the machine
            return Wanted(unusable={"/": str(error)})
        for place in places:
            path = place.removeprefix(folder)
            file = f"more than {MOST_FILES} files are kept" if len(files) >= MOST_FILES else self._wanted(place, path)
            if isinstance(file, str):
                unusable[path] = file
            else:
                files[path] = file
        return Wanted(files=files, unusable=unusable)

    def _wanted(self, place: str, path: str) -> WantedFile | str:
        """Return the file in a place of the workspace, or why it cannot be used."""
        try:
            text = None if (why := why_no_path(path)) else self.repository.read(place)
        except StewardError as error:
            return str(error)
        if text is None:
            return why or "it went away while it was read"
        return why_no_content(text) or wanted_file(text)

    def keep(self, machine: Machine, path: str, text: str, author: Principal) -> str:
        """Commit the content of a file; return the commit.

        Raises:
            InvalidInput: it cannot be kept, or holds a secret.
            Conflict: the file has edits in the workspace that are not committed.
        """
        why = why_no_path(path) or why_no_content(text)
        if why:
            raise InvalidInput(f"{visible_line(path)} cannot be kept", where=machine.name, why=why)
        wanted = self.of(machine)
        if path not in wanted.files and len(wanted.files) >= MOST_FILES:
            raise Conflict(f"{MOST_FILES} files of {machine.name} are kept", next_step="drop one of them first")
        message = f"Keep {path} of {machine.name}" if path not in wanted.files else f"Adopt {path} of {machine.name}"
        return self._write({self._place(machine.name, path): text}, message, author)

    def drop(self, name: str, path: str, author: Principal) -> str:
        """Remove a file from the workspace; return the commit.

        Raises:
            NotFound: it is not kept.
            Conflict: the file has edits that are not committed.
        """
        wanted = self.of_name(name)
        if path not in {*wanted.files, *wanted.unusable}:
            raise NotFound(f"{visible_line(path)} of {visible_line(name)} is not kept", next_step="`steward files ls`")
        return self._write({self._place(name, path): None}, f"Drop {path} of {name}", author)

    def _place(self, name: str, path: str) -> str:
        return f"{FOLDER}/{name}{path}"

    def _write(self, files: Mapping[str, str | None], message: str, author: Principal) -> str:
        return self.repository.write(files, message=message, author=author)


def why_no_content(text: str) -> str:
    """Say why a text cannot be kept, or nothing."""
    if "\0" in text:
        return "it is no text"
    size = len(text.encode())
    return f"it has {size} bytes, and at most {MOST_BYTES} are kept" if size > MOST_BYTES else ""
