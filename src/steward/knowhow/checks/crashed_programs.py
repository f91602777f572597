"""Find programs that crashed lately."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.crashes import PLUGIN as CRASHES
from steward.knowhow.facts.crashes import Crash
from steward.knowhow.findings import case
from steward.lib.text import plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "crashed_programs"
_RECENT = timedelta(hours=24)
_OFTEN = 3


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each program."""
    crashes = snapshot.of(CRASHES)
    if crashes is None:
        return ()
    by_program: dict[str, list[Crash]] = {}
    for one in crashes.crashes:
        if snapshot.read_at(CRASHES.name) - one.at < _RECENT:
            by_program.setdefault(one.program, []).append(one)
    return tuple(_finding(snapshot, program, some) for program, some in by_program.items())


def _finding(snapshot: Snapshot, program: str, crashes: list[Crash]) -> Finding:
    name = visible_line(program)
    this = case(_NAME, snapshot, ResourceKind.PROCESS, name, "/var/lib/systemd/coredump", fact=CRASHES.name)
    return this.finding(
        f"{name} on {snapshot.machine.name} crashed {plural(len(crashes), 'time')} in 24 hours",
        Severity.WARNING if len(crashes) >= _OFTEN else Severity.WATCH,
        (
            this.seen("crashes_in_24_hours", len(crashes)),
            this.seen("last_crash_at", crashes[-1].at.isoformat()),
        ),
        if_nothing="What it was doing may be half done. It has a mistake, or gets broken data or broken memory.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Programs that crashed in the last 24 hours (watch), three times or more (warning).",
    needs=(CRASHES.name,),
    run=run,
)
