"""What the commands on kept files take and give."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from steward.lib.record import record


class FileState(StrEnum):
    """How a kept file stands."""

    AS_KEPT = "as kept"
    """The machine has what git holds."""
    DRIFTED = "drifted"
    """Something else is there, or nothing."""
    NOT_SEEN = "not seen"
    """It was not looked at, or cannot be told."""
    MACHINE_GONE = "machine gone"
    """No machine of this name is in the inventory."""


@record
class KeepInput:
    """Take a file of a machine into git; from then on what git holds is its truth, and Steward tells when it differs.

    Only text that Steward's user may read, of at most 256 KB, in which nothing looks like a secret.
    """

    machine: str
    """Machine, by name or id."""
    path: str
    """Absolute path on the machine."""


@record
class AdoptInput:
    """Take what a kept file is on the machine now into git, in place of what git held. Changes no machine."""

    machine: str
    """Machine, by name or id."""
    path: str
    """Absolute path, as `steward files ls` lists it."""


@record
class DropInput:
    """Stop keeping a file: it leaves the workspace; nothing on the machine changes."""

    machine: str
    """Machine, by name; also one that is no longer in the inventory."""
    path: str
    """Absolute path, as `steward files ls` lists it."""


@record
class DiffInput:
    """Look at a kept file now and show how the machine differs from git."""

    machine: str
    """Machine, by name or id."""
    path: str
    """Absolute path, as `steward files ls` lists it."""


@record
class ListInput:
    """List kept files and how each stood at the last look."""

    machine: str = ""
    """Only those of this machine, by name."""


@record
class Kept:
    """What came of it."""

    sentence: str
    """What was done."""
    sha256: str
    """SHA-256 of what git holds now."""
    commit: str
    """Commit of the workspace."""
    next: str = ""
    """What to type next."""


@record
class Dropped:
    """What came of it."""

    sentence: str
    """What was done."""
    commit: str
    """Commit of the workspace."""


@record
class KeptRow:
    """One kept file."""

    machine: str
    """Name of the machine."""
    path: str
    """Path on it."""
    state: FileState
    """How it stands."""
    seen_at: datetime | None
    """When it was looked at (UTC)."""
    note: str
    """What is in its place, or why that cannot be told; empty where it is as kept."""


@record
class KeptList:
    """Kept files."""

    sentence: str
    """The answer in one sentence."""
    files: tuple[KeptRow, ...]
    """By machine and path."""


@record
class FileDifference:
    """How one kept file differs."""

    sentence: str
    """The answer in one sentence."""
    diff: str
    """Unified diff from git to the machine; empty where they are the same or it cannot be shown."""
    next: str = ""
    """What to type next."""
