"""Find images that lost their name to newer ones, are used by nothing, and take up room."""

from __future__ import annotations

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.images import PLUGIN as IMAGES
from steward.knowhow.facts.images import Image
from steward.knowhow.findings import case
from steward.knowhow.image_use import prunable
from steward.lib.text import plural, size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "nameless_images"
_MUCH = 2 * 1024**3


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each engine."""
    images = snapshot.of(IMAGES)
    if images is None:
        return ()
    found = ((engine, prunable(snapshot, engine)) for engine in images.engines)
    return tuple(_finding(snapshot, engine, left) for engine, left in found if _bytes(left) >= _MUCH)


def _bytes(images: list[Image]) -> int:
    return sum(one.size_bytes for one in images)


def _finding(snapshot: Snapshot, engine: str, left: list[Image]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.IMAGE, f"nameless images of {engine}", engine, fact=IMAGES.name)
    return this.finding(
        f"{plural(len(left), 'image')} of {engine} on {snapshot.machine.name} without name or use: up to"
        f" {size(_bytes(left))}",
        Severity.WATCH,
        (
            this.seen("count", len(left)),
            this.seen("most_bytes", _bytes(left)),
            this.seen("built_here", sum(1 for one in left if not one.digests)),
            *(this.seen("image_id", one.id[:12]) for one in left[:10]),
        ),
        if_nothing="They take up room, and every update leaves more of them.",
        fix="prune_images",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Images without a name that no container uses, from 2 GB together (watch).",
    needs=(CONTAINERS.name, IMAGES.name),
    run=run,
)
