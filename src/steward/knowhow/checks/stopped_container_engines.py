"""Find machines whose Docker should run and does not: its containers are off, and nothing else would tell."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stopped_container_engines"
_SERVICE, _SOCKET = "docker.service", "docker.socket"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; that it failed is told by the check of units."""
    units = snapshot.of(UNITS)
    service = None if units is None else units.find(_SERVICE)
    if units is None or service is None or service.file_state != "enabled" or service.active_state != "inactive":
        return ()
    return (_finding(snapshot, service, units.find(_SOCKET)),)


def _finding(snapshot: Snapshot, service: Unit, socket: Unit | None) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, service.name, "systemctl")
    on_demand = socket is not None and socket.active_state == "active"
    return this.finding(
        f"{service.name} on {snapshot.machine.name} is enabled and off: no container of Docker runs",
        Severity.WATCH if on_demand else Severity.DOWN,
        (
            this.seen("active_state", service.active_state),
            this.seen("file_state", service.file_state),
            this.seen("socket", socket.active_state if socket is not None else "none"),
            *([this.seen("changed_at", service.changed_at.isoformat())] if service.changed_at else []),
        ),
        if_nothing=(
            "Its containers stay off until somebody asks Docker something, or the machine is restarted."
            if on_demand
            else "Its containers stay off until the machine is restarted."
        ),
        fix="start_container_engine",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Machines whose Docker is enabled and off (down), or off until its socket is used (watch).",
    needs=(UNITS.name,),
    run=run,
)
