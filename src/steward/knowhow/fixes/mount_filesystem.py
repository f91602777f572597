"""Cure a missing mount by mounting it as fstab says."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step."""
    mounts, place = snapshot.of(MOUNTS), finding.resource.name
    one = None if mounts is None else mounts.declared.get(place)
    if one is None or one.is_mounted:
        why = "fstab has no line for it" if one is None else ""
        raise InvalidInput(f"{visible_line(place)} is not missing any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="mount-filesystem",
        title=f"Mount {visible_line(place)} on {snapshot.machine.name}",
        goal=f"{visible_line(place)} is mounted",
        steps=(
            WorkflowStep(id="mount", command="mount.mount", input={"machine": snapshot.machine.id, "place": place}),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="mount_filesystem",
    summary="Mount what fstab declares and what is not mounted; right when its disk or server is back.",
    needs=(MOUNTS.name,),
    propose=propose,
)
