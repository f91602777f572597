"""Find machines that nobody updates, and machines that cannot know of updates because their lists are old."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.facts.updates import Updates
from steward.knowhow.findings import case
from steward.knowhow.past import held_for
from steward.lib.text import age, plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "pending_updates"
_MANY = 100
_LONG = timedelta(days=30)
_STALE = timedelta(days=14)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding."""
    updates = snapshot.of(UPDATES)
    if updates is None or updates.manager == "none":
        return ()
    says = _stale(snapshot, updates) or _pending(snapshot, updates)
    if not says:
        return ()
    this = case(_NAME, snapshot, ResourceKind.PACKAGES, "packages", updates.manager, fact=UPDATES.name)
    evidence = [this.seen("updates", updates.count), this.seen("security_updates", updates.security_count)]
    evidence += [this.seen("lists_fetched_at", updates.lists_at.isoformat())] if updates.lists_at else []
    return (
        this.finding(
            says,
            Severity.WATCH,
            tuple(evidence),
            if_nothing="Known mistakes stay in, and the longer it waits the more changes at once.",
        ),
    )


def _stale(snapshot: Snapshot, updates: Updates) -> str:
    """Say how old the lists are; what is newer than they are nobody knows of."""
    if updates.lists_at is None or snapshot.at - updates.lists_at < _STALE:
        return ""
    return f"{snapshot.machine.name} has not asked for {age(snapshot.at - updates.lists_at)} whether there are updates"


def _pending(snapshot: Snapshot, updates: Updates) -> str:
    points = snapshot.past.of(UPDATES.name, "count")
    waited = held_for(points, now=snapshot.read_at(UPDATES.name), at_least=1)
    if updates.count >= _MANY or (updates.count and waited >= _LONG):
        for_long = f", some for {age(waited)}" if waited >= _LONG else ""
        return f"{plural(updates.count, 'update')} waiting on {snapshot.machine.name}{for_long}"
    return ""


PLUGIN = Check(
    name=_NAME,
    summary="A hundred updates wait, or some for 30 days, or nobody has asked for updates in 14 days.",
    needs=(UPDATES.name,),
    history=(UPDATES.name,),
    run=run,
)
