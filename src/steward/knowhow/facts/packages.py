"""Packages: which manager, how many, and the downloaded files it keeps although they are installed already."""

from __future__ import annotations

from collections.abc import Mapping

from steward.knowhow.facts.filesystems import df_line
from steward.knowhow.outputs import lines, text_of, whole
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading


@record
class Packages:
    """The package manager of a machine and its cache of downloaded files."""

    manager: str
    """`apt`, `dnf`, `pacman`, `apk`; `none` when it is none of these."""
    installed: int | None
    """Packages installed, or None when nobody counts them quickly."""
    cache_folder: str
    """Folder of downloaded packages; empty when there is none."""
    cache_bytes: int
    """Disk space of the downloaded packages in it."""
    cache_files: int
    """How many there are."""
    mount_point: str
    """Mount point of the filesystem the folder lies on; empty when there is none."""
    source: str
    """Device or dataset the folder lies on; empty when there is none."""
    is_restart_wanted: bool
    """Whether the distribution says that the machine should be restarted to use what was installed."""


def parse(outputs: Mapping[str, CommandOutput]) -> Packages:
    """Read `KEY VALUE` lines; a line that does not fit counts as absent."""
    values = {key: value for line in lines(text_of(outputs, "packages")) for key, _, value in [line.partition(" ")]}
    disk = df_line(values.get("disk", ""), has_type=True)
    return Packages(
        manager=values.get("manager") or "none",
        installed=whole(values.get("installed", "")),
        cache_folder=values.get("folder", ""),
        cache_bytes=(whole(values.get("blocks", "")) or 0) * 512,
        cache_files=whole(values.get("files", "")) or 0,
        mount_point="" if disk is None else disk.mount_point,
        source="" if disk is None else disk.source,
        is_restart_wanted=values.get("restart") == "wanted",
    )


_PACKAGES = """\
export LC_ALL=C
has() { command -v "$1" >/dev/null 2>&1; }
folder=
if has apt-get && has dpkg-query; then
    echo manager apt
    echo "installed $(dpkg-query -f '${db:Status-Abbrev}\\n' -W 2>/dev/null | grep -c '^.i')"
    folder=/var/cache/apt/archives name='*.deb'
elif has dnf; then
    echo manager dnf
    folder=/var/cache/dnf name='*.rpm'
    [ -d /var/cache/libdnf5 ] && folder=/var/cache/libdnf5
elif has pacman; then
    echo manager pacman
    echo "installed $(ls -d /var/lib/pacman/local/*/ 2>/dev/null | wc -l)"
    folder=/var/cache/pacman/pkg name='*.pkg.tar*'
elif has apk; then
    echo manager apk
    echo "installed $(grep -c '^P:' /lib/apk/db/installed 2>/dev/null)"
fi
[ -e /run/reboot-required ] || [ -e /var/run/reboot-required ] && echo restart wanted
[ -n "$folder" ] && [ -d "$folder" ] || exit 0
echo "folder $folder"
find "$folder" -type f -name "$name" -printf '%b\\n' 2>/dev/null |
    awk '{ blocks += $1 } END { printf "blocks %d\\nfiles %d\\n", blocks, NR }'
echo "disk $(df -PkT "$folder" | tail -n 1)"
exit 0
"""

PLUGIN = Fact[Packages](
    name="packages",
    summary="Package manager, number of packages, and the cache of downloaded packages.",
    readings=(Reading(name="packages", argv=("sh", "-c", _PACKAGES), timeout_seconds=20),),
    parse=parse,
)
