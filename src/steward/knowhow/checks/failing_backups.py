"""Find backup jobs that came out badly the last time, where their unit does not say so already."""

from __future__ import annotations

from steward.knowhow.backup_findings import backup_case, backup_evidence
from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "failing_backups"


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each job; one whose unit stands as failed is left to the check of units."""
    backups, units = snapshot.of(BACKUPS), snapshot.of(UNITS)
    if backups is None:
        return ()
    states = {} if units is None else {name: one.active_state for name, one in units.units.items()}
    return tuple(
        _finding(snapshot, name, one)
        for name, one in backups.jobs.items()
        if one.has_failed and not one.is_running and states.get(name) != "failed"
    )


def _finding(snapshot: Snapshot, name: str, one: BackupJob) -> Finding:
    this = backup_case(_NAME, snapshot, name)
    last = f"was {age(snapshot.at - one.succeeded_at)} ago" if one.succeeded_at else "is not known"
    return this.finding(
        f"{visible_line(name)} on {snapshot.machine.name} failed the last time; its last success {last}",
        Severity.WARNING,
        backup_evidence(this, one),
        if_nothing="It tries again by its schedule; until it succeeds, what was changed since is in no backup.",
        fix="run_backup" if one.kind == "unit" else None,
    )


PLUGIN = Check(
    name=_NAME,
    summary="Backup jobs, Proxmox's vzdump included, that failed the last time although no unit stands as failed.",
    needs=(BACKUPS.name,),
    run=run,
)
