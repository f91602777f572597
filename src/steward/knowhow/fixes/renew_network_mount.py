"""Cure a mount that hangs: take it away and mount it anew."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.knowhow.facts.network_mounts import PLUGIN as NETWORK_MOUNTS
from steward.lib.text import visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return two steps; when the server is still away the second fails, and nothing hangs any more."""
    network, place = snapshot.of(NETWORK_MOUNTS), finding.resource.name
    one = None if network is None else network.mounts.get(place)
    if one is None or one.state == "answers":
        why = "it answers" if one is not None else "it is not mounted"
        raise InvalidInput(f"{visible_line(place)} does not hang any more", where=snapshot.machine.name, why=why)
    given = {"machine": snapshot.machine.id, "place": place}
    return Workflow(
        name="renew-network-mount",
        title=f"Mount {visible_line(place)} on {snapshot.machine.name} anew",
        goal=f"{visible_line(place)} is mounted and answers; with its server away, programs get errors and do not hang",
        steps=(
            WorkflowStep(id="detach", command="mount.detach", input=given),
            WorkflowStep(id="mount", command="mount.mount", input=given, needs=("detach",)),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="renew_network_mount",
    summary="Detach a mount from another machine that hangs, and mount it anew; right when its server is back.",
    needs=(NETWORK_MOUNTS.name, MOUNTS.name),
    propose=propose,
)
