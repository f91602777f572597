"""Find backup jobs that have not ended well for longer than twice their period."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.backup_findings import backup_case, backup_evidence
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import BackupJob, Backups
from steward.knowhow.facts.timers import PLUGIN as TIMERS
from steward.knowhow.facts.timers import Timers
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "late_backups"
_PERIODS = 2
_GRACE = timedelta(hours=6)
"""A run may take its time."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each late job."""
    backups, timers = snapshot.of(BACKUPS), snapshot.of(TIMERS)
    if backups is None or timers is None:
        return ()
    found: list[Finding] = []
    for name, one in backups.jobs.items():
        period, since = _period(one, timers), _since(backups, one, timers)
        if period is not None and since is not None and snapshot.at - since > period * _PERIODS + _GRACE:
            found.append(_finding(snapshot, name, one, period, since))
    return tuple(found)


def _period(one: BackupJob, timers: Timers) -> timedelta | None:
    """Return the shortest period of its timers, else its usual one; None where a timer's rules are not understood."""
    if one.usual_seconds is not None:
        return timedelta(seconds=one.usual_seconds)
    known = [timers.timers[name].period_seconds for name in one.timers if name in timers.timers]
    seconds = [period for period in known if period is not None]
    return timedelta(seconds=min(seconds)) if seconds and len(seconds) == len(known) else None


def _since(backups: Backups, one: BackupJob, timers: Timers) -> datetime | None:
    """Return the last success, else since when its timer waits in vain; None where nobody can tell."""
    if one.succeeded_at is not None or not backups.is_journal_read:
        return one.succeeded_at
    waits = [timers.timers[name].active_since for name in one.timers if name in timers.timers]
    return max((wait for wait in waits if wait is not None), default=None)


def _finding(snapshot: Snapshot, name: str, one: BackupJob, period: timedelta, since: datetime) -> Finding:
    this = backup_case(_NAME, snapshot, name)
    return this.finding(
        f"{visible_line(name)} on {snapshot.machine.name} has made no backup for {age(snapshot.at - since)};"
        f" it should every {age(period)}",
        Severity.WARNING,
        (*backup_evidence(this, one), this.seen("period_seconds", int(period.total_seconds()))),
        if_nothing="What was made or changed since then is lost when its disk fails or it is deleted by mistake.",
        fix=None if one.is_running or one.kind != "unit" else "run_backup",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Backup jobs without a success for more than twice the period of their timer, or twice as long as usual.",
    needs=(BACKUPS.name, TIMERS.name),
    run=run,
)
