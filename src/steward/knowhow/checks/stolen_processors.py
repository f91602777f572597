"""Find virtual machines whose processors the machine below gives to others."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.findings import case
from steward.knowhow.past import rate_per_second
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "stolen_processors"
_WITHIN = timedelta(hours=1)
_PERCENT = 20.0


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a container shows the numbers of its machine."""
    load = snapshot.of(LOAD)
    if load is None or load.is_container or not load.processors:
        return ()
    points = snapshot.past.of(LOAD.name, "stolen_seconds")
    rate = rate_per_second(points, now=snapshot.at, within=_WITHIN)
    percent = 0.0 if rate is None else rate * 100 / load.processors
    if percent < _PERCENT:
        return ()
    this = case(_NAME, snapshot, ResourceKind.MACHINE, snapshot.machine.name, "/proc/stat")
    return (
        this.finding(
            f"{snapshot.machine.name} did not get {percent:.0f} % of its processor time within the last hour",
            Severity.WATCH,
            (this.seen("stolen_percent", round(percent, 1)), this.seen("processors", load.processors)),
            if_nothing="It is slower than it looks. The machine it runs on has promised more than it has.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Virtual machines that did not get 20 % of their processor time within the last hour.",
    needs=(LOAD.name,),
    history=(LOAD.name,),
    run=run,
)
