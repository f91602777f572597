"""Cure an array that was not checked for long with a check."""

from __future__ import annotations

from steward.knowhow.facts.arrays import PLUGIN as ARRAYS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one check."""
    arrays, name = snapshot.of(ARRAYS), finding.resource.name
    one = None if arrays is None else arrays.arrays.get(name)
    if one is None or one.sync_action != "idle":
        why = f"it is at {one.sync_action}" if one is not None else "it is not there"
        raise InvalidInput(f"array {visible_line(name)} needs no check now", where=snapshot.machine.name, why=why)
    return Workflow(
        name="check-array",
        title=f"Check array {visible_line(name)} on {snapshot.machine.name}",
        goal="all sectors of the array have been read, and those that differ are counted",
        steps=(WorkflowStep(id="check", command="array.check", input={"machine": snapshot.machine.id, "array": name}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="check_array",
    summary="Check an array of md that nobody has compared for long.",
    needs=(ARRAYS.name,),
    propose=propose,
)
