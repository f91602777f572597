"""Two mounts that fail: one from a server that no longer answers, one that fstab wants and that is not there."""

import os
import signal
from pathlib import Path

from tests.real.lab.command import run
from tests.real.lab.errors import LabError
from tests.real.lab.faults.fault import Fault
from tests.real.lab.guest import Guest

_SHARE, _SOURCE = "/srv/photos", "nas.home.arpa:/photos"
_ARCHIVE = "/srv/archive"
_ARCHIVE_LINE = f"/dev/disk/by-label/archive {_ARCHIVE} ext4 defaults,nofail 0 2"
_DEVICE = Path("/dev/fuse")
_OPTIONS = "rootmode=40000,user_id=0,group_id=0,allow_other"
_NAME = "lab-dead-mount"
# Mounts into the machine whose process id is $1, and leaves a process behind that keeps the kernel's questions
# (descriptor 3) without answering them, as a server that is off does. It ends with the machine.
_HOLD = f"""
exec 3<>{_DEVICE}
nsenter -t "$1" -m mkdir -p {_SHARE}
nsenter -t "$1" -m mount -n -i -t fuse.sshfs -o fd=3,{_OPTIONS} {_SOURCE} {_SHARE}
setsid sh -c 'while [ -d "/proc/$1" ]; do sleep 5; done' {_NAME} "$1" </dev/null >/dev/null 2>&1 &
echo $!
"""


def _hang(guest: Guest) -> None:
    """Mount a file system of the type of sshfs whose other end is silent."""
    if _is_mounted(guest):
        return
    if not _DEVICE.exists():
        raise LabError("dead_mount needs FUSE, and this host has no /dev/fuse")
    process_id = guest.podman.process_id(guest.machine.container)
    holder = run(["sh", "-ec", _HOLD, _NAME, str(process_id)]).stdout.strip()
    note = _note(guest)
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(holder, encoding="utf-8")


def _is_mounted(guest: Guest) -> bool:
    return f" {_SHARE} fuse.sshfs " in guest.run(["cat", "/proc/self/mounts"]).stdout


def _let_go(guest: Guest) -> None:
    """End the holder first: whatever waits for an answer gets an error then, and so unmounting cannot hang."""
    note = _note(guest)
    if note.exists():
        _end(int(note.read_text(encoding="utf-8")))
        note.unlink()
    if _is_mounted(guest):
        process_id = guest.podman.process_id(guest.machine.container)
        run(["nsenter", "-t", str(process_id), "-m", "-p", "umount", "-n", "-l", _SHARE])


def _end(process_id: int) -> None:
    """End the holder with its `sleep`, unless its number belongs to another process by now."""
    words = Path(f"/proc/{process_id}/cmdline")
    if words.exists() and _NAME.encode() in words.read_bytes().split(b"\0"):
        os.killpg(process_id, signal.SIGKILL)


def _note(guest: Guest) -> Path:
    return guest.places.notes(guest.machine.name) / "dead_mount_holder"


def _declare(guest: Guest) -> None:
    _take_back(guest)
    guest.shell(f"mkdir -p {_ARCHIVE}; echo '{_ARCHIVE_LINE}' >> /etc/fstab")


def _take_back(guest: Guest) -> None:
    guest.shell(f"touch /etc/fstab; sed -i '\\| {_ARCHIVE} |d' /etc/fstab; rm -rf {_ARCHIVE}")


DEAD_MOUNT = Fault(
    name="dead_mount",
    summary=f"{_SHARE} is mounted from {_SOURCE}, which does not answer: whoever touches it hangs",
    cured_by=f"`umount -l {_SHARE}`",
    apply=_hang,
    heal=_let_go,
)
ABSENT_MOUNT = Fault(
    name="absent_mount",
    summary=f"fstab wants {_ARCHIVE}, and its disk is not there",
    cured_by="the disk, or removing the line",
    apply=_declare,
    heal=_take_back,
)
