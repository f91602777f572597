"""Programs: which of those Steward would run as root are there, so that nobody grants rights to what is not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from steward.knowhow.outputs import lines, text_of
from steward.lib.record import record
from steward.model.fact import CommandOutput, Fact, Reading

# fmt: off
SOUGHT = (
    "apt-get", "btrfs", "certbot", "chage", "dmidecode", "dnf", "docker", "dpkg", "du", "grep", "journalctl", "lvs",
    "mdadm", "mount", "openssl", "pacman", "passwd", "podman", "resize2fs", "shutdown", "smartctl", "sshd", "swapoff",
    "swapon", "systemctl", "timedatectl", "umount", "vgs", "xfs_growfs", "zpool",
)
# fmt: on
"""Every program that a line of sudoers names."""


@record
class Programs:
    """Programs that are there."""

    places: dict[str, str]
    """Where each lies, by its name."""

    def absent(self) -> tuple[str, ...]:
        """Return the sought ones that are not there."""
        return tuple(name for name in SOUGHT if name not in self.places)


def parse(outputs: Mapping[str, CommandOutput]) -> Programs:
    """Read `NAME PATH` lines."""
    pairs = (line.partition(" ") for line in lines(text_of(outputs, "programs")))
    return Programs(places={name: path for name, _, path in pairs if name in SOUGHT and path.startswith("/")})


_PROGRAMS = f"""\
for name in {" ".join(SOUGHT)}; do
    for folder in /usr/bin /usr/sbin /bin /sbin /usr/local/bin /usr/local/sbin; do
        [ -x "$folder/$name" ] && {{ echo "$name $folder/$name"; break; }}
    done
done
exit 0
"""

PLUGIN = Fact[Programs](
    name="programs",
    summary="Which of the programs that Steward would run as root are there.",
    readings=(Reading(name="programs", argv=("sh", "-c", _PROGRAMS)),),
    parse=parse,
    pause=timedelta(minutes=10),
)
