"""Find machines that move memory to swap and back all the time, so that they mostly wait for the disk."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.load import PLUGIN as LOAD
from steward.knowhow.findings import case
from steward.knowhow.past import rate_per_second
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "thrashing_swap"
_WITHIN = timedelta(minutes=20)
_PAGES = 500.0
"""Pages a second in each direction: 2 MB/s both ways for a quarter of an hour is no longer tidying up."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; memory that only lies in swap costs nothing."""
    load = snapshot.of(LOAD)
    if load is None or load.is_container:
        return ()
    rates = [
        rate_per_second(snapshot.past.of(LOAD.name, name), now=snapshot.at, within=_WITHIN) or 0.0
        for name in ("swapped_in_pages", "swapped_out_pages")
    ]
    if min(rates) < _PAGES:
        return ()
    this = case(_NAME, snapshot, ResourceKind.MEMORY, "swap", "/proc/vmstat")
    return (
        this.finding(
            f"{snapshot.machine.name} moves memory to swap and back all the time",
            Severity.WARNING,
            (
                this.seen("pages_in_per_second", round(rates[0])),
                this.seen("pages_out_per_second", round(rates[1])),
                this.seen("measured_minutes", int(_WITHIN.total_seconds() // 60)),
            ),
            if_nothing="Everything on it is slow, and an SSD under its swap wears out.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Machines that swap 500 pages a second in and out for 20 minutes.",
    needs=(LOAD.name,),
    history=(LOAD.name,),
    run=run,
)
