"""Find filesystems whose inodes run out soon: something makes files and never removes them."""

from __future__ import annotations

from steward.knowhow.facts.filesystems import PLUGIN as FILESYSTEMS
from steward.knowhow.filling import Filling, filling
from steward.knowhow.findings import case
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.resource import ResourceKind

_NAME = "filling_inodes"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each filesystem whose inodes run out."""
    filesystems = snapshot.of(FILESYSTEMS)
    if filesystems is None:
        return ()
    found: list[Finding] = []
    for place, one in filesystems.filesystems.items():
        points = snapshot.past.of(FILESYSTEMS.name, f"{place} inodes_used_percent")
        judged = filling(points, now=snapshot.at, level=100.0)
        if judged is not None and one.inodes_used_percent is not None and not one.is_read_only:
            found.append(_finding(snapshot, place, one.inodes_used_percent, judged))
    return tuple(found)


def _finding(snapshot: Snapshot, place: str, used_percent: float, judged: Filling) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.FILESYSTEM, place, "df")
    return this.finding(
        f"{visible_line(place)} on {snapshot.machine.name} runs out of inodes in {age(judged.full_at - snapshot.at)}",
        judged.severity,
        (
            this.seen("full_at", judged.full_at.isoformat(timespec="minutes")),
            this.seen("growth_percent_per_day", round(judged.growth_per_day, 2)),
            this.seen("inodes_used_percent", used_percent),
            this.seen("measured_since", judged.known_since.isoformat(timespec="minutes")),
        ),
        if_nothing="On that day no new file can be made here, although there is room. Something makes many small files:"
        " sessions, a mail queue, a cache.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Filesystems whose inodes run out within 14 days (watch) or 3 days (warning), by how they grew lately.",
    needs=(FILESYSTEMS.name,),
    history=(FILESYSTEMS.name,),
    run=run,
)
