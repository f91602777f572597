"""Cure an old scrub of btrfs with a new one."""

from __future__ import annotations

from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one scrub."""
    found, place = snapshot.of(BTRFS), finding.resource.name
    one = None if found is None else found.filesystems.get(place)
    if one is None or one.scrub_state == "running":
        why = "one runs" if one is not None else "it is not mounted"
        raise InvalidInput(f"{visible_line(place)} needs no scrub now", where=snapshot.machine.name, why=why)
    return Workflow(
        name="scrub-btrfs",
        title=f"Scrub btrfs at {visible_line(place)} on {snapshot.machine.name}",
        goal="all data has been read, and what was damaged and has a good copy is mended",
        steps=(
            WorkflowStep(id="scrub", command="btrfs.scrub", input={"machine": snapshot.machine.id, "place": place}),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="scrub_btrfs",
    summary="Scrub a filesystem of btrfs that nobody has read through for long.",
    needs=(BTRFS.name,),
    propose=propose,
)
