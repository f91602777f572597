"""Cure a timer that missed its runs by doing its work once, now."""

from __future__ import annotations

from steward.knowhow.facts.timers import PLUGIN as TIMERS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import unit_of
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one start of what the timer starts."""
    where, timers = snapshot.machine.name, snapshot.of(TIMERS)
    timer = None if timers is None else timers.timers.get(finding.resource.name)
    if timer is None:
        raise InvalidInput(f"there is no timer `{finding.resource.name}` any more", where=where)
    _, unit = unit_of(snapshot, timer.unit)
    if unit.active_state in {"active", "activating"}:
        raise InvalidInput(f"{unit.name} is at work", where=where, next_step="wait until it has ended")
    given = {"machine": snapshot.machine.id, "unit": unit.name}
    return Workflow(
        name="run-overdue-timer",
        title=f"Start {unit.name} on {where} now",
        goal=f"the work that {finding.resource.name} missed is done once; why it was missed is not cured by that",
        steps=(WorkflowStep(id="start", command="unit.start", input=given),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="run_overdue_timer",
    summary="Do the work of a timer that missed its runs once, now.",
    needs=(TIMERS.name, UNITS.name),
    propose=propose,
)
