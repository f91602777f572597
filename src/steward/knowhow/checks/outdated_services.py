"""Find services that run on with code which an update has replaced."""

from __future__ import annotations

from steward.knowhow.facts.stale_programs import PLUGIN as STALE
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.knowhow.machine_restart import restart_fix
from steward.knowhow.stale_services import restartable
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "outdated_services"
_MOST_NAMED = 20


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for all services; what people have open in their sessions is theirs."""
    stale = snapshot.of(STALE)
    if stale is None or not stale.services:
        return ()
    this = case(_NAME, snapshot, ResourceKind.PACKAGES, "services", "/proc", fact=STALE.name)
    named = visible_line(", ".join(list(stale.services)[:3]))
    more = f" and {len(stale.services) - 3} more" if len(stale.services) > 3 else ""
    uses = "uses" if len(stale.services) == 1 else "use"
    lines = [
        visible_line(f"{unit}: {', '.join(one.files[:2])}") for unit, one in list(stale.services.items())[:_MOST_NAMED]
    ]
    return (
        this.finding(
            f"{plural(len(stale.services), 'service')} on {snapshot.machine.name} still {uses} replaced files:"
            f" {named}{more}",
            Severity.WATCH,
            (this.seen("sees_all_processes", stale.sees_all), *this.outside("uses", lines)),
            if_nothing="They run on with the old code, its known security holes included, until they are started anew.",
            fix=_fix(snapshot, tuple(stale.services)),
        ),
    )


def _fix(snapshot: Snapshot, services: tuple[str, ...]) -> str | None:
    """Restart them where that is allowed; what only a restart of the machine cures is that."""
    if snapshot.of(UNITS) is not None and restartable(snapshot, services):
        return "restart_outdated_services"
    return restart_fix(snapshot)


PLUGIN = Check(
    name=_NAME,
    summary="Services that still use programs or libraries which an update has replaced.",
    needs=(STALE.name,),
    run=run,
)
