"""What may be asked from Steward's own box: machines of the inventory, and what the owner wrote into `outside.yaml`."""

from __future__ import annotations

import ipaddress
import re
from enum import StrEnum

from steward.lib.record import record
from steward.model.machine import Machine, Transport
from steward.model.question import CertificateQuestion, NameQuestion, PortQuestion, Question

OUTSIDE_FILE = "outside.yaml"
"""File of the workspace; without it nothing but the machines themselves is asked."""
MOST_QUESTIONS = 128
"""Most questions of one look at one machine."""
PRINTER_PORTS = range(9100, 9108)
"""Some printers print what comes here, and some a page when nothing does: never asked."""


class Expectation(StrEnum):
    """What the owner expects of a name."""

    BOTH = "both"
    """Both name servers know it; they may lead elsewhere, as in a lab with names of its own inside."""
    SAME = "same"
    """Both lead to the same place."""
    INSIDE = "inside"
    """Only the inside knows it."""


@record
class WatchedName:
    """A name that is asked for inside and outside."""

    name: str
    """Name: `cloud.example.net`."""
    machine: str
    """Machine of the inventory that serves it; findings are about it."""
    inside: str
    """Address of the lab's own name server, with `:PORT` when it is not 53."""
    outside: str
    """Address of a name server of the internet, with `:PORT` when it is not 53."""
    expect: Expectation = Expectation.BOTH
    """What is expected."""


@record
class OutsideRules:
    """What `outside.yaml` holds."""

    names: tuple[WatchedName, ...] = ()
    """Names that are asked for inside and outside."""
    registries: tuple[str, ...] = ()
    """Registries that may be asked for newer tags: `docker.io`, `ghcr.io`, `http://registry.lan:5000`."""
    quiet: tuple[str, ...] = ()
    """Machines, by name, of which no port is tried from Steward's box."""
    http_targets: tuple[str, ...] = ()
    """Hosts that machines may send requests to besides each other: `api.example.net`, `192.168.1.9:8080`."""

    def of_machine(self, machine: Machine) -> tuple[WatchedName, ...]:
        """Return the names a machine serves."""
        return tuple(one for one in self.names if one.machine == machine.name)

    def registry_at(self, host: str) -> str | None:
        """Return the registry of this host as the owner wrote it, or None."""
        return next((one for one in self.registries if one.removeprefix("http://") == host), None)


NO_RULES = OutsideRules()
"""Nothing but the machines themselves."""


def address_from_outside(machine: Machine, rules: OutsideRules) -> str:
    """Return where a machine can be tried from Steward's box, or an empty text.

    Not its own box and nothing on it, for what passes there passes no firewall; not what stands behind a jump host,
    for its address may belong to another machine here; and not a guest that is reached through its host.
    """
    is_direct = machine.transport in {Transport.SSH, Transport.NONE, Transport.API} and not machine.proxy_jump
    if not is_direct or machine.name in rules.quiet or machine.quarantined or _is_own(machine.address):
        return ""
    return machine.address


def is_allowed(question: Question, machine: Machine, rules: OutsideRules) -> bool:
    """Tell whether a question of a look at this machine may be asked at all."""
    if isinstance(question, PortQuestion | CertificateQuestion):
        return (
            bool(question.host)
            and question.host == address_from_outside(machine, rules)
            and 0 < question.port < 65_536
            and question.port not in PRINTER_PORTS
        )
    if isinstance(question, NameQuestion):
        return any(question.name == one.name and question.server in {one.inside, one.outside} for one in rules.names)
    return question.registry in rules.registries


def place_of(server: str) -> tuple[str, int] | None:
    """Take the address of a name server apart: `192.168.1.2`, `192.168.1.2:5353`, `[fd00::2]:53`; None for none."""
    text, port = server, "53"
    if server.startswith("["):
        text, _, port = server[1:].partition("]")
        port = port.removeprefix(":") or "53"
    elif server.count(":") == 1:
        text, _, port = server.partition(":")
    try:
        address = str(ipaddress.ip_address(text))
    except ValueError:
        return None
    return (address, int(port)) if re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 65_536 else None


def _is_own(address: str) -> bool:
    """Tell whether an address is that of the box itself, or none."""
    if address in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
