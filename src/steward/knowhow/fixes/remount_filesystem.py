"""Cure options that did not take by mounting again in place."""

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
    if one is None or not one.missing_options:
        why = "fstab has no line for it" if one is None else ""
        raise InvalidInput(f"{visible_line(place)} has all its options", where=snapshot.machine.name, why=why)
    return Workflow(
        name="remount-filesystem",
        title=f"Remount {visible_line(place)} on {snapshot.machine.name}",
        goal=f"{visible_line(place)} has all options fstab asks for",
        steps=(
            WorkflowStep(id="remount", command="mount.remount", input={"machine": snapshot.machine.id, "place": place}),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="remount_filesystem",
    summary="Put the options of fstab in force on what is mounted.",
    needs=(MOUNTS.name,),
    propose=propose,
)
