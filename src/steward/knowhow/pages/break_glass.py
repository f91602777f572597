"""`break-glass.md`: for somebody who is not technical, on paper, on a bad day; one or two pages, plain words only."""

from __future__ import annotations

from collections.abc import Iterable

from steward.knowhow.facts.backups import BackupJob
from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import WRITTEN, Page
from steward.knowhow.pages.places import FOLDER
from steward.knowhow.pages.power import Boxes
from steward.knowhow.pages.storage import copy_age, holds_data, is_backed_up, kept_filesystems
from steward.knowhow.pages.words import bullets, code, listed, name, numbered, prose, section, sections, table
from steward.lib.text import plural
from steward.model.finding import Severity
from steward.model.machine import Machine

_MOST_NAMES = 4
_MOST_JOBS = 8
_MOST_BOXES = 12
_MOST_TOLD = 3
_NOTES = """
(Not written yet. Write here, between the two marks: who to call, with telephone numbers; who else knows this; the
telephone number and customer number of the internet provider; where the machines stand; where the fuse box is; where
the envelope with the passwords lies. Never the passwords themselves.)

"""


def break_glass_page(lab: Lab) -> Page:
    """Write what somebody can do who did not build this."""
    boxes = Boxes(lab=lab)
    before = sections(
        "# When something does not work",
        "For everybody in this household. Take your time; nothing here is dangerous when you do it as it stands. "
        f"Written on {WRITTEN}; an older printout may be wrong.",
        "## Whom to call",
    )
    after = sections(
        section("What runs here, and why it matters", _what(boxes)),
        section("What to do first", numbered(_first(lab))),
        section("If one thing does not work", table(("What", "Look at", "Meanwhile"), _where(boxes))),
        section("Switching everything on, in this order", numbered(_on(boxes))),
        section("Switching everything off, in this order", numbered(_off(boxes))),
        section("Where the copies are (backups)", _copies(boxes)),
        section("Steward", _steward(boxes)),
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


def _what(boxes: Boxes) -> str:
    known = boxes.purposes
    running = sum(thing.state != "declared" for thing in boxes.lab.services)
    others = running - sum(len(things) for _, things in known.values())
    lines = [f"**{title}.** {purpose.matters}" for title, (purpose, _) in known.items()]
    if not lines and not others:
        return "Steward does not know yet what runs here."
    more = f"Beside these there are {plural(others, 'program')}; most help those above." if others and lines else ""
    alone = f"There are {plural(others, 'program')}; Steward cannot tell what for." if others and not lines else ""
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
    yield (
        "**Still nothing?** Call somebody from the list above. It can wait until tomorrow. Only if something smells "
        "burnt, is wet or very hot: pull its plug at once, then call."
    )
    if down := [found for found in lab.findings if found.severity is Severity.DOWN]:
        told = "; ".join(prose(found.title) for found in down[:_MOST_TOLD])
        yield f"On {WRITTEN} this did not work already. Read it to whoever you call: {told}."


def _where(boxes: Boxes) -> Iterable[list[str]]:
    for title, (purpose, things) in boxes.purposes.items():
        machines = sorted({boxes.of(thing) for thing in things} - {""})
        where = listed([f"**{name(each)}**" for each in machines], most=_MOST_NAMES) if machines else "not known"
        programs = listed(list(dict.fromkeys(name(each.name) for each in things)), most=_MOST_NAMES)
        yield [title, f"{where} ({programs})", purpose.meanwhile]


def _on(boxes: Boxes) -> list[str]:
    batteries, order = boxes.supplies, boxes.order
    first = (
        [f"The battery unit ({listed([name(each) for each in batteries])}): its light must be green."]
        if batteries
        else []
    )
    return [
        *first,
        "The box of the internet provider, then the router, then the small boxes with many cables (switches). Wait "
        "5 minutes.",
        *(_told(boxes, box) for box in order[:_MOST_BOXES]),
        *([f"The other {len(order) - _MOST_BOXES} machines, in any order."] if len(order) > _MOST_BOXES else []),
        "Wait 10 minutes, then try the thing you missed.",
    ]


def _told(boxes: Boxes, box: Machine) -> str:
    guests = [name(each.name) for each in boxes.inside(box)]
    within = f" (inside it by themselves: {listed(guests, most=_MOST_NAMES)})" if guests else ""
    waiting = [name(other) for other in boxes.waiting_for(box)]
    before = f" It comes before {listed(waiting, most=_MOST_NAMES)}." if waiting else ""
    use = boxes.use(box)
    what = f", for {'; '.join(use)}" if use else ""
    return f"**{name(box.name)}**{what}{within}. Press its button once, wait 5 minutes.{before}"


def _off(boxes: Boxes) -> list[str]:
    order = [box.name for box in reversed(boxes.order)]
    most = order if len(order) <= _MOST_BOXES else order[-_MOST_BOXES:]
    others = [f"The other {len(order) - _MOST_BOXES} machines, in any order."] if len(order) > _MOST_BOXES else []
    last = ["The battery unit last, if you have to: hold its button until it is dark."] if boxes.supplies else []
    return [
        *others,
        *(f"**{name(each)}**: press its button once, briefly; wait until its lights are off." for each in most),
        "Router and internet box, if you have to: pull the plug.",
        *last,
    ]


def _copies(boxes: Boxes) -> str:
    lab = boxes.lab
    jobs = [(machine, job_name, job) for machine in lab.machines for job_name, job in lab.jobs(machine).items()]
    lines = [_copy(lab, machine, job) for machine, _, job in jobs]
    bare = [*_uncopied(boxes), *_bare(lab)]
    warning = f"**No copy is known of:** {listed(bare, most=_MOST_JOBS)}. Treat these with care." if bare else ""
    told = bullets(lines, most=_MOST_JOBS) or "Steward knows of no copies. Ask whoever built this where they are."
    return sections(told, warning, "To get something back, call somebody from the list above; write nothing new there.")


def _copy(lab: Lab, machine: Machine, job: BackupJob) -> str:
    what = f" ({listed([code(each) for each in job.sources], most=3)})" if job.sources else ""
    place = listed([code(each) for each in job.repositories], most=2) if job.repositories else "a place not known here"
    return f"Of **{name(machine.name)}**{what} in {place}: {copy_age(lab, job)}."


def _uncopied(boxes: Boxes) -> Iterable[str]:
    """Yield what people use of which no volume at all is copied."""
    for title, (_, things) in boxes.purposes.items():
        bare = [
            each for each in things if (all_of := boxes.lab.volumes(each)) and not any(map(boxes.lab.is_copied, all_of))
        ]
        if bare:
            yield f"{title.lower()} ({listed([name(each.name) for each in bare], most=_MOST_NAMES)})"


def _bare(lab: Lab) -> Iterable[str]:
    for machine in lab.machines:
        snapshot = lab.seen.get(machine.id)
        jobs = lab.jobs(machine).values()
        for one in kept_filesystems(snapshot) if snapshot else ():
            if holds_data(one) and is_backed_up(one, jobs) is False:
                yield f"{code(one.mount_point)} on {name(machine.name)}"
        if snapshot and not jobs and any(holds_data(one) for one in kept_filesystems(snapshot)):
            yield f"the data of {name(machine.name)}"


def _steward(boxes: Boxes) -> str:
    home = boxes.home_of_steward
    where = f"It runs on **{name(home.name)}**. " if home else ""
    use = boxes.use(home) if home else []
    loss = f" (what that machine does for {'; '.join(use)} stops with it)" if use else ""
    return sections(
        f"Steward is the program that looks after these machines and wrote this page. {where}Nothing above needs it: "
        "photos, lights and the internet go on when it is off.",
        f"To stop it: somebody who can type commands there types `steward stop`; everybody else switches that machine "
        f"off{loss}. To let it go on: `steward resume`.",
        "There are no passwords on this page. Where they are is written under “Whom to call”.",
    )
