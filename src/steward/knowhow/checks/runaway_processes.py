"""Find processes that have used a whole processor for hours."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.processes import PLUGIN as PROCESSES
from steward.knowhow.facts.processes import BusyProcess
from steward.knowhow.findings import case
from steward.lib.text import age, visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import since
from steward.model.resource import ResourceKind

_NAME = "runaway_processes"
_PERCENT = 90.0
_LONG = timedelta(hours=2)
_FEWEST_LOOKS = 16
"""Of the 24 looks within two hours: a process that is idle in between is not remembered as busy then."""
_MACHINES = ("qemu-system", "kvm", "CPU ", "VBoxHeadless", "firecracker", "cloud-hypervis")
"""Processes that are a whole machine; what is busy within is found there."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each name; work that gives way to others is meant to use what is left."""
    processes = snapshot.of(PROCESSES)
    if processes is None:
        return ()
    chosen: dict[str, BusyProcess] = {}
    for one in processes.busy:
        if one.percent >= _PERCENT and one.niceness <= 0 and not one.name.startswith(_MACHINES):
            chosen.setdefault(one.name, one)
    return tuple(_finding(snapshot, one) for one in chosen.values() if _is_long(snapshot, one))


def _is_long(snapshot: Snapshot, one: BusyProcess) -> bool:
    now = snapshot.read_at(PROCESSES.name)
    looks = since(snapshot.past.of(PROCESSES.name, f"busy {one.name}"), now - _LONG)
    is_old_enough = one.cpu_seconds >= _LONG.total_seconds() * _PERCENT / 100
    return is_old_enough and len(looks) >= _FEWEST_LOOKS and all(look.low >= _PERCENT for look in looks)


def _finding(snapshot: Snapshot, one: BusyProcess) -> Finding:
    name = visible_line(one.name)
    this = case(_NAME, snapshot, ResourceKind.PROCESS, name, "/proc", fact=PROCESSES.name)
    spent = age(timedelta(seconds=one.cpu_seconds))
    return this.finding(
        f"{name} on {snapshot.machine.name} has used a whole processor for hours, {spent} of its time so far",
        Severity.WATCH,
        (
            this.seen("pid", one.pid),
            this.seen("percent_of_one_processor", one.percent),
            this.seen("processor_seconds", one.cpu_seconds),
            *([this.seen("unit", one.unit)] if one.unit else []),
        ),
        if_nothing="It may be real work. When it is not, it goes on for ever, warms the room and slows the rest.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Processes that have used more than 90 % of a processor for two hours and do not give way to others.",
    needs=(PROCESSES.name,),
    history=(PROCESSES.name,),
    run=run,
)
