"""Find clocks that differ from Steward's."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.clock import PLUGIN as CLOCK
from steward.knowhow.findings import case
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "wrong_clocks"
_BEHIND = timedelta(seconds=45)
_AHEAD = timedelta(seconds=105)
"""The clock is read up to a minute after the look began, so that a right one may seem to be ahead."""
_FELT = timedelta(minutes=10)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a container that is reached through its machine has the clock of that."""
    clock = snapshot.of(CLOCK)
    if clock is None or (clock.is_container and snapshot.machine.via):
        return ()
    off = clock.shows - snapshot.read_at(CLOCK.name)
    if -_BEHIND < off < _AHEAD:
        return ()
    this = case(_NAME, snapshot, ResourceKind.CLOCK, "clock", "date", fact=CLOCK.name)
    direction = "ahead of" if off > timedelta() else "behind"
    return (
        this.finding(
            f"the clock of {snapshot.machine.name} is {age(abs(off))} {direction} Steward's",
            Severity.DOWN if abs(off) >= _FELT else Severity.WARNING,
            (
                this.seen("difference_seconds", int(off.total_seconds())),
                this.seen("shows", clock.shows.isoformat()),
                this.seen("kept_by", clock.daemon or "nothing"),
            ),
            if_nothing="One-time codes and signed requests are refused, certificates seem expired or not yet valid, and"
            " logs of several machines cannot be put in order.",
            fix="synchronize_clock" if clock.is_enabled is False else None,
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Clocks that differ from Steward's by a minute (warning) or by ten (down).",
    needs=(CLOCK.name,),
    run=run,
)
