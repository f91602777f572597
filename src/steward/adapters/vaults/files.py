"""Secrets from files named by environment variables, `STEWARD_SECRET_<NAME>_FILE`, as containers mount them."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from steward.model.errors import InvalidInput, NeedsPerson
from steward.model.secret import FILE_SUFFIX, VARIABLE_PREFIX, Secret, name_of, variable_of

_BIGGEST = 64 * 1024


class FilesVault:
    """Reads each file when it is asked for, so that a rotated secret is seen; implements `ports.vault.Vault`."""

    def __init__(self, *, variables: Mapping[str, str]) -> None:
        self._paths = {
            variable: path
            for variable, path in variables.items()
            if variable.startswith(VARIABLE_PREFIX) and variable.endswith(FILE_SUFFIX)
        }

    @property
    def name(self) -> str:
        """Name for messages."""
        return "files"

    def get(self, name: str) -> Secret | None:
        """Return the content of the secret's file without its last line end, or None when no variable names a file.

        Raises:
            NeedsPerson: the file cannot be read, or everybody can read it.
            InvalidInput: the file is empty, too big or not text.
        """
        path = self._paths.get(variable_of(name) + FILE_SUFFIX)
        return None if path is None else Secret(_read(name, path))

    def names(self) -> tuple[str, ...]:
        """Return the names this vault has."""
        return tuple(sorted(name_of(variable.removesuffix(FILE_SUFFIX)) for variable in self._paths))


def _read(name: str, path: str) -> str:
    what = f"the file of the secret `{name}` cannot be used"
    try:
        with Path(path).open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            data = file.read(_BIGGEST + 1)
    except OSError as error:
        step = f"check the path in {variable_of(name)}{FILE_SUFFIX} and who may read it"
        raise NeedsPerson(what, where=path, why=error.strerror or "", next_step=step) from error
    if mode & 0o007:
        raise NeedsPerson(what, where=path, why="everybody can read it", next_step=f"chmod o-rwx {path}")
    if len(data) > _BIGGEST:
        raise InvalidInput(what, where=path, why=f"it is larger than {_BIGGEST} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise InvalidInput(what, where=path, why="it is not UTF-8 text") from None  # the error would quote the bytes
    text = text.removesuffix("\n").removesuffix("\r")
    if not text:
        raise InvalidInput(what, where=path, why="it is empty")
    return text
