"""Find ports that are open to all addresses and were not a week ago."""

from __future__ import annotations

from datetime import datetime, timedelta

from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.ports import Listener
from steward.knowhow.port_findings import owner_of, port_case, port_evidence
from steward.lib.text import age
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

_NAME = "new_ports"
_NEW = timedelta(days=7)
_KNOWN = timedelta(days=1)
"""How long the machine must have been watched without the port; before that all its ports are new."""
_STAYS = timedelta(minutes=10)
"""What is open for a moment only is no news."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each new port."""
    ports, looks = snapshot.of(PORTS), snapshot.past.of(PORTS.name, "looks")
    if ports is None or not looks:
        return ()
    found: list[Finding] = []
    for name, one in ports.everywhere().items():
        points = snapshot.past.of(PORTS.name, name)
        since = points[0].at if points else snapshot.at
        is_new = _STAYS <= snapshot.at - since < _NEW and since - looks[0].at >= _KNOWN
        if is_new:
            found.append(_finding(snapshot, one, since))
    return tuple(found)


def _finding(snapshot: Snapshot, one: Listener, since: datetime) -> Finding:
    this = port_case(_NAME, snapshot, one)
    owner = owner_of(snapshot, one)
    return this.finding(
        f"{one.name} on {snapshot.machine.name} is newly open at all addresses, for {age(snapshot.at - since)}"
        f"{' by ' if owner else ''}{owner}",
        Severity.WATCH,
        (*port_evidence(this, snapshot, one), this.seen("open_since", since.isoformat())),
        if_nothing="It stays reachable for whoever reaches this machine, unless a firewall holds them back; after"
        " seven days it counts as known. If nobody here opened it, find out who did.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Ports open at all addresses for ten minutes to seven days, on machines watched for longer.",
    needs=(PORTS.name,),
    history=(PORTS.name,),
    run=run,
)
