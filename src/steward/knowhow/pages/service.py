"""`services/NAME.md`: one service, what it stands on, what stands on it, how it is reached and whether it is copied."""

from __future__ import annotations

from collections.abc import Iterable

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.containers import Container
from steward.knowhow.pages.lab import FIRST_PASSING, Lab
from steward.knowhow.pages.page import Page
from steward.knowhow.pages.places import FOLDER, Places, service_id
from steward.knowhow.pages.words import bullets, code, link, listed, name, prose, section, sections, table
from steward.model.graph import Thing, ThingKind, Tie, breaks_with

_MOST = 40
_CONTAINER = "container "
_PORTS = "ports "
_WITH_KIND = frozenset({ThingKind.STORAGE, ThingKind.NETWORK})
"""Things whose names say what they are: `filesystem /srv`."""
_OWNERS = {"git": "a git repository", "flux": "Flux", "hand": "whoever set it up by hand", "steward": "Steward"}
_TIES = {
    Tie.RUNS_ON: "runs on",
    Tie.PART_OF: "is part of",
    Tie.STORED_ON: "keeps its data on",
    Tie.NEEDS: "needs",
    Tie.REACHED_THROUGH: "is reached through",
    Tie.NAMED_BY: "is called",
    Tie.POWERED_BY: "gets its power from",
    Tie.BACKED_UP_BY: "is backed up by",
}


def service_page(lab: Lab, places: Places, thing: Thing) -> Page:
    """Write what is known of a service."""
    machine = lab.by_name.get(thing.machine)
    before = sections(
        f"# {name(thing.name)}",
        _what(thing),
        section("What it stands on", bullets(_under(lab, places, thing), most=_MOST), _without_copy(lab, thing)),
        section("What stops with it", bullets(_breaks(lab, places, thing), most=_MOST)),
        section("Containers", table(("Container", "Image", "Ports"), _containers(lab, thing))),
        "## Notes",
    )
    return Page(
        path=f"{FOLDER}/services/{places.services[thing.id]}.md",
        kind="service",
        id=service_id(lab, thing),
        machine=machine.id if machine else "",
        source=thing.source if thing.at else "",
        before=before,
        after="[Overview](../README.md)",
    )


def named(lab: Lab, places: Places, thing: Thing) -> str:
    """Write the name of a thing, as a link where it has a page."""
    if thing.id in places.services:
        return link(thing.name, places.service(thing))
    if thing.kind in {ThingKind.MACHINE, ThingKind.GUEST} and thing.name in lab.by_name:
        return link(thing.name, places.machine(lab.by_name[thing.name]))
    return prose(thing.name) if thing.kind in _WITH_KIND else name(thing.name)


def what_it_is(thing: Thing) -> str:
    """Write the image of a service and what is said of it; empty where nothing is."""
    return "; ".join(prose(each) for each in (thing.image, _lasting(thing.says)) if each)


def _lasting(says: str) -> str:
    """Leave out ports that are given out anew at every start: they would make a change of each."""
    parts = says.split("; ")
    for place, part in enumerate(parts):
        if part.startswith(_PORTS):
            kept = [each for each in part.removeprefix(_PORTS).split(", ") if not _is_passing(each)]
            parts[place] = f"{_PORTS}{', '.join(kept)}" if kept else ""
    return "; ".join(part for part in parts if part)


def _is_passing(port: str) -> bool:
    number = port.partition("/")[0]
    return number.isascii() and number.isdigit() and int(number[:6]) >= FIRST_PASSING


def _what(thing: Thing) -> str:
    told = [f"{what_it_is(thing)}."] if what_it_is(thing) else []
    if thing.state == "declared":
        told.append("It is declared, and was not seen running.")
    elif thing.state:
        told.append(f"State: {name(thing.state)}.")
    told.append(f"What it should be is kept by {_OWNERS[thing.owner.value]}.")
    if thing.at is None and thing.source:
        told.append(f"Declared in {code(thing.source)}.")
    return " ".join(told)


def _under(lab: Lab, places: Places, thing: Thing) -> Iterable[str]:
    for tie, says in _TIES.items():
        for each in sorted(lab.under(thing, tie), key=lambda one: (one.name, one.id)):
            what = (
                f" ({each.kind.value})" if each.kind not in _WITH_KIND | {ThingKind.SERVICE, ThingKind.MACHINE} else ""
            )
            yield f"{says} {named(lab, places, each)}{what}"


def _without_copy(lab: Lab, thing: Thing) -> str:
    bare = [name(each.name) for each in lab.volumes(thing) if not lab.is_copied(each)]
    return f"No backup is known of {listed(bare)}." if bare else ""


def _breaks(lab: Lab, places: Places, thing: Thing) -> list[str]:
    chosen = [each.thing for each in breaks_with(lab.graph, thing.id) if each.thing.kind is ThingKind.SERVICE]
    return [f"{named(lab, places, each)}{f' on {name(each.machine)}' if each.machine else ''}" for each in chosen]


def _containers(lab: Lab, thing: Thing) -> list[list[str]]:
    """Return the containers it is made of."""
    machine = lab.by_name.get(thing.machine)
    snapshot = lab.seen.get(machine.id) if machine else None
    found = snapshot.of(CONTAINERS) if snapshot else None
    names = [each.removeprefix(_CONTAINER) for each in thing.resources if each.startswith(_CONTAINER)]
    chosen = [found.containers[each] for each in names if each in found.containers] if found else []
    return [[name(one.name), code(one.image), _ports(one)] for one in chosen]


def _ports(one: Container) -> str:
    return ", ".join(sorted({f"{port.port} {name(port.protocol)}" for port in one.ports}))
