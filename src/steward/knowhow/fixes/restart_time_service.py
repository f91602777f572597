"""Cure a clock whose time service reaches no server by starting that service anew."""

from __future__ import annotations

from steward.knowhow.facts.clock import PLUGIN as CLOCK
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.time_services import time_service
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one restart; a service that began before the network was there asks again then."""
    clock, where = snapshot.of(CLOCK), snapshot.machine.name
    unit = None if clock is None else time_service(snapshot, clock)
    if clock is None or unit is None or clock.is_synchronized:
        raise InvalidInput("no time service needs to be restarted", where=where)
    given = {"machine": snapshot.machine.id, "unit": unit.name}
    return Workflow(
        name="restart-time-service",
        title=f"Restart {unit.name} on {where}",
        goal=f"{unit.name} asks its time servers again; it may take minutes until the clock is synchronized",
        steps=(WorkflowStep(id="restart", command="unit.restart", input=given),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="restart_time_service",
    summary="Restart chrony or ntpd that reaches no server; right when it began before the network was there.",
    needs=(CLOCK.name, UNITS.name),
    propose=propose,
)
