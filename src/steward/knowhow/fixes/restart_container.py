"""Cure a container that hangs or was given up by starting it once more."""

from __future__ import annotations

from steward.knowhow.container_operations import container_of
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one restart, which also starts a container that is off."""
    name = finding.resource.name
    container = container_of(snapshot, name)
    if container.state == "running" and container.health != "unhealthy":
        why = "it runs" + (f" and is {container.health}" if container.health else "")
        raise InvalidInput(f"container {name} needs no restart any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="restart-container",
        title=f"Restart container {name} on {snapshot.machine.name}",
        goal=f"container {name} runs by itself" + (" and is healthy" if container.health else ""),
        steps=(
            WorkflowStep(
                id="restart",
                command="container.restart",
                input={"machine": snapshot.machine.id, "container": name},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="restart_container",
    summary="Restart a container that fails its health check or was given up by its engine.",
    needs=(CONTAINERS.name,),
    propose=propose,
)
