"""Find machines that had a way to everywhere and have none any more."""

from __future__ import annotations

from datetime import timedelta

from steward.knowhow.facts.links import PLUGIN as LINKS
from steward.knowhow.findings import case
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import merged, since
from steward.model.resource import ResourceKind

_NAME = "missing_default_route"
_MEMORY = timedelta(days=7)


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; a machine that never had such a route is meant to be alone."""
    links = snapshot.of(LINKS)
    before = merged(since(snapshot.past.of(LINKS.name, "default_routes"), snapshot.at - _MEMORY))
    if links is None or links.default_routes or before is None or before.high < 1:
        return ()
    this = case(_NAME, snapshot, ResourceKind.NETWORK, "default route", "/proc/net/route")
    return (
        this.finding(
            f"{snapshot.machine.name} has no default route any more",
            Severity.DOWN,
            (this.seen("default_routes", 0), this.seen("most_default_routes_within_7_days", round(before.high))),
            if_nothing="It reaches only its own networks: no updates, no mail, no backup elsewhere, often no names.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Machines without a default route that had one within the last seven days.",
    needs=(LINKS.name,),
    history=(LINKS.name,),
    run=run,
)
