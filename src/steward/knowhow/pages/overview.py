"""`README.md`: what is there, what is wrong now, and where to read on."""

from __future__ import annotations

from collections import Counter

from steward.knowhow.pages.lab import Lab
from steward.knowhow.pages.page import WRITTEN, Page
from steward.knowhow.pages.places import FOLDER, Places
from steward.knowhow.pages.service import what_it_is
from steward.knowhow.pages.words import day, link, name, prose, section, sections, table
from steward.lib.text import plural
from steward.model.finding import Finding, Severity
from steward.model.graph import Thing
from steward.model.machine import Machine

_MOST_FINDINGS = 100
_MOST_SERVICES = 500
_TOLD = {
    Severity.DOWN: "does not work",
    Severity.WARNING: "will break",
    Severity.UNKNOWN: "cannot be told",
    Severity.WATCH: "worth knowing",
}


def overview_page(lab: Lab, places: Places) -> Page:
    """Write the first page."""
    before = sections(
        "# This homelab",
        f"{_sentence(lab)} Written on {WRITTEN} by Steward from what it saw.",
        "When something does not work and you are not the one who built this: [break-glass](break-glass.md). "
        "How it hangs together: [network](network.md), [storage](storage.md).",
        section("What is wrong now", _wrong(lab, places)),
        section(
            "Machines", table(("Machine", "Services", "Findings"), (_machine(lab, places, m) for m in lab.machines))
        ),
        section(
            "Services",
            table(
                ("Service", "Machine", "What it is"),
                (_service(places, each) for each in lab.services),
                most=_MOST_SERVICES,
            ),
        ),
        "## Notes",
    )
    after = (
        "Steward writes these pages anew from what it sees; in each only what stands between the two marks around the "
        "notes is yours and kept. Files you add yourself are never touched. `git log -- docs` tells what changed."
    )
    path, text = f"{FOLDER}/README.md", before.replace("](../", "](")
    return Page(path=path, kind="overview", id="overview", before=text, after=after, has_date=True)


def _sentence(lab: Lab) -> str:
    return f"{plural(len(lab.machines), 'machine')}, {plural(len(lab.services), 'service')}."


def _wrong(lab: Lab, places: Places) -> str:
    if not lab.findings:
        return "Nothing that Steward looks at."
    known = {machine.id: machine for machine in lab.machines}
    rows = (
        [
            _TOLD[found.severity],
            prose(found.title),
            link(known[found.machine].name, places.machine(known[found.machine])),
            day(found.since) if found.since else "",
        ]
        for found in sorted(lab.findings, key=_worst_first)
        if found.machine in known
    )
    return table(("How bad", "What", "Machine", "Since"), rows, most=_MOST_FINDINGS)


def _worst_first(found: Finding) -> tuple[int, str]:
    return list(_TOLD).index(found.severity), found.id


def _machine(lab: Lab, places: Places, machine: Machine) -> list[str]:
    counts = Counter(found.machine for found in lab.findings)
    services = len(lab.services_on(machine))
    return [link(machine.name, places.machine(machine)), str(services or ""), str(counts[machine.id] or "")]


def _service(places: Places, thing: Thing) -> list[str]:
    return [link(thing.name, places.service(thing)), name(thing.machine) if thing.machine else "", what_it_is(thing)]
