"""Machines that answered a question by multicast DNS: who offers SSH, who calls itself a workstation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from steward.model.discovery import MOST_FOUND, Discovered, Found, Gathered, LeftOut, Reach, Source

_LINK_LOCAL = ("169.254.", "fe80:")
_SSH, _WORKSTATION = "_ssh._tcp.local", "_workstation._tcp.local"


@dataclass(frozen=True, kw_only=True)
class _Record:
    """One line: a record, and who sent it."""

    type: str
    sender: str
    port: str
    name: str
    value: str


def parse(gathered: Gathered) -> Discovered:
    """Return the machine behind each name that was offered; SSH counts more than a workstation."""
    records = list(_records(gathered.texts.get("records", "")))
    machines: dict[str, Found] = {}
    left_out = list(gathered.left_out)
    for service in (_SSH, _WORKSTATION):
        for offered in records:
            if offered.type == "PTR" and offered.name.lower() == service:
                found = _found(offered, records, service)
                if not found.address:
                    left_out.append(LeftOut(what=found.name, why="it tells no address"))
                elif len(machines) < MOST_FOUND:
                    machines.setdefault(found.address, found)
    return Discovered(machines=tuple(machines.values()), left_out=tuple(left_out))


def _records(text: str) -> Iterator[_Record]:
    for line in text.split("\n"):
        words = line.split("\t")
        if len(words) == 5:
            kind, sender, port, name, value = words
            yield _Record(type=kind, sender=sender, port=port, name=name, value=value)


def _found(offered: _Record, records: Iterable[_Record], service: str) -> Found:
    """Follow an offer to its host and address; a workstation is offered as `name [hardware address]`."""
    at = next((each for each in records if each.type == "SRV" and each.name == offered.value), None)
    instance = offered.value.removesuffix(f".{service}").partition(" [")[0].replace("\\.", ".")
    host = at.value.removesuffix(".local") if at else instance
    port = int(at.port) if at and service == _SSH and at.port.isdigit() else 22
    says = "offers SSH" if service == _SSH else "calls itself a workstation; SSH is only assumed"
    address = _address(at.value if at else f"{host}.local", offered.sender, records)
    return Found(name=host, address=address, port=port, says=f"{says} (multicast DNS)", where=offered.value)


def _address(host: str, sender: str, records: Iterable[_Record]) -> str:
    """Return the address a host tells, IPv4 first; one that tells none is where its answer came from."""
    told = [each for each in records if each.type in {"A", "AAAA"} and each.name.lower() == host.lower()]
    for kind in ("A", "AAAA"):
        for each in told:
            if each.type == kind and not each.value.lower().startswith(_LINK_LOCAL):
                return each.value
    return sender


PLUGIN = Source(
    name="mdns",
    summary="Machines of this network that offer SSH or call themselves a workstation, by multicast DNS.",
    reach=Reach.NETWORK,
    parse=parse,
)
