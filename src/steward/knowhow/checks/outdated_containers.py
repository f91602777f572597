"""Find containers that still run an image whose name stands for a newer one here."""

from __future__ import annotations

from steward.knowhow.container_setup import all_settings
from steward.knowhow.facts.container_settings import PLUGIN as SETTINGS
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.facts.images import Image
from steward.knowhow.findings import case
from steward.knowhow.image_use import image_named, running_containers
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "outdated_containers"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; whether a registry has a newer image is not known here."""
    judged = ((name, one, image_named(snapshot, one)) for name, one in running_containers(snapshot).items())
    return tuple(
        _finding(snapshot, name, one, newer)
        for name, one, newer in judged
        if newer is not None and newer.id != one.image_id.removeprefix("sha256:")
    )


def _finding(snapshot: Snapshot, name: str, one: Container, newer: Image) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.CONTAINER, name, one.engine, fact=IMAGES.name)
    settings, known = snapshot.of(SETTINGS), all_settings(snapshot).get(name)
    can_fix = settings is not None and settings.has_compose and known is not None and known.compose is not None
    created = newer.created_at
    return this.finding(
        f"container {name} on {snapshot.machine.name} still runs an older {visible_line(one.image)} than is here",
        Severity.WATCH,
        (
            this.seen("image", one.image),
            this.seen("runs_image_id", one.image_id.removeprefix("sha256:")[:12]),
            this.seen("newer_image_id", newer.id[:12]),
            *([this.seen("newer_made_at", created.isoformat())] if created else []),
        ),
        if_nothing="It goes on with the old image until somebody makes it anew; a restart alone does not change that.",
        fix="recreate_container" if can_fix and one.engine == "docker" else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Running containers whose image name stands for another image on the same machine by now (watch).",
    needs=(CONTAINERS.name, IMAGES.name),
    run=run,
)
