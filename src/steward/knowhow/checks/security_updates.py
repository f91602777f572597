"""Find security updates that wait."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.updates import PLUGIN as UPDATES
from steward.knowhow.findings import case
from steward.knowhow.past import held_for
from steward.knowhow.upgradable import upgradable
from steward.lib.text import age, plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "security_updates"
_LONG = timedelta(days=7)
_MOST_NAMED = 20


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding."""
    updates = snapshot.of(UPDATES)
    if updates is None or updates.security_count == 0:
        return ()
    points = snapshot.past.of(UPDATES.name, "security_count")
    waited = held_for(points, now=snapshot.read_at(UPDATES.name), at_least=1)
    since = f", some for {age(waited)}" if waited >= _LONG else ""
    this = case(_NAME, snapshot, ResourceKind.PACKAGES, "packages", updates.manager, fact=UPDATES.name)
    named = [f"{name} {one.installed} -> {one.candidate}" for name, one in updates.updates.items() if one.is_security]
    return (
        this.finding(
            f"{plural(updates.security_count, 'security update')} waiting on {snapshot.machine.name}{since}",
            Severity.WARNING if waited >= _LONG else Severity.WATCH,
            (
                this.seen("security_updates", updates.security_count),
                this.seen("waiting_days", waited.days),
                *(this.seen("update", one) for one in named[:_MOST_NAMED]),
            ),
            if_nothing="Holes that are public by now stay open on this machine.",
            fix="install_security_updates" if upgradable(updates) else None,
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Security updates that wait (watch), or have waited for a week (warning); apt and dnf tell which they are.",
    needs=(UPDATES.name,),
    history=(UPDATES.name,),
    run=run,
)
