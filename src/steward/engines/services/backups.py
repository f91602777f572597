"""Find volumes with data that nothing in the repository backs up."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from steward.knowhow.declared.problems import PROBLEMS
from steward.model.declared import BackupCover, Declaration, DeclaredProblem, DeclaredVolume


def unprotected(found: Declaration) -> tuple[DeclaredProblem, ...]:
    """Return a problem for every volume with data that no backup includes, once a project and volume."""
    return tuple(_problems(found))


def _problems(found: Declaration) -> Iterator[DeclaredProblem]:
    told: set[tuple[str, str]] = set()
    for volume in found.volumes:
        key = (volume.project, volume.name)
        if not volume.holds_data or key in told or is_covered(volume, found.covers):
            continue
        told.add(key)
        used = f" of {volume.service}" if volume.service else ""
        yield DeclaredProblem(
            kind="volume-without-backup",
            message=f"nothing here backs up {volume.name}{used}",
            file=volume.file,
            line=volume.line,
            severity=PROBLEMS["volume-without-backup"].severity,
        )


def is_covered(volume: DeclaredVolume, covers: Iterable[BackupCover]) -> bool:
    """Tell whether some backup includes a volume."""
    return any(_covers(cover, volume) for cover in covers)


def _covers(cover: BackupCover, volume: DeclaredVolume) -> bool:
    if not _is_in_scope(cover.scope, volume):
        return False
    if cover.what in {"*", volume.name}:
        return True
    if not cover.what.startswith(("/", ".", "~", "$")):
        return False
    parent, path = posixpath.normpath(cover.what), posixpath.normpath(volume.name)
    if parent == ".":
        return not path.startswith(("/", "~", "$", ".."))
    return path == parent or path.startswith(parent.rstrip("/") + "/")


def _is_in_scope(scope: str, volume: DeclaredVolume) -> bool:
    kind, _, name = scope.partition(":")
    if kind == "project":
        return name == volume.project
    if kind == "machine":
        return name == (volume.machine or name)
    return kind != "folder" or volume.file.startswith(name + "/")
