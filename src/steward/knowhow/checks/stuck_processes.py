"""Find processes that wait for a device that does not answer; not even killing ends them."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.processes import PLUGIN as PROCESSES
from steward.knowhow.findings import case
from steward.knowhow.past import held_for
from steward.lib.text import age, plural, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stuck_processes"
_LONG = timedelta(minutes=15)
_MOST_NAMED = 10


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; waiting for a busy disk for some minutes is no trouble."""
    processes = snapshot.of(PROCESSES)
    if processes is None or not processes.stuck:
        return ()
    points = snapshot.past.of(PROCESSES.name, "stuck")
    lasts = held_for(points, now=snapshot.read_at(PROCESSES.name), at_least=1)
    if lasts < _LONG:
        return ()
    this = case(_NAME, snapshot, ResourceKind.PROCESS, "stuck", "/proc", fact=PROCESSES.name)
    first = visible_line(processes.stuck[0].name)
    others = f" and {plural(len(processes.stuck) - 1, 'other')}" if len(processes.stuck) > 1 else ""
    return (
        this.finding(
            f"{first}{others} on {snapshot.machine.name} wait for a device that has not answered for {age(lasts)}",
            Severity.WARNING,
            (
                this.seen("stuck_processes", len(processes.stuck)),
                *this.outside(
                    "process",
                    [
                        f"{one.pid} {visible_line(one.name)} waits in {one.waits_in or 'the kernel'}"
                        for one in processes.stuck[:_MOST_NAMED]
                    ],
                ),
            ),
            if_nothing="They never go on and cannot be killed; the disk or the server behind them is gone or dying.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Processes that wait for a device without moving, at every look for 15 minutes.",
    needs=(PROCESSES.name,),
    history=(PROCESSES.name,),
    run=run,
)
