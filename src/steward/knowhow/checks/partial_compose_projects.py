"""Find Compose projects of which some containers run and others are off."""

from __future__ import annotations

from steward.knowhow.compose_projects import Project, projects
from steward.knowhow.container_setup import some_of
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "partial_compose_projects"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; one that is wholly off was stopped by somebody and is none."""
    return tuple(_finding(snapshot, one) for one in projects(snapshot).values() if one.running and one.off)


def _finding(snapshot: Snapshot, one: Project) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, one.name, one.engine, fact=SETTINGS.name)
    return this.finding(
        f"project {visible_line(one.name)} on {snapshot.machine.name} is partly off: {some_of(list(one.off))}",
        Severity.WARNING if one.failed else Severity.WATCH,
        (
            *(this.seen("off", name) for name in one.off[:20]),
            this.seen("running", len(one.running)),
            *this.outside("compose_file", one.compose.files[:5]),
        ),
        if_nothing="What they do for the project is not done; nothing brings them back by itself.",
        fix="start_compose_project",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Compose projects that run but for containers no policy brings back: failed (warning) or stopped (watch).",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
