"""`machines/NAME.md`: one machine, what is in it, what runs on it and what stops with it."""

from __future__ import annotations

from steward.knowhow.facts.kernel import PLUGIN as KERNEL
from steward.knowhow.facts.memory import PLUGIN as MEMORY
from steward.knowhow.facts.os import PLUGIN as SYSTEM
from steward.knowhow.facts.ports import Listener
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import Page
from steward.knowhow.pages.places import FOLDER, Places
from steward.knowhow.pages.service import named, what_it_is
from steward.knowhow.pages.storage import storage_of
from steward.knowhow.pages.words import NONE, bullets, code, day, link, listed, name, prose, section, sections, table
from steward.model.fact import Snapshot
from steward.model.graph import Thing, ThingKind, Tie, breaks_with
from steward.model.machine import THROUGH_ANOTHER, Autonomy, Machine, Transport

_MOST = 100
_LONG_UNSEEN_DAYS = 2
_AUTONOMY = {
    Autonomy.WATCH: "looks only",
    Autonomy.ASK: "may change something after a person's yes",
    Autonomy.GRANTED: "may change something after a person's yes, or where a standing grant covers it",
}
_REACHED = {
    Transport.LOCAL: "Steward runs here",
    Transport.SSH: "SSH",
    Transport.API: "an API",
    Transport.NONE: "watched from outside only",
}
_KINDS = frozenset({ThingKind.SERVICE, ThingKind.GUEST, ThingKind.MACHINE})


def machine_page(lab: Lab, places: Places, machine: Machine) -> Page:
    """Write what is known of a machine."""
    before = sections(
        f"# {name(machine.name)}",
        _seen(lab, machine),
        table(("", ""), ([f"**{key}**", value] for key, value in _properties(lab, places, machine) if value)),
        section("What runs here", table(("Service", "What it is", "State"), _services(lab, places, machine))),
        section("What can be reached", table(("Port", "By"), map(_port, lab.listeners(machine)), most=_MOST)),
        section("Storage", storage_of(lab, machine)),
        section("If it stops", _breaks(lab, places, machine)),
        "## Notes",
    )
    path = f"{FOLDER}/machines/{places.machines[machine.id]}.md"
    return Page(path=path, kind="machine", id=machine.id, before=before, after="[Overview](../README.md)")


def _seen(lab: Lab, machine: Machine) -> str:
    snapshot = lab.seen.get(machine.id)
    if snapshot is None:
        return "Steward has not looked at this machine yet; nothing is known of it but what its owner wrote."
    is_old = (lab.now - snapshot.at).days >= _LONG_UNSEEN_DAYS
    return f"**Last seen on {day(snapshot.at)}.** What stands here is of that day." if is_old else ""


def _properties(lab: Lab, places: Places, machine: Machine) -> list[tuple[str, str]]:
    snapshot = lab.seen.get(machine.id)
    thing = lab.thing_of(machine)
    return [
        *(_hardware(snapshot) if snapshot else []),
        ("Address", code(machine.address) if machine.address else ""),
        ("Reached by", _reached(machine)),
        ("Runs on", _place(lab, places, machine.via) if machine.via else _hosts(lab, places, thing)),
        ("Power from", listed([name(each.name) for each in lab.under(thing, Tie.POWERED_BY)]) if thing else ""),
        ("Steward", f"{_AUTONOMY[machine.autonomy]}{'; quarantined' if machine.quarantined else ''}"),
        ("Groups", listed([name(group) for group in machine.groups]) if machine.groups else ""),
        ("Labels", listed([code(f"{key}={value}") for key, value in sorted((machine.labels or {}).items())])),
    ]


def _hardware(snapshot: Snapshot) -> list[tuple[str, str]]:
    system, memory, kernel = snapshot.of(SYSTEM), snapshot.of(MEMORY), snapshot.of(KERNEL)
    processors = f"{system.processors}, {prose(system.architecture)}" if system and system.processors else ""
    return [
        ("System", prose(system.name) if system else ""),
        ("Kernel", code(kernel.running if kernel else system.kernel if system else "")),
        ("Processors", processors),
        ("Memory", f"{max(1, round(memory.total_bytes / 1024**3))} GB" if memory else ""),
    ]


def _reached(machine: Machine) -> str:
    if machine.transport in THROUGH_ANOTHER:
        return f"{machine.transport.value} {code(machine.guest)} on {name(machine.via)}"
    user = f" as {code(machine.user)}" if machine.user else ""
    return f"{_REACHED[machine.transport]}{user}"


def _hosts(lab: Lab, places: Places, thing: Thing | None) -> str:
    found = lab.under(thing, Tie.RUNS_ON) if thing else ()
    return listed([_place(lab, places, each.name) for each in found]) if found else ""


def _place(lab: Lab, places: Places, machine: str) -> str:
    known = lab.by_name.get(machine)
    return link(machine, places.machine(known)) if known else name(machine)


def _services(lab: Lab, places: Places, machine: Machine) -> list[list[str]]:
    return [
        [link(thing.name, places.service(thing)), what_it_is(thing), name(thing.state) if thing.state else NONE]
        for thing in lab.services_on(machine)
    ]


def _port(one: Listener) -> list[str]:
    who = one.unit.removesuffix(".service") or one.program
    return [f"{one.port} {name(one.protocol)}", name(who) if who else NONE]


def _breaks(lab: Lab, places: Places, machine: Machine) -> str:
    thing = lab.thing_of(machine)
    links = breaks_with(lab.graph, thing.id) if thing else ()
    away = [each.thing for each in links if each.thing.kind in _KINDS and lab.place_of(each.thing) != machine.name]
    own = sum(each.thing.kind is ThingKind.SERVICE and each.thing.machine == machine.name for each in links)
    told = f"Everything that runs here stops with it ({own}).\n" if own else ""
    elsewhere = bullets(
        (f"{named(lab, places, each)}{_where(lab, places, each)}" for each in away),
        most=_MOST,
    )
    return sections(told, "Elsewhere:" if elsewhere else "", elsewhere) if told or elsewhere else ""


def _where(lab: Lab, places: Places, thing: Thing) -> str:
    return f" on {_place(lab, places, thing.machine)}" if thing.kind is ThingKind.SERVICE and thing.machine else ""
