"""Find containers that may do to their machine what its root may."""

from __future__ import annotations

import re

from steward.knowhow.container_setup import running, setup_case
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.container_settings import ContainerSettings
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "privileged_containers"
_STRONG = frozenset({"ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "BPF"})
"""Capabilities that lead out of a container; NET_ADMIN, which VPNs need, reaches only the container's own network."""
_DISK = re.compile(r"/dev/(sd[a-z]+|vd[a-z]+|xvd[a-z]+|nvme\d+n\d+)(p?\d+)?|/dev/(mem|kmem|port)")
_PLACES = frozenset({"/", "/etc", "/root", "/boot", "/usr", "/var", "/var/lib", "/var/lib/docker", "/proc", "/dev"})


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each running container that can take over its machine."""
    judged = ((name, one, _powers(one)) for name, one in running(snapshot).items())
    return tuple(_finding(snapshot, name, one, powers) for name, one, powers in judged if powers)


def _powers(one: ContainerSettings) -> list[str]:
    """Say what is enough to leave the container; of a privileged one that says it all."""
    if one.is_privileged:
        return ["it is privileged"]
    rights = [f"it has the right {name}" for name in one.capabilities if name in _STRONG]
    if one.pid_mode == "host" and "SYS_PTRACE" in one.capabilities:
        rights.append("it may change any program of the machine")
    disks = [f"it has the device {name}" for name in one.devices if _DISK.fullmatch(name)]
    places = [
        f"it may write to {mount.source} of the machine"
        for mount in one.mounts
        if mount.is_writable and (mount.source.rstrip("/") or "/") in _PLACES and mount.source
    ]
    return [*rights, *disks, *places]


def _finding(snapshot: Snapshot, name: str, one: ContainerSettings, powers: list[str]) -> Finding:
    this = setup_case(_NAME, snapshot, name, one)
    why = visible_line(powers[0]) + (f", and {len(powers) - 1} more" if len(powers) > 1 else "")
    return this.finding(
        f"container {name} on {snapshot.machine.name} can take over the machine: {why}",
        Severity.WATCH,
        (*(this.seen("power", power) for power in powers[:10]), this.seen("image", one.image)),
        if_nothing=(
            "It works as it is. Whoever finds a way into its program is root of the machine; most programs need only"
            " one device or one right of it."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Running containers that are privileged, or hold a right, disk or folder that amounts to it (watch).",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
