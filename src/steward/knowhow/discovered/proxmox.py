"""Nodes and guests of a Proxmox VE cluster, as `cluster/status` and `cluster/resources` of its API tell them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steward.knowhow.outputs import dictionary, json_object, list_of, whole_of, word_of
from steward.model.discovery import MOST_FOUND, Discovered, Found, Gathered, LeftOut, Reach, Source
from steward.model.machine import Transport

_KINDS = {"qemu": (Transport.QM, "virtual machine"), "lxc": (Transport.PCT, "container")}


def parse(gathered: Gathered) -> Discovered:
    """Return the nodes, then the guests with the node that runs each; templates are none."""
    left_out = list(gathered.left_out)
    machines = [*_nodes(gathered)]
    for guest in _entries(gathered, "resources"):
        kind = _KINDS.get(word_of(guest.get("type")))
        number = whole_of(guest.get("vmid"))
        if kind is None or number <= 0:
            continue
        name = word_of(guest.get("name"))[:100] or f"guest-{number}"
        if guest.get("template") == 1:
            left_out.append(LeftOut(what=f"{name} ({number})", why="a template, which never runs"))
        elif len(machines) < MOST_FOUND:
            machines.append(_guest(guest, name, number, *kind))
    return Discovered(machines=tuple(machines), left_out=tuple(left_out))


def _nodes(gathered: Gathered) -> Iterator[Found]:
    for node in _entries(gathered, "status"):
        name = word_of(node.get("name"))[:100]
        if word_of(node.get("type")) == "node" and name:
            says = "a node of Proxmox VE" + ("" if node.get("online") == 1 else ", not online")
            yield Found(name=name, address=word_of(node.get("ip"))[:100] or name, says=says, where="cluster/status")


def _guest(guest: dict[str, Any], name: str, number: int, transport: Transport, says: str) -> Found:
    state = word_of(guest.get("status"))[:40]
    tags = word_of(guest.get("tags"))[:500].replace(",", ";").split(";")
    return Found(
        name=name,
        transport=transport,
        via=word_of(guest.get("node"))[:100],
        guest=str(number),
        groups=tuple(tag.strip() for tag in tags if tag.strip()),
        says=f"{says} {number}, {state or 'in no known state'}",
        where="cluster/resources",
    )


def _entries(gathered: Gathered, name: str) -> Iterator[dict[str, Any]]:
    for each in list_of(json_object(gathered.texts.get(name, "")).get("data")):
        yield dictionary(each)


PLUGIN = Source(
    name="proxmox",
    summary="Nodes and guests of a Proxmox VE cluster, from its API, with a token of Steward's vault.",
    reach=Reach.NETWORK,
    parse=parse,
    target="the address of a node",
)
