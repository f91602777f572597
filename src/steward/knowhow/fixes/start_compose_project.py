"""Cure a Compose project that is partly off by starting the containers it already has."""

from __future__ import annotations

from steward.knowhow.compose_projects import projects
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.lib.text import plural, visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.fix import Fix
from steward.model.workflow import Workflow, WorkflowStep

_MOST = 20


def propose(finding: Finding, snapshot: Snapshot) -> Workflow:
    """Return a start for each container that is off, one after the other; none is made anew, no setting changes."""
    name = finding.resource.name
    project = projects(snapshot).get(name)
    if project is None or not project.off:
        raise InvalidInput(f"project {visible_line(name)} is not partly off any more", where=snapshot.machine.name)
    off = project.off[:_MOST]
    return Workflow(
        name="start-compose-project",
        title=f"Start {plural(len(off), 'container')} of project {visible_line(name)} on {snapshot.machine.name}",
        goal=f"every container of project {visible_line(name)} runs by itself",
        steps=tuple(
            WorkflowStep(
                id=f"start-{number}",
                command="container.start",
                input={"machine": snapshot.machine.id, "container": container},
                needs=(f"start-{number - 1}",) if number > 1 else (),
            )
            for number, container in enumerate(off, 1)
        ),
        finding=finding.id,
    )


PLUGIN = Fix(
    name="start_compose_project",
    summary="Start the containers of a Compose project that failed or were stopped while the others run.",
    needs=(CONTAINERS.name, SETTINGS.name),
    propose=propose,
)
