"""Start a backup job now."""

from __future__ import annotations

from dataclasses import replace

from steward.knowhow.facts.backups import PLUGIN as BACKUPS
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import is_not, sudoers, systemctl, unit_of
from steward.lib.record import record
from steward.lib.text import nearest, visible_line
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_HOLD_SECONDS = 30


@record
class RunBackup:
    """Start a backup job of systemd now, and prove that it started and did not fail at once."""

    machine: str
    """Machine, by name or id."""
    job: str
    """Unit of the job: `borgmatic.service`."""


def build(command: RunBackup, snapshot: Snapshot) -> Blueprint:
    """Work the start out; one that runs already, or is no unit, is refused."""
    where, backups, job = snapshot.machine.name, snapshot.of(BACKUPS), command.job
    one = None if backups is None else backups.jobs.get(job)
    if one is None or one.kind != "unit":
        known = [] if backups is None else [name for name, other in backups.jobs.items() if other.kind == "unit"]
        why = snapshot.unread.get(BACKUPS.name, "")
        near = nearest(job, known)
        hint = f"did you mean `{near}`?" if near else ""
        raise InvalidInput(f"there is no backup job `{visible_line(job)}`", where=where, why=why, next_step=hint)
    if one.is_running:
        raise InvalidInput(f"backup job `{job}` runs already", where=where)
    units, unit = unit_of(snapshot, job)
    stop, start = systemctl(units, "stop", unit), systemctl(units, "start", unit)
    started = one.started_at.isoformat().replace("+00:00", "Z") if one.started_at else None
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.BACKUP, job),
        action=replace(start, argv=(start.argv[0], "start", "--no-block", unit.name)),
        says=f"Start backup job {unit.name}",
        effects=(
            f"{unit.name} runs as it is configured, which may take hours; disks and network are busier meanwhile",
            "whether it ends well is told by the checks of backups, not by this step",
        ),
        preconditions=(_is_off(snapshot, job),),
        verify=(
            _is_started(snapshot, job, started),
            replace(is_not(snapshot, unit, "failed"), hold_seconds=_HOLD_SECONDS),
        ),
        undo=Undo(
            says=f"Stop {unit.name}; what it has copied by then stays in the repository",
            actions=(stop,),
            verify=(is_not(snapshot, unit, "active"), is_not(snapshot, unit, "activating")),
        ),
        risk=Risk.REVERSIBLE,
    )


def _is_off(snapshot: Snapshot, job: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"{job} does not run yet",
        fact=BACKUPS.name,
        path=("jobs", job, "is_running"),
        expected=False,
    )


def _is_started(snapshot: Snapshot, job: str, before: str | None) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"{job} was started",
        fact=BACKUPS.name,
        path=("jobs", job, "started_at"),
        comparison=Comparison.NOT_EQUAL,
        expected=before,
        within_seconds=30,
    )


PLUGIN = Operation[RunBackup](
    name="backup.run",
    input=RunBackup,
    risk=Risk.REVERSIBLE,
    needs=(BACKUPS.name, UNITS.name),
    build=build,
    sudoers=(
        *(line.replace("^start ", "^start --no-block ") for line in sudoers("start")),
        *sudoers("stop"),
    ),
    examples=(
        Example(line="backup run nas borgmatic.service", does="Back nas up now."),
        Example(line="backup run m1 restic-home.service", does="Run the job of the home folders on m1 now."),
    ),
)
