"""Cure a unit that should run and is off by starting it."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import unit_of
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one start; the unit may have many reasons to be off, and the proof tells whether they have passed."""
    _, unit = unit_of(snapshot, finding.resource.name)
    if unit.active_state == "active":
        raise InvalidInput(f"{unit.name} runs again", where=snapshot.machine.name)
    given = {"machine": snapshot.machine.id, "unit": unit.name}
    return Workflow(
        name="start-stopped-unit",
        title=f"Start {unit.name} on {snapshot.machine.name}",
        goal=f"{unit.name} is on and stays so; if it does not, it is left stopped as it was",
        steps=(WorkflowStep(id="start", command="unit.start", input=given),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="start_stopped_unit",
    summary="Start a timer or cron that is off; right when nobody stopped it on purpose.",
    needs=(UNITS.name,),
    propose=propose,
)
