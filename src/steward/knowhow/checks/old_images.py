"""Find images in use that nobody has made anew for more than a year."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.facts.images import Image
from steward.knowhow.findings import case
from steward.knowhow.image_use import image_of, running_containers
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "old_images"
_OLD = timedelta(days=365)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each old image; one that does not tell its age truly is left out."""
    users: dict[str, tuple[Image, list[str]]] = {}
    for name, one in sorted(running_containers(snapshot).items()):
        image = image_of(snapshot, one)
        if image is not None and image.created_at is not None and snapshot.at - image.created_at > _OLD:
            users.setdefault(one.image, (image, []))[1].append(name)
    return tuple(_finding(snapshot, name, image, found) for name, (image, found) in users.items())


def _finding(snapshot: Snapshot, name: str, image: Image, users: list[str]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.IMAGE, name, image.engine, fact=IMAGES.name)
    old = snapshot.at - image.created_at if image.created_at is not None else _OLD
    return this.finding(
        f"image {visible_line(name)} on {snapshot.machine.name} is {age(old)} old",
        Severity.WATCH,
        (
            this.seen("age_days", old.days),
            this.seen("image_id", image.id[:12]),
            *(this.seen("container", user) for user in users[:20]),
        ),
        if_nothing="It works as it is, with every security hole that was found in what it holds since it was made.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Images of running containers that were made more than a year ago (watch).",
    needs=(CONTAINERS.name, IMAGES.name),
    run=run,
)
