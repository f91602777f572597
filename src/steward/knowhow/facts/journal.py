"""The journal on disk: how much it takes, which part is archived and may be removed, and back to when it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from steward.knowhow.facts.filesystems import df_line
from steward.knowhow.outputs import decimal, lines, moment, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, FactUnavailable, Reading


@record
class JournalFile:
    """One archived file, which systemd no longer writes to."""

    bytes: int
    """Disk space it takes."""
    until: datetime
    """When it was written last (UTC): its entries are older."""


@record
class Journal:
    """The journal of this machine; journals it received from others are not counted."""

    folder: str
    """Where it lies; empty when there is none."""
    mount_point: str
    """Mount point of the filesystem it lies on."""
    source: str
    """Device or dataset it lies on."""
    total_bytes: int
    """Disk space it takes, files in use included."""
    archived_bytes: int
    """Disk space of the archived files; vacuuming can free no more than this."""
    archived: tuple[JournalFile, ...]
    """Archived files, oldest first."""

    def removed_by(self, keep_bytes: int) -> tuple[JournalFile, ...]:
        """Return the files that `journalctl --vacuum-size` removes: the oldest, until all is no larger than that.

        The files in use count but are never removed. So it is since systemd 254, with stable releases of older
        ones patched; before, they did not count and less was removed.
        """
        left, removed = self.total_bytes, list[JournalFile]()
        for file in self.archived:
            if left <= keep_bytes:
                break
            removed.append(file)
            left -= file.bytes
        return tuple(removed)


def parse(outputs: Mapping[str, CommandOutput]) -> Journal:
    """Read the place, then `BLOCKS TIME NAME` for each file."""
    place, *files = lines(text_of(outputs, "files"))
    if place == "none":
        return Journal(folder="", mount_point="", source="", total_bytes=0, archived_bytes=0, archived=())
    folder = place.removeprefix("folder ")
    if folder == place or not folder.startswith("/"):
        msg = "the reading `files` named no folder"
        raise FactUnavailable(msg)
    total, archived = 0, list[JournalFile]()
    for line in files:
        words = line.split(None, 2)
        blocks = whole(words[0]) if len(words) == 3 else None
        until = moment(decimal(words[1])) if len(words) == 3 else None
        if blocks is None or until is None:
            continue
        total += blocks * 512
        if "@" in words[2].rpartition("/")[2] or words[2].endswith(".journal~"):
            archived.append(JournalFile(bytes=blocks * 512, until=until))
    disk = next((found for line in lines(text_of(outputs, "disk")) if (found := df_line(line, has_type=True))), None)
    return Journal(
        folder=folder,
        mount_point="" if disk is None else disk.mount_point,
        source="" if disk is None else disk.source,
        total_bytes=total,
        archived_bytes=sum(file.bytes for file in archived),
        archived=tuple(sorted(archived, key=lambda file: file.until)),
    )


_FOLDER = """\
export LC_ALL=C
for folder in /var/log/journal /run/log/journal; do
    folder="$folder/$(cat /etc/machine-id 2>/dev/null)"
    [ -f /etc/machine-id ] && [ -d "$folder" ] && break
    folder=
done
[ -n "$folder" ] || { echo none; exit 0; }
"""
_FILES = (
    _FOLDER
    + """\
echo "folder $folder"
find "$folder" -maxdepth 1 -type f -name '*.journal*' -printf '%b %T@ %f\\n'
"""
)

PLUGIN = Fact[Journal](
    name="journal",
    summary="Disk space of the journal, which part of it is archived, and back to when it reaches.",
    readings=(
        Reading(name="files", argv=("sh", "-c", _FILES), output_limit=1_048_576),
        Reading(name="disk", argv=("sh", "-c", _FOLDER + 'df -PkT "$folder"')),
    ),
    parse=parse,
)
