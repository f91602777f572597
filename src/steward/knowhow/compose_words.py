"""The words that ask Compose for one service, and which of them sudo may let through.

Whoever may run Compose with a file of their own is root: it mounts what the file says. So through sudo only files in
folders that belong to root on an ordinary machine are taken, never one in a home, in /tmp or below a hidden folder.
"""

from __future__ import annotations

import re

from steward.knowhow.facts.container_settings import Compose
from steward.knowhow.facts.containers import Container
from steward.model.errors import InvalidInput
from steward.model.operation import Action

_NAME = "[a-z0-9][a-z0-9_-]*"
_SERVICE = "[A-Za-z0-9][A-Za-z0-9._-]*"
_PART = "/[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*"
_OF_ROOT = f"/(opt|srv|etc|root|var/lib|usr/local)({_PART})+"
SUDOERS = (
    f"/usr/bin/docker ^compose --project-name {_NAME} --project-directory {_OF_ROOT}( --file {_OF_ROOT}){{1,9}}"
    f" up --detach --no-deps --no-build {_SERVICE}$",
)


def bring_up(container: Container, compose: Compose, *, where: str) -> Action:
    """Return the action that makes one service as its file says.

    Raises:
        InvalidInput: a name or place is unusual, or one that sudo must not let through.
    """
    places = (compose.folder, *compose.files)
    place = _OF_ROOT if container.needs_root else f"({_PART})+"
    is_plain = re.fullmatch(_NAME, compose.project) and re.fullmatch(_SERVICE, compose.service)
    if not is_plain or not 1 <= len(compose.files) <= 9:
        raise InvalidInput(
            "cannot ask Compose", where=where, why="its project or service has an unusual name or no file"
        )
    wrong = next((one for one in places if re.fullmatch(place, one) is None), None)
    if wrong is not None:
        why = f"{wrong[:200]!r} is no place from which Steward may let root take settings"
        raise InvalidInput(
            "cannot ask Compose", where=where, why=why, next_step="run `docker compose up` there by hand"
        )
    files = tuple(word for file in compose.files for word in ("--file", file))
    project = ("--project-name", compose.project, "--project-directory", compose.folder)
    argv = (
        container.program,
        "compose",
        *project,
        *files,
        "up",
        "--detach",
        "--no-deps",
        "--no-build",
        compose.service,
    )
    return Action(argv=argv, needs_root=container.needs_root, timeout_seconds=300)
