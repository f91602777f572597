"""Find engines that keep images in a way that wastes room or is no longer cared for."""

from __future__ import annotations

from steward.knowhow.facts.container_daemons import PLUGIN as DAEMONS
from steward.knowhow.facts.container_daemons import ContainerDaemon
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "poor_storage_drivers"
_POOR = {
    ("docker", "vfs"): "every container and every layer is a whole copy",
    ("podman", "vfs"): "every container and every layer is a whole copy",
    ("docker", "aufs"): "Docker 24 took it out",
    ("docker", "devicemapper"): "Docker 25 took it out",
    ("docker", "overlay"): "Docker 24 took it out",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each engine."""
    daemons = snapshot.of(DAEMONS)
    if daemons is None:
        return ()
    judged = ((engine, one, _POOR.get((engine, one.storage_driver))) for engine, one in daemons.daemons.items())
    return tuple(_finding(snapshot, engine, one, why) for engine, one, why in judged if why)


def _finding(snapshot: Snapshot, engine: str, one: ContainerDaemon, why: str) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, engine, engine, fact=DAEMONS.name)
    is_copying = one.storage_driver == "vfs"
    return this.finding(
        f"{engine} on {snapshot.machine.name} keeps its images with {one.storage_driver}: {why}",
        Severity.WATCH,
        (this.seen("storage_driver", one.storage_driver), this.seen("version", one.version)),
        if_nothing=(
            "Its disk fills many times faster than it would with overlay."
            if is_copying
            else "An update of the engine will not find its images and containers any more."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Engines that keep images with vfs, or with a driver that newer versions do not know (watch).",
    needs=(DAEMONS.name,),
    run=run,
)
