"""Cure a container that would stay off after a restart by giving it a restart policy."""

from __future__ import annotations

from steward.knowhow.container_operations import container_of
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return one step; the policy `unless-stopped` lets a person who stops it be right."""
    name = finding.resource.name
    container = container_of(snapshot, name)
    if container.restart_policy not in {"no", ""}:
        why = f"its policy is {container.restart_policy}"
        raise InvalidInput(f"container {name} needs no other policy any more", where=snapshot.machine.name, why=why)
    return Workflow(
        name="keep-container-running",
        title=f"Let container {name} come back with {snapshot.machine.name}",
        goal=f"container {name} is started again whenever it ends, unless somebody stops it",
        steps=(
            WorkflowStep(
                id="policy",
                command="container.update_restart_policy",
                input={"machine": snapshot.machine.id, "container": name, "policy": "unless-stopped"},
            ),
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="keep_container_running",
    summary="Give a container that has run for long the restart policy `unless-stopped`; it is not restarted for that.",
    needs=(CONTAINERS.name, SETTINGS.name),
    propose=propose,
)
