"""`storage.md`: pools, disks and filesystems, and which of them some backup copies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from steward.knowhow.backup_findings import is_below
from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.facts.disks import PLUGIN as DISKS
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.filesystems import Filesystem
from steward.knowhow.facts.pools import PLUGIN as POOLS
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import Page
from steward.knowhow.pages.places import FOLDER, Places
from steward.knowhow.pages.words import bullets, code, day, link, listed, name, section, sections, table
from steward.lib.text import size
from steward.model.fact import Snapshot
from steward.model.machine import Machine

_MOST = 40
_LASTING = frozenset({"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "bcachefs", "ntfs", "exfat"})
_SYSTEM = ("/boot", "/efi", "/usr", "/var/lib/docker", "/var/lib/containers", "/var/log", "/var/cache", "/snap")
FRESH = timedelta(days=2)
"""A copy of this age is as new as a nightly job makes it."""
_USABLE = timedelta(days=8)


def storage_page(lab: Lab, places: Places) -> Page:
    """Write where data lies and what is copied."""
    head = sections("# Storage", "Where data lies, and which of it some backup copies. [Overview](README.md)")
    machines = (
        section(link(machine.name, places.machine(machine).removeprefix("../")), storage_of(lab, machine))
        for machine in lab.machines
    )
    return Page(path=f"{FOLDER}/storage.md", kind="storage", id="storage", before=sections(head, *machines, "## Notes"))


def storage_of(lab: Lab, machine: Machine) -> str:
    """Write filesystems, pools, disks and backup jobs of a machine; nothing where none are known."""
    snapshot = lab.seen.get(machine.id)
    if snapshot is None:
        return ""
    jobs = lab.jobs(machine)
    return sections(
        table(("Filesystem", "Type", "Size", "Filled", "Backed up"), _filesystems(snapshot, jobs), most=_MOST),
        bullets(_pools(snapshot)),
        bullets(_disks(snapshot), most=_MOST),
        bullets(backup_lines(lab, machine), most=_MOST),
    ).strip("\n")


def backup_lines(lab: Lab, machine: Machine) -> list[str]:
    """Write one line for each backup job of a machine."""
    return [
        f"Backup {code(job_name)} copies {_folders(job.sources)} to {_folders(job.repositories)}: {copy_age(lab, job)}"
        for job_name, job in lab.jobs(machine).items()
    ]


def copy_age(lab: Lab, job: BackupJob) -> str:
    """Say how old the newest good copy is, in words that stay true until something is wrong."""
    if job.succeeded_at is None:
        return "**no good copy is known**"
    age, at = lab.now - job.succeeded_at, day(job.succeeded_at)
    if job.has_failed:
        return f"**the last try failed; the newest good copy is of {at}**"
    if age <= FRESH:
        return "the newest copy is at most two days old"
    return "the newest copy is about a week old at most" if age <= _USABLE else f"**the newest good copy is of {at}**"


def kept_filesystems(snapshot: Snapshot) -> tuple[Filesystem, ...]:
    """Return the filesystems that hold data for long."""
    found = snapshot.of(FILESYSTEMS)
    every = found.filesystems.values() if found else ()
    return tuple(sorted((one for one in every if one.type in _LASTING), key=lambda one: one.mount_point))


def is_backed_up(one: Filesystem, jobs: Iterable[BackupJob]) -> bool | None:
    """Tell whether some job copies it, or a part of it; None where nobody can tell."""
    known = list(jobs)
    if any(_touches(one, path) for job in known for path in job.sources):
        return True
    return None if not known or any(not job.sources for job in known) else False


def holds_data(one: Filesystem) -> bool:
    """Tell whether what lies there could not just be installed anew."""
    is_system = one.mount_point == "/" or any(is_below(one.mount_point, folder) for folder in _SYSTEM)
    return not is_system and not one.is_read_only


def _filesystems(snapshot: Snapshot, jobs: Mapping[str, BackupJob]) -> list[list[str]]:
    return [
        [code(one.mount_point), name(one.type), size(one.size_bytes), _filled(one), _backed_up(one, jobs.values())]
        for one in kept_filesystems(snapshot)
    ]


def _backed_up(one: Filesystem, jobs: Iterable[BackupJob]) -> str:
    known = is_backed_up(one, jobs)
    if known is None:
        return "not known"
    return "yes" if known else "**no**" if holds_data(one) else "no"


def _filled(one: Filesystem) -> str:
    """Say it in steps: a number that moves every day would make every day a change."""
    steps = ((95, "nearly full"), (85, "over 85%"), (50, "over half"))
    return next((told for least, told in steps if one.used_percent >= least), "under half")


def _pools(snapshot: Snapshot) -> Iterable[str]:
    pools, arrays = snapshot.of(POOLS), snapshot.of(ARRAYS)
    for pool_name, pool in sorted(pools.pools.items()) if pools else ():
        big = f", {size(pool.size_bytes)}" if pool.size_bytes else ""
        made = f" of {listed([code(each) for each in pool.devices])}" if pool.devices else ""
        yield f"Pool {code(pool_name)}{big}, {code(pool.health)}{made}"
    for array_name, array in sorted(arrays.arrays.items()) if arrays else ():
        told = listed([code(each) for each in sorted(array.members)])
        lost = f", **{array.missing_members} missing**" if array.missing_members else ""
        yield f"Array {code(array_name)}, {code(array.level)}, {size(array.size_bytes)}{lost} of {told}"


def _disks(snapshot: Snapshot) -> Iterable[str]:
    disks = snapshot.of(DISKS)
    for one in sorted(disks.disks.values(), key=lambda disk: (disk.serial, disk.name)) if disks else ():
        if not one.is_removable and not one.is_virtual:
            yield f"Disk {code(one.model)}, {size(one.size_bytes)}, serial number {code(one.serial)}"


def _folders(paths: tuple[str, ...]) -> str:
    return listed([code(path) for path in paths], most=4) if paths else "places that are not known"


def _touches(one: Filesystem, path: str) -> bool:
    places = (one.mount_point, *one.also_mounted_at)
    return any(is_below(path, place) if place != "/" else path == "/" for place in places) or any(
        is_below(place, path) for place in places
    )
