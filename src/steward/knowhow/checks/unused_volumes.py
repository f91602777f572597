"""Find volumes that no container uses any more and that take up room."""

from __future__ import annotations

from steward.knowhow.container_setup import some_of
from steward.knowhow.facts.container_volumes import PLUGIN as VOLUMES
from steward.knowhow.facts.container_volumes import UnusedVolume
from steward.knowhow.findings import case
from steward.lib.text import plural, size
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "unused_volumes"
_MUCH = 1024**3
_MANY = 20


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each engine; a few small ones are left over everywhere."""
    volumes = snapshot.of(VOLUMES)
    if volumes is None:
        return ()
    by_engine: dict[str, list[UnusedVolume]] = {}
    for one in volumes.volumes.values():
        by_engine.setdefault(one.engine, []).append(one)
    return tuple(
        _finding(snapshot, engine, found)
        for engine, found in by_engine.items()
        if _known_bytes(found) >= _MUCH or len(found) >= _MANY
    )


def _known_bytes(found: list[UnusedVolume]) -> int:
    return sum(one.size_bytes or 0 for one in found)


def _finding(snapshot: Snapshot, engine: str, found: list[UnusedVolume]) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.VOLUME, f"unused volumes of {engine}", engine, fact=VOLUMES.name)
    largest = sorted(found, key=lambda one: (-(one.size_bytes or 0), one.name))
    names = [one.name if one.is_named else one.name[:12] for one in largest]
    known, is_whole = _known_bytes(found), all(one.size_bytes is not None for one in found)
    room = f", {'' if is_whole else 'at least '}{size(known)}" if known else ""
    return this.finding(
        f"{plural(len(found), 'volume')} of {engine} on {snapshot.machine.name} that no container uses{room}:"
        f" {some_of(names)}",
        Severity.WATCH,
        (
            this.seen("count", len(found)),
            this.seen("named", sum(1 for one in found if one.is_named)),
            *([this.seen("known_bytes", known)] if known else []),
            *(
                this.seen(f"bytes of {name}", one.size_bytes or 0)
                for name, one in zip(names[:10], largest, strict=False)
            ),
        ),
        if_nothing=(
            "They take up room. What is in them may be all that is left of something, or belong to a project that is"
            " off: look before removing any."
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Volumes that no container uses, from 1 GB together or from 20 of them (watch).",
    needs=(VOLUMES.name,),
    run=run,
)
