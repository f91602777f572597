"""Cure a container that runs an old image by making it anew from the newer one that is here."""

from __future__ import annotations

from steward.knowhow.container_operations import container_of
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.image_use import image_named
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step."""
    name = finding.resource.name
    container = container_of(snapshot, name)
    newer = image_named(snapshot, container)
    if newer is None or newer.id == container.image_id.removeprefix("sha256:"):
        raise InvalidInput(f"container {name} is not outdated any more", where=snapshot.machine.name)
    return Workflow(
        name="recreate-container",
        title=f"Make container {name} on {snapshot.machine.name} anew",
        goal=f"container {name} runs the image its name stands for, and works",
        steps=(
            WorkflowStep(
                id="recreate",
                command="container.recreate",
                input={"machine": snapshot.machine.id, "container": name},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="recreate_container",
    summary="Make a container of a Compose project anew from the newer image that was pulled already.",
    needs=(CONTAINERS.name, SETTINGS.name, IMAGES.name),
    propose=propose,
)
