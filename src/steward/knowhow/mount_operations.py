"""What the operations on mounts share: which they accept, and their sudoers lines."""

from __future__ import annotations

import re

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.facts.mounts import Declared, Mounts
from steward.knowhow.protected import why_protected
from steward.knowhow.storage_operations import not_there, unread
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.resource import Resource, ResourceKind, resource_on

_PART = "[A-Za-z0-9_-][A-Za-z0-9_.-]*"
PLACE_IN_SUDOERS = f"(/{_PART})+"
"""Absolute paths of plain words; none begins with a dot, so that no path leads back up."""
_PROTECTED_IN_SUDOERS = "/(boot|dev|efi|etc|home|nix|proc|root|run|sys|tmp|usr|var|bin|sbin|lib|lib64|opt)(/.*)?"
_PROGRAMS = ("/usr/bin/", "/bin/")


def declared_mount(snapshot: Snapshot, point: str) -> tuple[Mounts, Declared]:
    """Return the line of fstab a command names.

    Raises:
        InvalidInput: there is none, or no typed command touches it.
    """
    mounts = snapshot.of(MOUNTS)
    if mounts is None:
        raise unread(snapshot, MOUNTS, "mounts")
    one = mounts.declared.get(point)
    if one is None:
        raise not_there(snapshot, "line in fstab for", point, mounts.declared)
    if why := why_refused(mounts, point):
        raise InvalidInput(f"{visible_line(point)} cannot be changed this way", where=snapshot.machine.name, why=why)
    return mounts, one


def why_refused(mounts: Mounts, point: str) -> str:
    """Return why no typed command touches this place, or an empty text when they may."""
    if re.fullmatch(PLACE_IN_SUDOERS, point) is None:
        return "its path is unusual"
    unit = point.strip("/").replace("/", "-") + ".mount"
    if why := why_protected((unit,)):
        return f"it is protected: {why}"
    if re.fullmatch(_PROTECTED_IN_SUDOERS, point) is not None:
        return "it is protected: the machine may live on it"
    programs = {f"{folder}mount" for folder in _PROGRAMS}
    return "" if mounts.mount_program in programs and mounts.umount_program else "mount stands in an unusual place"


def mount_resource(snapshot: Snapshot, point: str) -> Resource:
    """Return the mount as a resource, the same as the filesystem on it."""
    return resource_on(snapshot.machine.id, ResourceKind.FILESYSTEM, point)


def sudoers(program: str, words: str) -> tuple[str, ...]:
    """Return the lines for both places a program can stand in, and those that take protected places out again."""
    words = f"{words} " if words else ""
    allowed = [f"{folder}{program} ^{words}{PLACE_IN_SUDOERS}$" for folder in _PROGRAMS]
    return (*allowed, *(f"!{folder}{program} ^{words}{_PROTECTED_IN_SUDOERS}$" for folder in _PROGRAMS))
