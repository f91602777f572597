"""Remove downloaded package files that are installed already."""

from __future__ import annotations

from steward.knowhow.disk_space import less_is_used
from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.facts.packages import PLUGIN as PACKAGES
from steward.lib.record import record
from steward.lib.text import plural, size
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAMS = {
    "apt": ("/usr/bin/apt-get", "clean"),
    "dnf": ("/usr/bin/dnf", "clean", "packages"),
    "pacman": ("/usr/bin/pacman", "-Sc", "--noconfirm"),
}
_ALSO_LOST = {"pacman": "old versions of removed packages, which a downgrade would use, are gone as well"}


@record
class CleanPackageCache:
    """Remove the package manager's downloaded files. Installed programs are not touched."""

    machine: str
    """Machine, by name or id."""


def build(_command: CleanPackageCache, snapshot: Snapshot) -> Blueprint:
    """Work out what goes; an empty cache is refused."""
    where = snapshot.machine.name
    packages = snapshot.of(PACKAGES)
    if packages is None or packages.manager not in _PROGRAMS:
        known = "its packages were not read" if packages is None else f"its package manager is {packages.manager}"
        why = snapshot.unread.get(PACKAGES.name, known)
        raise InvalidInput("there is no package cache that Steward can clean", where=where, why=why)
    if packages.cache_bytes == 0:
        raise InvalidInput("there is nothing to clean", where=where, why=f"{packages.cache_folder} holds no packages")
    gone = packages.cache_bytes
    also = _ALSO_LOST.get(packages.manager)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.PACKAGES, "packages"),
        action=Action(argv=_PROGRAMS[packages.manager], timeout_seconds=120),
        says=f"Remove {size(gone)} of downloaded packages",
        effects=(
            f"removes {plural(packages.cache_files, 'downloaded package')}, up to {size(gone)},"
            f" from {packages.cache_folder}",
            "installed programs stay as they are; what is needed again is downloaded again",
            *([also] if also else []),
        ),
        preconditions=(_cache(snapshot, Comparison.MORE, 0, "there are downloaded packages"),),
        verify=(
            _cache(snapshot, Comparison.LESS, gone, "the package cache is smaller"),
            *less_is_used(snapshot, packages.mount_point, packages.source, gone),
        ),
        undo=Undo(says="The files are not brought back; each is downloaded again when needed", is_possible=False),
        risk=Risk.RISKY,
        bytes_touched=gone,
    )


def _cache(snapshot: Snapshot, comparison: Comparison, expected: int, says: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=PACKAGES.name,
        path=("cache_bytes",),
        comparison=comparison,
        expected=expected,
    )


PLUGIN = Operation[CleanPackageCache](
    name="packages.clean_cache",
    input=CleanPackageCache,
    risk=Risk.RISKY,
    needs=(PACKAGES.name, FILESYSTEMS.name),
    build=build,
    sudoers=tuple(" ".join(argv) for argv in _PROGRAMS.values()),
    examples=(
        Example(line="packages clean_cache m1", does="Remove the downloaded packages on m1."),
        Example(line="packages clean_cache nas", does="Remove the downloaded packages on nas."),
    ),
)
