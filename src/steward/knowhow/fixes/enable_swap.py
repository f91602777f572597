"""Cure swap that is declared and not in use."""

from __future__ import annotations

from steward.knowhow.facts.mounts import PLUGIN as MOUNTS
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step."""
    mounts = snapshot.of(MOUNTS)
    if mounts is None or mounts.swap_count or not mounts.swap_declared:
        raise InvalidInput("no declared swap is missing any more", where=snapshot.machine.name)
    return Workflow(
        name="enable-swap",
        title=f"Use the swap of {snapshot.machine.name}",
        goal="the swap that fstab declares is in use",
        steps=(WorkflowStep(id="enable", command="swap.enable", input={"machine": snapshot.machine.id}),),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="enable_swap",
    summary="Use the swap that fstab declares; wrong on Kubernetes nodes that want none.",
    needs=(MOUNTS.name,),
    propose=propose,
)
