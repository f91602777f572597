"""Cure a machine whose Docker is off by starting it."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import unit_of
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one start; the engine starts the containers whose policy says so."""
    _, unit = unit_of(snapshot, finding.resource.name)
    if unit.active_state != "inactive":
        why = f"it is {unit.active_state}"
        raise InvalidInput(f"{unit.name} is not off any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="start-container-engine",
        title=f"Start {unit.name} on {snapshot.machine.name}",
        goal=f"{unit.name} is active, and the containers run whose policy is to run",
        steps=(
            WorkflowStep(id="start", command="unit.start", input={"machine": snapshot.machine.id, "unit": unit.name}),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="start_container_engine",
    summary="Start Docker where it is enabled and off; it starts the containers whose policy is to run.",
    needs=(UNITS.name,),
    propose=propose,
)
