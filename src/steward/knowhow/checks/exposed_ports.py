"""Find databases and remote controls that listen at all addresses, where few mean them to."""

from __future__ import annotations

from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.ports import Listener
from steward.knowhow.port_findings import open_everywhere, owner_of, port_case, port_evidence
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity

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


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return one finding for each such port."""
    ports = snapshot.of(PORTS)
    if ports is None:
        return ()
    tcp = [one for one in open_everywhere(snapshot, ports).values() if one.protocol == "tcp"]
    return tuple(_finding(snapshot, one) for one in tcp if one.port in _BARE or one.port in _GUARDED)


def _finding(snapshot: Snapshot, one: Listener) -> Finding:
    this = port_case(_NAME, snapshot, one)
    is_bare = one.port in _BARE
    what, can = _BARE[one.port] if is_bare else (_GUARDED[one.port], "try passwords and known holes on it")
    owner = owner_of(snapshot, one)
    return this.finding(
        f"{what} on {snapshot.machine.name} is open at all addresses (port {one.port}{', ' if owner else ''}{owner})",
        Severity.WARNING if is_bare else Severity.WATCH,
        port_evidence(this, snapshot, one),
        if_nothing=f"Whoever reaches this machine over the network can {can}, unless a firewall holds them back."
        " Let it listen at 127.0.0.1 or at the one address that is meant.",
    )


PLUGIN = Check(
    name=_NAME,
    summary="Databases and remote controls that listen at all addresses: a warning where they let anybody in.",
    needs=(PORTS.name,),
    run=run,
)
