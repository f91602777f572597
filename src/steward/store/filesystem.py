"""Which file system a path lies on, and whether a database may live there."""

from __future__ import annotations

import re
from pathlib import Path

from steward.model.errors import InvalidInput

NETWORK = frozenset(
    {
        "9p", "afs", "ceph", "cifs", "davfs", "fuse.ceph", "fuse.davfs2", "fuse.gcsfuse", "fuse.glusterfs",
        "fuse.mfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
        "ocfs2", "smb3", "smbfs",
    }
)  # fmt: skip
"""File systems on which several machines may meet, or whose locks and syncs cannot be relied on."""

_MOUNTS = Path("/proc/self/mounts")


def refuse_network(folder: Path) -> None:
    """Refuse a folder on a network file system: SQLite's locks and syncs do not hold there.

    Raises:
        InvalidInput: with the file system it lies on.
    """
    kind = file_system(folder.resolve(), _MOUNTS.read_text() if _MOUNTS.exists() else "")
    if kind in NETWORK:
        raise InvalidInput(
            "the store cannot live on a network file system",
            where=str(folder),
            why=f"it is {kind}, where locks and syncs do not hold and the database would break",
            next_step="put the data directory on a disk of this machine, or use a postgresql:// URL",
        )


def file_system(path: Path, mounts: str) -> str:
    """Return the type of the file system that holds `path`, given the text of /proc/mounts; empty when unknown."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        words = line.split(" ")
        if len(words) < 3:
            continue
        point = Path(_unescaped(words[1]))
        # A later line of the same mount point covers the earlier one.
        if (path == point or point in path.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), words[2]
    return kind


def _unescaped(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found.group(1), 8)), text)
