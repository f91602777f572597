"""Find machines whose work waits for processors, or for disks, most of the time and for long."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.facts.load import Load
from steward.knowhow.findings import case
from steward.knowhow.past import held_for
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "overloaded_machines"
_KINDS = (
    ("processors", "cpu_waiting_percent", 60.0, timedelta(hours=1), timedelta(hours=6)),
    ("disks", "io_stalled_percent", 40.0, timedelta(minutes=30), timedelta(hours=6)),
)
"""What is waited for, the number that tells it, from which share on, and for how long until each level.

A backup or a scrub keeps disks busy for hours, and a build all processors: both are work, not trouble.
"""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding for each kind; a container shows the numbers of its machine."""
    load = snapshot.of(LOAD)
    if load is None or load.is_container:
        return ()
    found: list[Finding] = []
    for what, name, share, watch, warning in _KINDS:
        now = load.cpu_waiting_percent if what == "processors" else load.io_stalled_percent
        lasts = held_for(snapshot.past.of(LOAD.name, name), now=snapshot.at, at_least=share)
        if now is not None and now >= share and lasts >= watch:
            severity = Severity.WARNING if lasts >= warning else Severity.WATCH
            found.append(_finding(snapshot, load, f"for its {what} {now:.0f} % of the time for {age(lasts)}", severity))
    return tuple(found[:1]) if len(found) < 2 else (max(found, key=lambda one: one.severity is Severity.WARNING),)


def _finding(snapshot: Snapshot, load: Load, says: str, severity: Severity) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.MACHINE, snapshot.machine.name, "/proc")
    evidence = [this.seen("load_of_15_minutes", load.load_15), this.seen("processors", load.processors or 0)]
    evidence += [
        this.seen(name, value)
        for name, value in (
            ("cpu_waiting_percent_of_5_minutes", load.cpu_waiting_percent),
            ("io_stalled_percent_of_5_minutes", load.io_stalled_percent),
        )
        if value is not None
    ]
    return this.finding(
        f"the work on {snapshot.machine.name} waits {says}",
        severity,
        tuple(evidence),
        if_nothing="Everything on it is slow, and what must answer in time may not: health checks, backups, clusters.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Work that waits for processors 60 % of the time for an hour, or for disks 40 % for half an hour.",
    needs=(LOAD.name,),
    history=(LOAD.name,),
    run=run,
)
