"""Recognize programs that make backups."""

from __future__ import annotations

import re

_TOOLS = re.compile(
    r"(?:^|[/_.:-])(?P<tool>restic|resticker|rustic|autorestic|borg|borgmatic|borgwarehouse|kopia|kopiur|duplicati|duplicacy|duplicity|"
    r"velero|volsync|k8up|stash|kasten|urbackup|bareos|bacula|burp|docker-volume-backup|volume-backup|rdiff-backup|"
    r"zrepl|sanoid|syncoid|rsnapshot|rclone-backup|vzdump|proxmox-backup|backrest|zerobyte|plakar)"
)


def tool_of(name: str | None) -> str | None:
    """Return the backup tool an image, chart, program or kind of resource is, or None."""
    match = _TOOLS.search((name or "").lower())
    return match["tool"] if match else None
