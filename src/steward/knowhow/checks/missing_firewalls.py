"""Find machines at a public address where nothing filters what is open."""

from __future__ import annotations

from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.facts.ssh_server import PLUGIN as SSH_SERVER
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.findings import case
from steward.lib.text import plural
from steward.model.check import Check
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.resource import ResourceKind

_NAME = "missing_firewalls"
_FIREWALLS = (
    "nftables.service",
    "ufw.service",
    "firewalld.service",
    "iptables.service",
    "netfilter-persistent.service",
    "shorewall.service",
    "pve-firewall.service",
    "ferm.service",
)
_MEANT = frozenset({22, 80, 443})
"""What stands at a public address to be reached there."""


def run(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Return at most one finding; behind a router that forwards nothing it is none."""
    ports, server, units = snapshot.of(PORTS), snapshot.of(SSH_SERVER), snapshot.of(UNITS)
    if ports is None or server is None or units is None or not server.public_addresses:
        return ()
    running = (units.find(name) for name in _FIREWALLS)
    if any(one is not None and one.active_state == "active" for one in running):
        return ()
    open_ports = [
        name for name, one in ports.everywhere().items() if one.port not in _MEANT and one.port not in server.ports
    ]
    if not open_ports:
        return ()
    this = case(_NAME, snapshot, ResourceKind.NETWORK, "firewall", "ss", fact=SSH_SERVER.name)
    return (
        this.finding(
            f"{snapshot.machine.name} stands at a public address without a firewall, with"
            f" {plural(len(open_ports), 'port')} open beside web and SSH",
            Severity.WATCH,
            (
                *(this.seen("public_address", address) for address in server.public_addresses[:3]),
                *(this.seen("port", name) for name in open_ports[:8]),
            ),
            if_nothing="Everybody on the internet reaches these ports, unless a firewall before the machine, or rules"
            " loaded by something else, hold them back.",
        ),
    )


PLUGIN = Check(
    name=_NAME,
    summary="Machines at a public address with other ports open than web and SSH, and no firewall's unit active.",
    needs=(PORTS.name, SSH_SERVER.name, UNITS.name),
    run=run,
)
