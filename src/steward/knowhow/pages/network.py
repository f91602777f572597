"""`network.md`: addresses, links, ports, names, and who talks to whom."""

from __future__ import annotations

from collections.abc import Iterable

from steward.knowhow.facts.links import PLUGIN as LINKS
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import Page
from steward.knowhow.pages.places import FOLDER, Places
from steward.knowhow.pages.service import named
from steward.knowhow.pages.words import code, link, listed, name, section, sections, table
from steward.model.graph import Thing, ThingKind, Tie
from steward.model.machine import Machine

_MOST = 300
_MOST_PORTS = 40
_TALKS = {Tie.NEEDS: "needs", Tie.REACHED_THROUGH: "is reached through"}


def network_page(lab: Lab, places: Places) -> Page:
    """Write how everything is connected."""
    before = sections(
        "# Network",
        "Addresses, links, open ports and names as Steward sees them. [Overview](README.md)",
        section("Machines", table(("Machine", "Address", "Links"), (_machine(lab, places, m) for m in lab.machines))),
        section("Open ports", table(("Machine", "Ports that can be reached from outside it"), _ports(lab, places))),
        section("Names", table(("Name", "Leads to"), _names(lab, places), most=_MOST)),
        section("Who talks to whom", table(("From", "", "To"), _talk(lab, places), most=_MOST)),
        "## Notes",
    )
    return Page(path=f"{FOLDER}/network.md", kind="network", id="network", before=_from_top(before))


def _from_top(text: str) -> str:
    """Make links of the folders below fit a page that lies beside them."""
    return text.replace("](../", "](")


def _machine(lab: Lab, places: Places, machine: Machine) -> list[str]:
    return [link(machine.name, places.machine(machine)), code(machine.address), listed(list(_links(lab, machine)))]


def _links(lab: Lab, machine: Machine) -> Iterable[str]:
    snapshot = lab.seen.get(machine.id)
    links = snapshot.of(LINKS) if snapshot else None
    for link_name, one in sorted(links.links.items()) if links else ():
        speed = f", {one.speed_megabits} Mbit/s" if one.speed_megabits else ""
        unused = "" if one.has_carrier else ", nothing plugged in"
        yield f"{name(link_name)} ({code(one.address)}{speed}{unused})"


def _ports(lab: Lab, places: Places) -> Iterable[list[str]]:
    for machine in lab.machines:
        ports = [f"{one.port} {name(one.protocol)}" for one in lab.listeners(machine)]
        if ports:
            yield [link(machine.name, places.machine(machine)), listed(ports, most=_MOST_PORTS)]


def _names(lab: Lab, places: Places) -> Iterable[list[str]]:
    for thing in lab.graph.things:
        if thing.kind is ThingKind.NAME:
            leads = [*lab.above(thing, Tie.NAMED_BY), *lab.under(thing, *Tie)]
            yield [name(thing.name), listed(list(dict.fromkeys(named(lab, places, one) for one in leads)))]


def _talk(lab: Lab, places: Places) -> Iterable[list[str]]:
    for edge in lab.graph.edges:
        if edge.tie in _TALKS:
            of, on = lab.things[edge.of], lab.things[edge.on]
            yield [_whose(lab, places, of), _TALKS[edge.tie], _whose(lab, places, on)]


def _whose(lab: Lab, places: Places, thing: Thing) -> str:
    """Write the name of a thing, and where it is when the name alone does not tell."""
    where = f" on {name(thing.machine)}" if thing.machine and thing.id not in places.services else ""
    return named(lab, places, thing) + ("" if thing.name == thing.machine else where)
