"""Pictures of things done by hand: files below `workflows/` of the workspace, known by how they begin, not by name."""

from __future__ import annotations

from pathlib import PurePosixPath

from steward.lib.record import record
from steward.lib.text import size, visible_line
from steward.model.errors import InvalidInput, NotFound, StewardError
from steward.ports.repository import Repository

MOST_BYTES = 2 << 20
"""Largest picture that is shown."""
_FOLDER = "workflows"
_NEXT = "keep a PNG, JPEG or WebP of 2 MB at most below `workflows/` of the workspace"


@record
class Picture:
    """One picture."""

    file: str
    """Path in the workspace."""
    kind: str
    """Media type, told from its first bytes."""
    body: bytes
    """All of it."""


def picture_at(repository: Repository, path: str) -> Picture:
    """Return the picture that a workflow names, relative to the folder of workflows.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is no path there, too big, or no picture of the kinds that are shown.
    """
    file = f"{_FOLDER}/{path}"
    shown = visible_line(file)
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or any(part.startswith(".") for part in parts):
        raise InvalidInput(f"`{visible_line(path)}` is no picture of the workspace", next_step=_NEXT)
    body = repository.content(file)
    if body is None:
        raise NotFound(f"there is no picture `{shown}`", next_step=_NEXT)
    if len(body) > MOST_BYTES:
        raise InvalidInput(f"the picture `{shown}` has {size(len(body))}", why="too much to show", next_step=_NEXT)
    kind = _kind_of(body)
    if not kind:
        raise InvalidInput(f"`{shown}` is no picture that is shown", next_step=_NEXT)
    return Picture(file=file, kind=kind, body=body)


def picture_problem(repository: Repository, path: str) -> StewardError | None:
    """Return what is wrong with a picture that a workflow names, or None."""
    try:
        picture_at(repository, path)
    except (InvalidInput, NotFound) as error:
        return error
    return None


def _kind_of(body: bytes) -> str:
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/webp" if body[:4] == b"RIFF" and body[8:12] == b"WEBP" else ""
