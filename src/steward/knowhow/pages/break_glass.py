"""`break-glass.md`: for somebody who is not technical, on paper, on a bad day; one or two pages, plain words only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import WRITTEN, Page
from steward.knowhow.pages.places import FOLDER
from steward.knowhow.pages.power import boxes, home_of_steward, inside, supplies, switch_on_order
from steward.knowhow.pages.purposes import PURPOSES, Purpose, purpose_of
from steward.knowhow.pages.storage import copy_age, holds_data, is_backed_up, kept_filesystems
from steward.knowhow.pages.words import bullets, code, listed, name, numbered, section, sections, table
from steward.model.finding import Severity
from steward.model.graph import Thing
from steward.model.machine import Machine

_MOST_NAMES = 4
_MOST_JOBS = 8
_MOST_BOXES = 12
_NOTES = """
(Not written yet. Write here, between the two marks: who to call, with telephone numbers; who else knows this; the
telephone number and customer number of the internet provider; where the machines stand; where the fuse box is; where
the envelope with the passwords lies. Never the passwords themselves.)

"""


def break_glass_page(lab: Lab) -> Page:
    """Write what somebody can do who did not build this."""
    before = sections(
        "# When something does not work",
        "For everybody in this household. You cannot break anything by following this page. "
        f"Written on {WRITTEN}; an older printout may be wrong.",
        "## Whom to call",
    )
    after = sections(
        section("What runs here, and why it matters", _what(lab)),
        section("What to do first", numbered(_first(lab))),
        section("If one thing does not work", table(("What", "Look at", "Meanwhile"), _where(lab))),
        section("Switching everything on, in this order", numbered(_on(lab))),
        section("Switching everything off, in this order", numbered(_off(lab))),
        section("Where the copies are (backups)", _copies(lab)),
        section("Steward", _steward(lab)),
    )
    return Page(
        path=f"{FOLDER}/break-glass.md",
        kind="break-glass",
        id="break-glass",
        before=before,
        after=after,
        notes=_NOTES,
        has_date=True,
    )


def by_purpose(lab: Lab) -> Mapping[str, tuple[Purpose, tuple[Thing, ...]]]:
    """Return services people would miss, by what they are for, in the order of a household."""
    found: dict[str, list[Thing]] = {}
    for thing in lab.services:
        purpose = purpose_of((thing.name, thing.says))
        if purpose is not None:
            found.setdefault(purpose.title, []).append(thing)
    return {each.title: (each, tuple(found[each.title])) for each in PURPOSES if each.title in found}


def _what(lab: Lab) -> str:
    known = by_purpose(lab)
    count = sum(len(things) for _, things in known.values())
    others = len(lab.services) - count
    lines = [f"**{title}.** {purpose.matters}" for title, (purpose, _) in known.items()]
    if not lines and not others:
        return "Steward does not know yet what runs here."
    more = f"{others} more programs run here; most of them help those above." if others and lines else ""
    alone = f"{others} programs run here; Steward cannot tell what they are for." if others and not lines else ""
    return sections(bullets(lines), more or alone)


def _first(lab: Lab) -> Iterable[str]:
    yield "**Was the power out?** Wait 15 minutes. Most things come back by themselves."
    yield (
        "**Does nothing work, not even web pages?** Then it is the internet or the home network: pull the plug of the "
        "router, wait 30 seconds, put it back, wait 5 minutes."
    )
    yield (
        "**Does only one thing not work?** Look it up below, find its machine, and see whether a light is on there. No "
        "light: press its power button once, briefly, and wait 10 minutes."
    )
    yield (
        "**Is the light on and it still does not work?** Press the power button once, briefly; the machine switches "
        "itself off within 5 minutes. Then press it again. Do not hold the button down and do not pull the plug while "
        "a light is on: that can damage data."
    )
    yield "**Still nothing?** Call somebody from the list above. It can wait: nothing gets worse by waiting."
    if any(found.severity is Severity.DOWN for found in lab.findings):
        yield f"On {WRITTEN} something did not work already: it stands on the first page of these papers (README)."


def _where(lab: Lab) -> Iterable[list[str]]:
    for title, (purpose, things) in by_purpose(lab).items():
        machines = sorted({_box_of(lab, thing) for thing in things} - {""})
        where = listed([f"**{name(each)}**" for each in machines], most=_MOST_NAMES) if machines else "not known"
        programs = listed(list(dict.fromkeys(name(each.name) for each in things)), most=_MOST_NAMES)
        yield [title, f"{where} ({programs})", purpose.meanwhile]


def _box_of(lab: Lab, thing: Thing) -> str:
    """Return the box to walk to for something."""
    return next(
        (box.name for box in boxes(lab) if thing.machine in {box.name, *(each.name for each in inside(lab, box))}),
        thing.machine,
    )


def _on(lab: Lab) -> list[str]:
    batteries = supplies(lab)
    order = switch_on_order(lab)
    first = (
        [f"The battery unit ({listed([name(each) for each in batteries])}): its light must be green."]
        if batteries
        else []
    )
    return [
        *first,
        "The box of the internet provider, then the router, then the small boxes with many cables (switches). Wait "
        "5 minutes.",
        *(_told(lab, box) for box in order[:_MOST_BOXES]),
        *([f"The other {len(order) - _MOST_BOXES} machines, in any order."] if len(order) > _MOST_BOXES else []),
        "Wait 10 minutes, then try the thing you missed.",
    ]


def _told(lab: Lab, box: Machine) -> str:
    guests = [name(each.name) for each in inside(lab, box)]
    within = f" (inside it by themselves: {listed(guests, most=_MOST_NAMES)})" if guests else ""
    others = [each for each in _waiting(lab, box) if each != box.name]
    why = f"; {listed([name(each) for each in others], most=_MOST_NAMES)} cannot do without it" if others else ""
    return f"**{name(box.name)}**{within}{why}. Press its button once, wait 5 minutes."


def _waiting(lab: Lab, box: Machine) -> list[str]:
    own = {box.name, *(each.name for each in inside(lab, box))}
    return [other.name for other in boxes(lab) if own & set(lab.stands_on(other)) and other.name not in own]


def _off(lab: Lab) -> list[str]:
    order = [box.name for box in reversed(switch_on_order(lab))]
    most = order if len(order) <= _MOST_BOXES else order[-_MOST_BOXES:]
    others = [f"The other {len(order) - _MOST_BOXES} machines, in any order."] if len(order) > _MOST_BOXES else []
    last = ["The battery unit last, if you have to: hold its button until it is dark."] if supplies(lab) else []
    return [
        *others,
        *(f"**{name(each)}**: press its button once, briefly; wait until its lights are off." for each in most),
        "Router and internet box, if you have to: pull the plug.",
        *last,
    ]


def _copies(lab: Lab) -> str:
    jobs = [(machine, job_name, job) for machine in lab.machines for job_name, job in lab.jobs(machine).items()]
    lines = [_copy(lab, machine, job) for machine, _, job in jobs]
    bare = list(_bare(lab))
    warning = f"**No copy is known of:** {listed(bare, most=_MOST_JOBS)}. Treat these with care." if bare else ""
    told = bullets(lines, most=_MOST_JOBS) or "Steward knows of no copies. Ask whoever built this where they are."
    return sections(told, warning, "To get something back, call somebody from the list above; write nothing new there.")


def _copy(lab: Lab, machine: Machine, job: BackupJob) -> str:
    what = f" ({listed([code(each) for each in job.sources], most=3)})" if job.sources else ""
    place = listed([code(each) for each in job.repositories], most=2) if job.repositories else "a place not known here"
    return f"Of **{name(machine.name)}**{what} in {place}: {copy_age(lab, job)}."


def _bare(lab: Lab) -> Iterable[str]:
    for machine in lab.machines:
        snapshot = lab.seen.get(machine.id)
        jobs = lab.jobs(machine).values()
        for one in kept_filesystems(snapshot) if snapshot else ():
            if holds_data(one) and is_backed_up(one, jobs) is False:
                yield f"{code(one.mount_point)} on {name(machine.name)}"
        if snapshot and not jobs and any(holds_data(one) for one in kept_filesystems(snapshot)):
            yield f"the data of {name(machine.name)}"


def _steward(lab: Lab) -> str:
    home = home_of_steward(lab)
    where = f"It runs on **{name(home.name)}**. " if home else ""
    return sections(
        f"Steward is the program that looks after these machines and wrote this page. {where}Nothing above needs it: "
        "photos, lights and the internet go on when it is off.",
        "To stop it: somebody who can type commands there types `steward stop`. Everybody else switches that machine "
        "off. To let it go on: `steward resume`.",
        "There are no passwords on this page. Where they are is written under “Whom to call”.",
    )
