"""Find machines whose daily, weekly or monthly round of scripts was not done."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.cron import PLUGIN as CRON
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.findings import case
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "overdue_anacron"
_LONGEST = {"cron.daily": timedelta(days=3), "cron.weekly": timedelta(days=15), "cron.monthly": timedelta(days=65)}
_SETTLED = timedelta(days=1)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a machine that was off is given a day to make up for it."""
    cron, system = snapshot.of(CRON), snapshot.of(OS)
    uptime = None if system is None else system.uptime_seconds
    if cron is None or not cron.has_anacron or (uptime is not None and uptime < _SETTLED.total_seconds()):
        return ()
    now = snapshot.read_at(CRON.name)
    late = {name: now - at for name, at in cron.rounds.items() if now - at >= _LONGEST[name]}
    if not late:
        return ()
    this = case(_NAME, snapshot, ResourceKind.SERVICE, "anacron", "/var/spool/anacron", fact=CRON.name)
    named = ", ".join(f"{name} for {age(span)}" for name, span in late.items())
    return (
        this.finding(
            f"anacron on {snapshot.machine.name} has not done {named}",
            Severity.WATCH,
            tuple(this.seen(f"{name}_days_ago", span.days) for name, span in late.items()),
            if_nothing="The scripts of that round stay undone: rotation of logs, cleaning, small backups.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Rounds of anacron that were not done: daily for 3 days, weekly for 15, monthly for 65.",
    needs=(CRON.name,),
    run=run,
)
