"""Find programs that suddenly write many more errors than they used to."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.log_errors import LIMIT
from steward.knowhow.facts.log_errors import PLUGIN as ERRORS
from steward.knowhow.findings import case
from steward.lib.text import visible_line
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import since
from steward.model.resource import ResourceKind

_NAME = "error_bursts"
_MANY = 50
_MANY_WITHOUT_PAST = 300
_TIMES = 10
_PAST = timedelta(days=7)
_LATELY = timedelta(hours=2)
"""What is part of the burst itself and no measure for it."""
_FEWEST_LOOKS = 24
_MOST_EXAMPLES = 3


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; a program that always writes many errors is no news."""
    errors = snapshot.of(ERRORS)
    if errors is None:
        return ()
    now = snapshot.read_at(ERRORS.name)
    judged = ((writer, count, _usual(snapshot, writer, now)) for writer, count in errors.by_writer.items())
    return tuple(_finding(snapshot, *one) for one in judged if _is_burst(one[1], one[2]))


def _usual(snapshot: Snapshot, writer: str, now: datetime) -> float | None:
    """Return how many errors it wrote at a look of the last week, or None when too few looks are known."""
    past = snapshot.past
    looks = [point.at for point in since(past.of(ERRORS.name, "count"), now - _PAST) if point.at < now - _LATELY]
    if len(looks) < _FEWEST_LOOKS:
        return None
    own = [point.mean for point in since(past.of(ERRORS.name, f"{writer} count"), looks[0]) if point.at <= looks[-1]]
    return sum(own) / len(looks)


def _is_burst(count: int, usual: float | None) -> bool:
    return count >= _MANY_WITHOUT_PAST if usual is None else count >= max(_MANY, _TIMES * usual)


def _finding(snapshot: Snapshot, writer: str, count: int, usual: float | None) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.UNIT, writer, "journalctl", fact=ERRORS.name)
    errors = snapshot.of(ERRORS)
    kinds = [one for one in (() if errors is None else errors.kinds) if one.writer == writer][:_MOST_EXAMPLES]
    often = f"{count} errors" if count < LIMIT else f"at least {LIMIT} errors"
    return this.finding(
        f"{visible_line(writer)} on {snapshot.machine.name} wrote {often} within ten minutes",
        Severity.WARNING if count >= LIMIT else Severity.WATCH,
        (
            this.seen("errors_in_10_minutes", count),
            *([] if usual is None else [this.seen("usual_in_10_minutes", round(usual, 1))]),
            *this.outside("log_line", [one.example for one in kinds]),
        ),
        if_nothing="Something about it changed. The journal fills with it, and older entries are dropped earlier.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Programs that write 50 errors in ten minutes and ten times as many as in the week before.",
    needs=(ERRORS.name,),
    history=(ERRORS.name,),
    run=run,
)
