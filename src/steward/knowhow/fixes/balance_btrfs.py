"""Cure a btrfs whose metadata cannot grow: give back what its data does not use."""

from __future__ import annotations

from steward.knowhow.facts.btrfs import PLUGIN as BTRFS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep

_USAGE_PERCENT = 50


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one balance of pieces that are at most half used."""
    found, place = snapshot.of(BTRFS), finding.resource.name
    one = None if found is None else found.filesystems.get(place)
    if one is None or one.data_percent is None:
        raise InvalidInput(f"{visible_line(place)} is not mounted", where=snapshot.machine.name)
    return Workflow(
        name="balance-btrfs",
        title=f"Give room of {visible_line(place)} on {snapshot.machine.name} back to its metadata",
        goal="metadata can grow again; when no piece is that empty, nothing is gained, and the proof says so",
        steps=(
            WorkflowStep(
                id="balance",
                command="btrfs.balance",
                input={"machine": snapshot.machine.id, "place": place, "usage_percent": _USAGE_PERCENT},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="balance_btrfs",
    summary="Pack the data of a btrfs so that its metadata can grow; right when data was promised more than it uses.",
    needs=(BTRFS.name,),
    propose=propose,
)
