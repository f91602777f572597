"""TCP ports of a machine as they answer to Steward's own box: whatever stands between the two has had its say."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import timedelta

from steward.knowhow.facts.containers import EVERYWHERE, Containers
from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.ports import PLUGIN as PORTS
from steward.knowhow.known_ports import KNOWN_PORTS, lets_anybody_in
from steward.knowhow.tls_ports import TLS_PORTS
from steward.lib.record import record
from steward.model.fact import Fact, Snapshot, View
from steward.model.machine import FROM_OUTSIDE
from steward.model.outside import OutsideRules, address_from_outside
from steward.model.question import Answer, Hello, PortAnswer, PortQuestion, Question, Reach

_MOST = 60
_LONGEST_SAID = 200


@record
class OutsidePort:
    """One port, tried from elsewhere."""

    port: int
    """TCP port."""
    reach: str
    """`reached`, `refused`, `silent`, or `unknown` where it could not be tried."""
    peer: str
    """IP address that was tried."""
    is_open_to_all: bool | None
    """Whether it asks nobody who they are; None where that cannot be told."""
    said: str
    """Begin of what it said; from outside."""


@record
class OutsidePorts:
    """Every port that was tried."""

    ports: dict[str, OutsidePort]
    """By name: `tcp 443`."""

    def reached(self) -> dict[str, OutsidePort]:
        """Return the ports that accepted a connection."""
        return {name: one for name, one in self.ports.items() if one.reach == Reach.REACHED.value}


def questions(snapshot: Snapshot, rules: OutsideRules) -> tuple[Question, ...]:
    """Ask for what listens at all addresses, the known ones first; where nothing can be read, for the known ones.

    The port through which Steward itself comes in is not asked: it is reached anyway, and servers note who hangs up.
    """
    address = address_from_outside(snapshot.machine, rules)
    if not address:
        return ()
    chosen = _chosen(snapshot)
    if snapshot.machine.transport not in FROM_OUTSIDE:
        chosen = [port for port in chosen if port != snapshot.machine.port]
    return tuple(PortQuestion(host=address, port=port, hello=_hello(port)) for port in chosen[:_MOST])


def _chosen(snapshot: Snapshot) -> list[int]:
    ports = snapshot.of(PORTS)
    if ports is None:
        is_watched_only = snapshot.machine.transport in FROM_OUTSIDE
        return [*KNOWN_PORTS, *(port for port in TLS_PORTS if port not in KNOWN_PORTS)] if is_watched_only else []
    listening = {one.port for one in ports.everywhere().values() if one.protocol == "tcp"}
    listening |= _published(snapshot.of(CONTAINERS))
    return sorted(listening, key=lambda port: (port not in KNOWN_PORTS, port))


def _published(containers: Containers | None) -> set[int]:
    """Return the ports that running containers publish; by the kernel's rules nobody listens there."""
    running = () if containers is None else [one for one in containers.containers.values() if one.state == "running"]
    published = (port for one in running for port in one.ports)
    return {port.port for port in published if port.protocol == "tcp" and port.address in {EVERYWHERE, "::"}}


def _hello(port: int) -> Hello:
    known = KNOWN_PORTS.get(port)
    return known.hello if known else Hello.NONE


def conclude(answers: Sequence[Answer], _rules: OutsideRules) -> OutsidePorts:
    """Keep how each port answered; a name that leads back to Steward's box shows nothing from elsewhere."""
    found = [answer for answer in answers if isinstance(answer, PortAnswer) and not _is_own(answer.peer)]
    return OutsidePorts(ports={f"tcp {answer.question.port}": _port(answer) for answer in found})


def _is_own(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False


def _port(answer: PortAnswer) -> OutsidePort:
    return OutsidePort(
        port=answer.question.port,
        reach=answer.reach.value,
        peer=answer.peer[:64],
        is_open_to_all=lets_anybody_in(answer.question.hello, answer.said) if answer.reach is Reach.REACHED else None,
        said=answer.said[:_LONGEST_SAID],
    )


def samples(ports: OutsidePorts) -> dict[str, float]:
    """Return that it was looked, and for each port whether it was reached: a check knows since when it is."""
    if not ports.ports:
        return {}
    return {"looks": 1.0} | {name: float(one.reach == Reach.REACHED.value) for name, one in ports.ports.items()}


def traits(ports: OutsidePorts) -> dict[str, str] | None:
    """Return what is reached; None where nothing was tried."""
    return {f"port {name} from elsewhere": "reached" for name in ports.reached()} if ports.ports else None


PLUGIN = Fact[OutsidePorts](
    name="outside_ports",
    summary="TCP ports of a machine as they answer to Steward's own box.",
    view=View(needs=(PORTS.name, CONTAINERS.name), questions=questions, conclude=conclude),
    pause=timedelta(hours=2),
    samples=samples,
    traits=traits,
)
