"""Cure what only a restart cures: an old kernel, libraries that everything still uses."""

from __future__ import annotations

from steward.knowhow.facts.os import PLUGIN as OS
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one restart."""
    return Workflow(
        name="restart-machine",
        title=f"Restart {snapshot.machine.name}",
        goal=f"{snapshot.machine.name} uses what is installed, and all that runs by itself runs again",
        steps=(WorkflowStep(id="reboot", command="machine.reboot", input={"machine": snapshot.machine.id}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="restart_machine",
    summary="Restart the machine; right when it runs an older kernel than is installed, and felt for some minutes.",
    needs=(OS.name,),
    propose=propose,
)
