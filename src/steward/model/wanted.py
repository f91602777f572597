"""What the workspace wants of one machine: files whose truth lies in git, and hosts that it may call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from steward.lib.canonical import content_hash
from steward.lib.record import record

MOST_BYTES = 262_144
"""Largest file that is kept."""
MOST_FILES = 200
"""Most files kept of one machine."""


@record
class WantedFile:
    """One file as git holds it."""

    text: str
    """Its content."""
    sha256: str
    """SHA-256 of its content."""
    size_bytes: int
    """Size of its content."""


@record
class Wanted:
    """Files of one machine whose truth lies in the workspace, and what else the workspace says about it."""

    files: Mapping[str, WantedFile] = field(default_factory=dict[str, WantedFile])
    """By absolute path on the machine."""
    unusable: Mapping[str, str] = field(default_factory=dict[str, str])
    """Paths whose file in the workspace cannot be used, each with the reason."""
    http_targets: Mapping[str, str] = field(default_factory=dict[str, str])
    """Hosts that a request may be sent to, with `:PORT` or without, each with the address it is reached at; an empty
    address: whatever the machine's name servers say."""


NOTHING_WANTED = Wanted()
"""What is wanted of a machine of which no file is kept."""


def wanted_file(text: str) -> WantedFile:
    """Return a file of this content."""
    data = text.encode()
    return WantedFile(text=text, sha256=content_hash(data), size_bytes=len(data))
