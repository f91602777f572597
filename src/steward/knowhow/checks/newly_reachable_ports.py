"""Find ports that answer from elsewhere and did not a week ago, although nothing new listens."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.outside_ports import PLUGIN as OUTSIDE_PORTS
from steward.knowhow.facts.outside_ports import OutsidePort
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.findings import case
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "newly_reachable_ports"
_NEW = timedelta(days=7)
_KNOWN = timedelta(days=1)
"""How long the machine must have been tried without the port; before that all its ports are new."""
_STAYS = timedelta(minutes=30)
"""It must have answered twice: what is open for a moment only is no news."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each; a port that somebody newly listens on is told by the check of new ports."""
    outside = snapshot.of(OUTSIDE_PORTS)
    judged = (
        (name, one, _since(snapshot, name)) for name, one in ({} if outside is None else outside.reached()).items()
    )
    return tuple(
        _finding(snapshot, name, one, since)
        for name, one, since in judged
        if since is not None and not _listens_newly(snapshot, name)
    )


def _since(snapshot: Snapshot, name: str) -> datetime | None:
    """Return since when a port is newly reached, or None where it is not new or nobody can tell."""
    points = snapshot.past.of(OUTSIDE_PORTS.name, name)
    since = next((point.at for point in points if point.high > 0), None)
    # Whoever can list what listens asks for a port once it does; of the others the port itself must have been tried.
    before = snapshot.past.of(OUTSIDE_PORTS.name, "looks") if snapshot.of(PORTS) is not None else points
    if since is None or not before or since - before[0].at < _KNOWN:
        return None
    has_stayed = snapshot.read_at(OUTSIDE_PORTS.name) - since >= _STAYS
    return since if has_stayed and snapshot.at - since < _NEW else None


def _listens_newly(snapshot: Snapshot, name: str) -> bool:
    points = snapshot.past.of(PORTS.name, name)
    return bool(points) and snapshot.at - points[0].at < _NEW


def _finding(snapshot: Snapshot, name: str, one: OutsidePort, since: datetime) -> Finding:
    this = case(_NAME, snapshot, ResourceKind.PORT, name, "a connection to it", fact=OUTSIDE_PORTS.name)
    return this.finding(
        f"{name} on {snapshot.machine.name} is newly reached from elsewhere, for {age(snapshot.at - since)}",
        Severity.WATCH,
        (
            this.seen("port", one.port),
            this.seen("reached_at", one.peer),
            this.seen("reached_since", since.isoformat()),
        ),
        if_nothing="It stays reachable for whoever stands where Steward's box does; after seven days it counts as"
        " known. A rule of a firewall that went away looks like this.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Ports that answer from elsewhere for up to seven days, on machines tried for longer, where nothing new"
    " listens.",
    needs=(OUTSIDE_PORTS.name,),
    history=(OUTSIDE_PORTS.name, PORTS.name),
    run=run,
)
