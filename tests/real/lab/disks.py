"""Give each machine a small real disk, so that it can be full without filling this host.

One 64 MB ext4 file system holds the machine's /var/log and /var/cache/apt, and df shows it as /var/log; the
rest of the machine is on this host's disk. Where loop devices are missing, a tmpfs of the same size takes its place.
"""

import os
import shutil

from tests.real.lab.command import run
from tests.real.lab.places import Places

SIZE_MEGABYTES = 64
_FOLDERS = {"log": "/var/log", "log/journal": "/var/log/journal", "apt": "/var/cache/apt"}


def attach(places: Places, name: str) -> None:
    """Create the disk of a machine if it is absent, and mount it on this host."""
    disk, image = places.disk(name), places.disk_image(name)
    disk.mkdir(parents=True, exist_ok=True)
    if os.path.ismount(disk):
        return
    if not image.exists():
        with image.open("wb") as file:
            file.truncate(SIZE_MEGABYTES * 1024 * 1024)
        run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", str(image)])
    looped = run(["mount", "-o", "loop,noatime", str(image), str(disk)], check=False)
    if looped.returncode != 0:
        run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MEGABYTES}m,nr_inodes=16k,mode=755", "lab-disk", str(disk)])
    for folder in (*_FOLDERS, "log/apt", "log/private", "apt/archives/partial"):
        (disk / folder).mkdir(parents=True, exist_ok=True)


def volumes(places: Places, name: str) -> list[str]:
    """Return the podman arguments that put the disk into the machine.

    /var/log/journal is named as well: podman would mount a tmpfs of its own there.
    """
    disk = places.disk(name)
    return [argument for folder, inside in _FOLDERS.items() for argument in ("-v", f"{disk / folder}:{inside}")]


def detach(places: Places, name: str) -> None:
    """Unmount and delete the disk of a machine."""
    disk = places.disk(name)
    while os.path.ismount(disk):
        run(["umount", str(disk)])
    shutil.rmtree(disk, ignore_errors=True)
    places.disk_image(name).unlink(missing_ok=True)
