"""Cure SSDs that are never trimmed: turn the timer on that the distribution brings along."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return two steps: from the next boot on, and from now on."""
    units, name = snapshot.of(UNITS), finding.resource.name
    timer = None if units is None else units.units.get(name)
    if timer is None or timer.file_state != "disabled":
        why = f"it is {timer.file_state}" if timer is not None else "it is not there"
        raise InvalidInput(f"{name} is not off any more", where=snapshot.machine.name, why=why)
    given = {"machine": snapshot.machine.id, "unit": timer.name}
    steps = [WorkflowStep(id="enable", command="unit.enable", input=given)]
    if timer.active_state != "active":
        steps.append(WorkflowStep(id="start", command="unit.start", input=given, needs=("enable",)))
    return Workflow(
        name="enable-trim",
        title=f"Trim the SSDs of {snapshot.machine.name} once a week",
        goal=f"{timer.name} is on, now and after a restart",
        steps=tuple(steps),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="enable_trim",
    summary="Turn the timer on that tells SSDs once a week which blocks are free.",
    needs=(UNITS.name,),
    propose=propose,
)
