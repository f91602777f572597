"""Cure a failed unit by starting it once more."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import unit_of
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one restart; the proof of it tells whether the reason has passed."""
    _, unit = unit_of(snapshot, finding.resource.name)
    if unit.active_state != "failed":
        why = f"it is {unit.active_state} now"
        raise InvalidInput(f"{unit.name} has not failed any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="restart-failed-unit",
        title=f"Restart {unit.name} on {snapshot.machine.name}",
        goal=f"{unit.name} does not fail again when it is started; if it does, it is left stopped as it was",
        steps=(
            WorkflowStep(
                id="restart",
                command="unit.restart",
                input={"machine": snapshot.machine.id, "unit": unit.name},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="restart_failed_unit",
    summary="Restart a failed unit; right when the reason has passed, proven wrong at once when it has not.",
    needs=(UNITS.name,),
    propose=propose,
)
