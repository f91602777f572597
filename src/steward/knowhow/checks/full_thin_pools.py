"""Find thin pools of LVM that fill up: every volume in them promises more than there is."""

from __future__ import annotations

from steward.knowhow.facts.volumes import PLUGIN as VOLUMES
from steward.knowhow.facts.volumes import Volume, Volumes
from steward.knowhow.findings import case
from steward.lib.text import size, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import full_at
from steward.model.resource import ResourceKind

_NAME = "full_thin_pools"
_DATA = ((97.0, Severity.DOWN), (90.0, Severity.WARNING), (80.0, Severity.WATCH))
_METADATA = ((90.0, Severity.DOWN), (80.0, Severity.WARNING), (70.0, Severity.WATCH))
_ORDER = (Severity.WATCH, Severity.WARNING, Severity.DOWN)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each thin pool short of room for data or for its table."""
    volumes = snapshot.of(VOLUMES)
    if volumes is None:
        return ()
    judged = ((key, one, _judge(one)) for key, one in volumes.volumes.items() if one.kind == "thin-pool")
    return tuple(
        _finding(snapshot, volumes, key, one, severity) for key, one, severity in judged if severity is not None
    )


def _judge(one: Volume) -> Severity | None:
    data = next((how for least, how in _DATA if (one.data_percent or 0.0) >= least), None)
    table = next((how for least, how in _METADATA if (one.metadata_percent or 0.0) >= least), None)
    return max((how for how in (data, table) if how is not None), key=_ORDER.index, default=None)


def _finding(snapshot: Snapshot, volumes: Volumes, key: str, one: Volume, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.VOLUME, key, "lvs", fact=VOLUMES.name)
    data, table = one.data_percent or 0.0, one.metadata_percent or 0.0
    group = volumes.groups.get(one.group)
    promised = sum(
        other.size_bytes for other in volumes.volumes.values() if (other.group, other.pool) == (one.group, one.name)
    )
    points = snapshot.past.of(VOLUMES.name, f"{key} data_percent")
    until = full_at(points, now=snapshot.at, level=100.0)
    evidence = [
        this.seen("data_percent", data),
        this.seen("metadata_percent", table),
        this.seen("size_bytes", one.size_bytes),
        this.seen("promised_bytes", promised),
    ]
    evidence += [this.seen("free_in_group_bytes", group.free_bytes)] if group is not None else []
    evidence += [this.seen("full_at", until.date().isoformat())] if until is not None else []
    return this.finding(
        f"thin pool {visible_line(key)} on {snapshot.machine.name} is {data:.0f} % full, its table {table:.0f} %;"
        f" it is {size(one.size_bytes)} large",
        severity,
        tuple(evidence),
        if_nothing="When it is full, everything on it stops at once: virtual machines get errors or freeze, and their"
        " filesystems can be damaged. A full table is worse than full data, and hard to repair.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Thin pools of LVM from 80, 90 and 97 % of data, or 70, 80 and 90 % of their table.",
    needs=(VOLUMES.name,),
    history=(VOLUMES.name,),
    run=run,
)
