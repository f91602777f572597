"""Cure the room that images without a name take up by removing them."""

from __future__ import annotations

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.image_use import prunable
from steward.lib.text import plural
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step for the engine the finding is about."""
    engine = finding.resource.name.rpartition(" ")[2]
    left = prunable(snapshot, engine)
    if not left:
        raise InvalidInput(f"no image of {engine} is left over any more", where=snapshot.machine.name)
    return Workflow(
        name="prune-images",
        title=f"Remove {plural(len(left), 'image')} of {engine} on {snapshot.machine.name} that nothing needs",
        goal=f"{engine} keeps no image without a name or a use",
        steps=(
            WorkflowStep(id="prune", command="images.prune", input={"machine": snapshot.machine.id, "engine": engine}),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="prune_images",
    summary="Remove images that lost their name to newer ones and that no container uses.",
    needs=(CONTAINERS.name, IMAGES.name),
    propose=propose,
)
