"""A disk with room and no inodes left: a program made thousands of empty files and never removed one."""

from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_FOLDER = "/var/log/photo-sessions"
_LEFT = 8
"""Inodes that stay free, so that the machine's own log goes on."""
_FILL = f"""
mkdir -p {_FOLDER}
cd {_FOLDER}
free=$(df --output=iavail /var/log | tail -n 1 | tr -dc 0-9)
[ "$free" -lt 40000 ] || {{ echo "/var/log has $free inodes: it is not the small disk" >&2; exit 1; }}
wanted=$((free - {_LEFT}))
[ "$wanted" -le 0 ] || seq -f "session-$(date +%s%N)-%g" "$wanted" | xargs -n 2000 touch
"""


def _fill(guest: Guest) -> None:
    guest.shell(_FILL)


def _empty(guest: Guest) -> None:
    guest.shell(f"rm -rf {_FOLDER}")


INODE_FULL = Fault(
    name="inode_full",
    summary="the disk with /var/log has room and no inodes: 16 000 empty session files",
    cured_by=f"deleting the files in {_FOLDER}",
    apply=_fill,
    heal=_empty,
)
