"""Find machines with cron jobs whose cron does not run."""

from __future__ import annotations

from steward.knowhow.facts.cron import PLUGIN as CRON
from steward.knowhow.facts.cron import Cron
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.findings import case
from steward.knowhow.unit_operations import why_refused
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stopped_cron"
_UNITS = ("cron.service", "crond.service", "cronie.service", "fcron.service")


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a container without systemd runs one program, and that is not cron."""
    cron, units = snapshot.of(CRON), snapshot.of(UNITS)
    if cron is None or not _is_stopped(cron) or (cron.is_container and units is None):
        return ()
    unit = next((one for name in _UNITS if units is not None and (one := units.find(name))), None)
    is_off_on_purpose = unit is not None and unit.file_state in {"disabled", "masked"}
    this = case(_NAME, snapshot, ResourceKind.UNIT, unit.name if unit else "cron", "/proc and /etc", fact=CRON.name)
    return (
        this.finding(
            f"cron does not run on {snapshot.machine.name}, and {plural(cron.lines + cron.scripts, 'job')} wait for it",
            Severity.WATCH if is_off_on_purpose else Severity.WARNING,
            (
                this.seen("program", cron.program),
                this.seen("jobs_in_tables", cron.lines),
                this.seen("scripts", cron.scripts),
                *([this.seen("file_state", unit.file_state)] if unit else []),
            ),
            if_nothing="What cron should start is not started: cleaning, backups, renewals; nobody is told.",
            fix="start_stopped_unit" if _can_start(unit) else None,
        ),
    )


def _is_stopped(cron: Cron) -> bool:
    return bool(cron.program) and not cron.is_running and cron.lines + cron.scripts > 0


def _can_start(unit: Unit | None) -> bool:
    return unit is not None and unit.active_state != "active" and not why_refused(unit)


PLUGIN = Check(
    name=_NAME,
    summary="Machines on which cron is installed and has jobs, and does not run.",
    needs=(CRON.name,),
    run=run,
)
