"""Find Compose projects that run and whose files are gone."""

from __future__ import annotations

from steward.knowhow.compose_projects import Project, projects
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "missing_compose_files"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each project."""
    return tuple(_finding(snapshot, one) for one in projects(snapshot).values() if one.compose.missing_files)


def _finding(snapshot: Snapshot, one: Project) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, one.name, one.engine, fact=SETTINGS.name)
    file = visible_line(one.compose.missing_files[0])
    return this.finding(
        f"project {visible_line(one.name)} on {snapshot.machine.name} was made from {file}, which is gone",
        Severity.WATCH,
        (
            *this.outside("missing_file", one.compose.missing_files[:5]),
            this.seen("running", len(one.running)),
        ),
        if_nothing=(
            "Its containers go on as they are. Nobody can change them, or make them again after a loss, the way they"
            " were made."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Compose projects whose file is gone from a folder that is there (watch).",
    needs=(SETTINGS.name, CONTAINERS.name),
    run=run,
)
