"""Cure packages that are half installed by finishing what was begun."""

from __future__ import annotations

from steward.knowhow.facts.package_states import PLUGIN as STATES
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step."""
    states = snapshot.of(STATES)
    if states is None or not (states.broken_count or states.is_interrupted):
        raise InvalidInput("no package is half installed any more", where=snapshot.machine.name)
    return Workflow(
        name="finish-packages",
        title=f"Finish the half installed packages on {snapshot.machine.name}",
        goal="every package is whole, so that updates can be installed again",
        steps=(WorkflowStep(id="configure", command="packages.configure", input={"machine": snapshot.machine.id}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="finish_packages",
    summary="Let dpkg finish packages that were only unpacked, as after a power cut during an update.",
    needs=(STATES.name,),
    propose=propose,
)
