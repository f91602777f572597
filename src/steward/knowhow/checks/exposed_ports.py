"""Find databases and remote controls that listen at all addresses, where few mean them to."""

from __future__ import annotations

from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.ports import Listener
from steward.knowhow.known_ports import KNOWN_PORTS
from steward.knowhow.port_findings import (
    is_public,
    open_everywhere,
    owner_of,
    port_case,
    port_evidence,
    tried_from_outside,
)
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.question import Reach

_NAME = "exposed_ports"
_BARE = {
    2375: ("the Docker API without TLS", "become root of this machine"),
    6379: ("Redis", "read and change what it holds, and often run programs: by default it asks no password"),
    27017: ("MongoDB", "read and change its databases: by default it asks no password"),
    9200: ("Elasticsearch", "read and change what it holds, if it runs without its security features"),
    11211: ("memcached", "read and change what it holds: it asks no password"),
    23: ("telnet", "log in with a password anybody on the way can read"),
}
"""What lets strangers in as it comes."""
_GUARDED = {
    5432: "PostgreSQL",
    3306: "MySQL or MariaDB",
    1433: "Microsoft SQL Server",
    5984: "CouchDB",
    8086: "InfluxDB",
    5900: "VNC",
    11434: "Ollama",
}
"""What usually asks for a password, or gives away little."""

_HELD_BACK = frozenset({Reach.REFUSED.value, Reach.SILENT.value})
"""How a port answers that a firewall keeps from Steward's box."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such port."""
    ports = snapshot.of(PORTS)
    if ports is None:
        return ()
    tcp = [one for one in open_everywhere(snapshot, ports).values() if one.protocol == "tcp"]
    known = (one for one in tcp if one.port in _BARE or one.port in _GUARDED)
    return tuple(_finding(snapshot, one) for one in known if not _is_proven(snapshot, one))


def _is_proven(snapshot: Snapshot, one: Listener) -> bool:
    """Tell whether it let anybody in from elsewhere, or answered the internet: the check of reachable ports says so."""
    tried = tried_from_outside(snapshot, one)
    if tried is None or tried.reach != Reach.REACHED.value or one.port not in KNOWN_PORTS:
        return False
    return tried.is_open_to_all is True or is_public(tried.peer)


def _finding(snapshot: Snapshot, one: Listener) -> Finding:
    this, tried = port_case(_NAME, snapshot, one), tried_from_outside(snapshot, one)
    is_guarded = tried is not None and (tried.is_open_to_all is False or tried.reach in _HELD_BACK)
    is_bare = one.port in _BARE
    what, can = _BARE[one.port] if is_bare else (_GUARDED[one.port], "try passwords and known holes on it")
    owner = owner_of(snapshot, one)
    return this.finding(
        f"{what} on {snapshot.machine.name} is open at all addresses (port {one.port}{', ' if owner else ''}{owner})",
        Severity.WARNING if is_bare and not is_guarded else Severity.WATCH,
        port_evidence(this, snapshot, one),
        if_nothing=f"Whoever reaches this machine over the network can {can}, unless a firewall holds them back."
        " Let it listen at 127.0.0.1 or at the one address that is meant.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Databases and remote controls that listen at all addresses: a warning where they let anybody in and"
    " nothing was seen to hold strangers back.",
    needs=(PORTS.name,),
    run=run,
)
