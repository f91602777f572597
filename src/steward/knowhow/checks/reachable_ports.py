"""Find ports that answer from elsewhere and let anybody in, or that stand open at a public address."""

from __future__ import annotations

from steward.knowhow.facts.outside_ports import PLUGIN as OUTSIDE_PORTS
from steward.knowhow.facts.outside_ports import OutsidePort
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.findings import Case, case
from steward.knowhow.known_ports import KNOWN_PORTS, KnownPort
from steward.knowhow.port_findings import is_public
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.observation import Observation
from steward.model.resource import ResourceKind

_NAME = "reachable_ports"
_TELNET = 23


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such port; what asks who is there, inside the lab, is what labs are for."""
    outside = snapshot.of(OUTSIDE_PORTS)
    reached = {} if outside is None else outside.reached()
    known = ((name, one, KNOWN_PORTS.get(one.port)) for name, one in reached.items())
    found = (_judged(snapshot, name, one, kind) for name, one, kind in known if kind is not None)
    return tuple(finding for finding in found if finding is not None)


def _judged(snapshot: Snapshot, name: str, one: OutsidePort, kind: KnownPort) -> Finding | None:
    this = case(_NAME, snapshot, ResourceKind.PORT, name, "a connection to it", fact=OUTSIDE_PORTS.name)
    machine = snapshot.machine.name
    if one.is_open_to_all:
        title = f"{kind.what} on {machine} answers whoever reaches it and asks nobody who they are (port {one.port})"
        return _finding(this, one, kind, title, Severity.WARNING)
    if is_public(one.peer):
        title = f"{kind.what} on {machine} is reached at the public address {one.peer} (port {one.port})"
        return _finding(this, one, kind, title, Severity.WARNING)
    if one.port == _TELNET and snapshot.of(PORTS) is None:
        return _finding(this, one, kind, f"telnet on {machine} is open", Severity.WATCH)
    return None


def _finding(this: Case, one: OutsidePort, kind: KnownPort, title: str, severity: Severity) -> Finding:
    said: tuple[Observation, ...] = this.outside("said", [one.said])
    return this.finding(
        f"{title[0].upper()}{title[1:]}" if title.startswith("the ") else title,
        severity,
        (this.seen("port", one.port), this.seen("reached_at", one.peer), *said),
        if_nothing=f"Whoever reaches this machine over the network as Steward's box does can {kind.can}."
        " Let it listen at the one address that is meant, ask for a password, or close it in the firewall.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Ports that answered from elsewhere and let anybody in, or that known services have open at a public"
    " address (warning).",
    needs=(OUTSIDE_PORTS.name,),
    run=run,
)
