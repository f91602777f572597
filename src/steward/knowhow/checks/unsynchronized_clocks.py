"""Find clocks that nothing keeps right, so that they will be wrong in time."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.clock import PLUGIN as CLOCK
from steward.knowhow.facts.clock import Clock
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.findings import case
from steward.knowhow.time_services import time_service
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "unsynchronized_clocks"
_SETTLED = timedelta(minutes=30)
_OFF_SECONDS = 1.0


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a container has the clock of its machine, and a young machine is still asking."""
    clock, system = snapshot.of(CLOCK), snapshot.of(OS)
    uptime = None if system is None else system.uptime_seconds
    is_young = uptime is not None and uptime < _SETTLED.total_seconds()
    judged = None if clock is None or clock.is_container or is_young else _judge(clock)
    if clock is None or judged is None:
        return ()
    severity, says = judged
    this = case(_NAME, snapshot, ResourceKind.CLOCK, "clock", "timedatectl and chronyc", fact=CLOCK.name)
    evidence = [this.seen("kept_by", clock.daemon or "nothing")]
    evidence += [] if clock.is_synchronized is None else [this.seen("is_synchronized", clock.is_synchronized)]
    evidence += [] if clock.offset_seconds is None else [this.seen("offset_seconds", clock.offset_seconds)]
    evidence += [] if clock.stratum is None else [this.seen("stratum", clock.stratum)]
    return (
        this.finding(
            f"the clock of {snapshot.machine.name} {says}",
            severity,
            tuple(evidence),
            if_nothing="It drifts by seconds a week; from half a minute on one-time codes are refused.",
            fix=_fix(snapshot, clock),
        ),
    )


def _fix(snapshot: Snapshot, clock: Clock) -> str | None:
    """Turn synchronization on where it is off, or start its service anew where that reaches no server."""
    if clock.is_enabled is False and not clock.daemon:
        return "synchronize_clock"
    is_lost = clock.is_synchronized is False and time_service(snapshot, clock) is not None
    return "restart_time_service" if is_lost else None


def _judge(clock: Clock) -> tuple[Severity, str] | None:
    if clock.daemon and clock.is_synchronized is False:
        return Severity.WARNING, f"is not synchronized, although {clock.daemon} runs: it reaches no time server"
    if clock.offset_seconds is not None and clock.offset_seconds >= _OFF_SECONDS:
        return Severity.WARNING, f"is {clock.offset_seconds:.1f} s off by the word of {clock.daemon or 'its daemon'}"
    if not clock.daemon and not clock.is_synchronized:
        return Severity.WATCH, "is kept right by nothing"
    return None


PLUGIN = Check(
    name=_NAME,
    summary="Clocks without time synchronization (watch), or whose synchronization reaches no server (warning).",
    needs=(CLOCK.name,),
    run=run,
)
