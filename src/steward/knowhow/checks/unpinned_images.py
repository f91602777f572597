"""Find containers whose image is named without a version."""

from __future__ import annotations

from steward.knowhow.container_setup import all_settings, some_of
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.findings import case
from steward.knowhow.image_use import image_of, is_pinned, running_containers
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "unpinned_images"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each engine; an image that was built here has no other version to get."""
    names: dict[str, list[str]] = {}
    for name, one in sorted(running_containers(snapshot).items()):
        image = image_of(snapshot, one)
        if image is not None and image.digests and not is_pinned(one.image) and not _was_built(snapshot, name):
            names.setdefault(one.engine, []).append(f"{name} ({one.image})")
    return tuple(_finding(snapshot, engine, found) for engine, found in names.items())


def _was_built(snapshot: Snapshot, name: str) -> bool:
    """Tell whether Compose built the image: it names those after project and service."""
    one = all_settings(snapshot).get(name)
    if one is None or one.compose is None:
        return False
    return one.image in {f"{one.compose.project}{sign}{one.compose.service}" for sign in "-_"}


def _finding(snapshot: Snapshot, engine: str, found: list[str]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.SERVICE, engine, engine, fact=IMAGES.name)
    return this.finding(
        f"{plural(len(found), 'container')} of {engine} on {snapshot.machine.name} with an image of no fixed version:"
        f" {some_of(found)}",
        Severity.WATCH,
        (this.seen("count", len(found)), *(this.seen("container", each) for each in found[:20])),
        if_nothing=(
            "They work. The next pull gives them whatever is newest then, a version that does not read their data"
            " included, and nobody can say which one ran before."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Running containers whose image has the tag `latest` or none, and no sum (watch), one finding an engine.",
    needs=(CONTAINERS.name, IMAGES.name),
    run=run,
)
