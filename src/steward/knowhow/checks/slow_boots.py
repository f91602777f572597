"""Find machines whose last boot took much longer than the boots before."""

from __future__ import annotations

from datetime import timedelta
from statistics import median

from steward.knowhow.facts.boot_times import PLUGIN as BOOT
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "slow_boots"
_STAGE = "userspace"
_TIMES = 2.0
_LONGER_SECONDS = 30.0
_FEWEST_LOOKS = 3


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; what was measured before this boot is the measure."""
    times, system = snapshot.of(BOOT), snapshot.of(OS)
    if times is None or system is None or system.uptime_seconds is None or _STAGE not in times.stages:
        return ()
    booted = snapshot.at - timedelta(seconds=system.uptime_seconds)
    points = [point.mean for point in snapshot.past.of(BOOT.name, f"{_STAGE} seconds") if point.at < booted]
    took = times.stages[_STAGE]
    usual = median(points) if len(points) >= _FEWEST_LOOKS else took
    if took < _TIMES * usual or took < usual + _LONGER_SECONDS:
        return ()
    this = case(_NAME, snapshot, ResourceKind.MACHINE, snapshot.machine.name, "systemd-analyze", fact=BOOT.name)
    slowest = [f"{visible_line(unit)} {seconds} s" for unit, seconds in list(times.slowest.items())[:5]]
    return (
        this.finding(
            f"{snapshot.machine.name} took {took:.0f} s to start its services, and {usual:.0f} s before",
            Severity.WATCH,
            (
                this.seen("seconds", took),
                this.seen("usual_seconds", round(usual, 1)),
                *(this.seen("slow_unit", unit) for unit in slowest),
            ),
            if_nothing="Nothing breaks; something waits for what is not there, often a disk or the network.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Boots that took twice as long as those before, and 30 seconds longer.",
    needs=(BOOT.name, OS.name),
    history=(BOOT.name,),
    run=run,
)
