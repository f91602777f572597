"""Find disks that lose sectors: by what cannot be read now, and by what was replaced lately, not years ago."""

from __future__ import annotations

from steward.knowhow.disk_findings import asked_disks, called, counted, disk_case, grown
from steward.knowhow.facts.disk_health import PLUGIN as HEALTH
from steward.knowhow.facts.disk_health import DiskHealth
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.observation import Observation

_NAME = "bad_sectors"
_DAYS = 30
_MANY = 50
"""Replaced sectors from which a disk nobody knows yet is worth knowing; a few of the first days are nothing."""
_REPLACED = ("reallocated_sectors", "media_errors", "reported_errors")
_WORDS = {
    "reallocated_sectors": "has replaced {} within {} days",
    "media_errors": "could not read or write {} within {} days",
    "reported_errors": "could not mend {} within {} days",
    "lost_sectors": "could not read {} when it looked at itself within {} days",
}
_NOUNS = {
    "reallocated_sectors": "sector",
    "media_errors": "block",
    "reported_errors": "error",
    "lost_sectors": "sector",
}


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each disk."""
    judged = ((key, one, _judge(snapshot, key, one)) for key, one in asked_disks(snapshot).items())
    return tuple(_finding(snapshot, key, one, *verdict) for key, one, verdict in judged if verdict is not None)


def _judge(snapshot: Snapshot, key: str, one: DiskHealth) -> tuple[Severity, str, str] | None:
    """Judge by what is unreadable now, then by what grew, then by what a disk seen for the first time brings along."""
    counters = {
        name: counted(snapshot, key, one, name) or 0 for name in ("pending_sectors", "lost_sectors", *_REPLACED)
    }
    pending = counters["pending_sectors"]
    if pending > 0:
        return Severity.WARNING, f"has {plural(pending, 'sector')} that it cannot read", "pending_sectors"
    for name, words in _WORDS.items():
        growth = grown(snapshot, key, name, counters[name], days=_DAYS)
        if growth is not None and growth.count > 0:
            days = max(1, (snapshot.at - growth.begin).days)
            return Severity.WARNING, words.format(plural(growth.count, _NOUNS[name]), days), name
    replaced = counters["reallocated_sectors"]
    if replaced >= _MANY and _is_new(snapshot, key):
        says = f"has replaced {plural(replaced, 'sector')} some time ago; whether they get more is not known yet"
        return Severity.WATCH, says, "reallocated_sectors"
    return None


def _is_new(snapshot: Snapshot, key: str) -> bool:
    """Tell whether a disk is known for less than a week, so that nobody can say whether a counter still grows."""
    points = snapshot.past.of(HEALTH.name, f"{key} reallocated_sectors")
    return not points or (snapshot.at - points[0].at).days < 7


def _finding(snapshot: Snapshot, key: str, one: DiskHealth, severity: Severity, says: str, counter: str) -> Finding:
    this = disk_case(_NAME, snapshot, key)
    evidence: list[Observation] = []
    for name in ("pending_sectors", "lost_sectors", *_REPLACED):
        value = counted(snapshot, key, one, name)
        evidence += [] if value is None else [this.seen(name, value)]
    growth = grown(snapshot, key, counter, counted(snapshot, key, one, counter) or 0, days=_DAYS)
    if growth is not None:
        evidence.append(this.seen(f"{counter}_more_since_{growth.begin:%Y-%m-%d}", growth.count))
    if one.is_asleep:
        evidence.append(this.seen("is_asleep", value=True))
    return this.finding(
        f"{called(snapshot, key, one)} {says}",
        severity,
        tuple(evidence),
        if_nothing="Files that lie on such sectors are damaged, and a disk that loses more of them fails sooner than"
        " others. Make sure of the backup, and plan to replace it.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Disks with sectors that cannot be read, or with more replaced sectors or errors than 30 days ago.",
    needs=(HEALTH.name,),
    history=(HEALTH.name,),
    run=run,
)
