"""Text from outside that is markup, in names, logs and output: on every page, also after a refresh, it does nothing."""

from __future__ import annotations

import shlex
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from steward.app.start import LOCAL_NAME
from steward.core.graph import shown
from steward.core.wishes import Wish
from steward.knowhow.facts.container_settings import Mounted
from steward.lib.codec import encode
from steward.model.brake import Brake
from steward.model.finding import Finding, Severity
from steward.model.graph import Edge, Graph, Thing, ThingKind, Tie
from steward.model.workflow import Workflow, WorkflowStep
from steward.store import history
from steward.surfaces.web.addresses import service_address
from tests.flows.house import SOMEBODY, House
from tests.flows.test_services import NAS, keep
from tests.unit.knowhow.container_snapshots import pair, seen
from tests.unit.knowhow.snapshots import disk, filesystems
from tests.web.place import EVIL, PASSWORD, Place, put_finding
from tests.web.watched import Watched, open_tab

ALLOWED = ("/static/", "/live?", "/fleet/graph", "/m/nas/history?")
PLAIN = EVIL.replace("/", "")
"""The same as the name of a file."""


async def test_a_stored_attack_fires_nothing_on_any_page(house: House, place: Place, chromium: Any):
    finding = await put_finding(house, EVIL, log=EVIL)
    tab = await open_tab(chromium, place)
    for path in ("/", f"/findings/{finding.id}", "/approvals"):
        await tab.begin(place.address + path)
        await tab.page.wait_for_selector('#live[data-state="live"]')
        await tab.page.wait_for_timeout(300)
        await nothing_happened(house, place, tab, path)


async def test_a_stored_attack_fires_nothing_when_it_arrives_while_the_page_is_open(
    house: House, place: Place, chromium: Any
):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    await put_finding(house, EVIL, log=EVIL, severity=Severity.WARNING)
    await tab.page.get_by_text("onload=alert(1)").first.wait_for()
    await tab.page.wait_for_timeout(300)
    await nothing_happened(house, place, tab, "/")


async def test_what_a_command_printed_fires_nothing_in_the_receipt(house: House, place: Place, chromium: Any):
    card = (await house.do("shell.run", machine=LOCAL_NAME, script=f"echo {shlex.quote(EVIL)}", reason="a test")).result
    await house.approve(card)
    await house.ended(card["run"])
    tab = await open_tab(chromium, place)
    for path in (f"/r/{card['run']}", f"/a/{card['approval']['code']}"):
        await tab.begin(place.address + path)
        await tab.page.wait_for_selector('#live[data-state="live"]')
        await tab.page.wait_for_timeout(300)
        assert await tab.page.get_by_text("onload=alert(1)").count() > 0
        await nothing_happened(house, place, tab, path)


async def test_words_of_people_and_programs_fire_nothing_where_they_are_listed(
    house: House, place: Place, chromium: Any
):
    access = house.steward.access
    await access.sign_in("owner", PASSWORD, address="127.0.0.1", agent=EVIL[:200])
    card = await house.ask("one", command="file.promise")
    await house.do("approvals.reject", code=card["approval"]["code"], reason=EVIL)
    terms: dict[str, Any] = {"command": "file.make", "machine": [LOCAL_NAME], "where": [f"name={EVIL}"]}
    grant = (await house.do("grants.add", **terms)).result["grant"]["id"]
    named = (await house.ask(EVIL.replace("/", "")))["approval"]["code"]
    tried = urlencode({"command": EVIL, "machine": EVIL, "where": EVIL, "hours": EVIL})
    tab = await open_tab(chromium, place)
    for path in (
        "/settings/access",
        "/settings/grants",
        f"/settings/grants/{grant}",
        f"/settings/grants?{tried}",
        f"/a/{card['approval']['code']}",
        f"/a/{named}",
        f"/r/{card['run']}",
    ):
        tab.said.clear()
        await tab.begin(place.address + path)
        await tab.page.wait_for_timeout(300)
        shown = await tab.page.get_by_text("onload=alert(1)").count() + await tab.page.locator("#command").count()
        assert shown > 0, path
        tab.said[:] = [line for line in tab.said if "status of" not in line]
        await nothing_happened(house, place, tab, path)


async def test_names_and_log_lines_on_a_card_fire_nothing_also_where_they_are_drawn(
    house: House, place: Place, chromium: Any, monkeypatch: pytest.MonkeyPatch
):
    finding = await put_finding(house, EVIL, log=EVIL)
    cards = [await planned(house, name, finding) for name in (f"{PLAIN}one", f"{PLAIN}two")]
    lost = await house.ask(PLAIN, command="file.lose")
    known = graph_around([card["plan"]["steps"][0]["resource"]["name"] for card in cards])
    monkeypatch.setattr("steward.core.graph.graph_of", lambda _lab, _relations: known)  # as if the machines had told it
    tab = await open_tab(chromium, place)
    for path, words in (
        (f"/a/{cards[0]['approval']['code']}", 4),
        (f"/a/{lost['approval']['code']}", 2),
        ("/approvals", 2),
        (f"/approvals?{urlencode({'q': 'evil', 'machine': EVIL, 'risk': EVIL})}", 0),
    ):
        await tab.begin(place.address + path)
        await tab.page.wait_for_selector('#live[data-state="live"]')
        for fold in await tab.page.locator("main details").all():
            await fold.evaluate("fold => { fold.open = true }")
        if words:
            await tab.page.get_by_text("onload=alert(1)").nth(words - 1).wait_for(state="attached")
        await tab.page.wait_for_timeout(500)
        await nothing_happened(house, place, tab, path)
    await tab.begin(f"{place.address}/a/{cards[0]['approval']['code']}")
    await tab.page.locator(".net .node").first.wait_for()
    assert await tab.page.locator(".net .node").count() == len(known.things)
    await nothing_happened(house, place, tab, f"/a/{cards[0]['approval']['code']}")


async def test_what_arrives_on_a_card_while_it_is_open_fires_nothing(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place)
    path = f"/a/{card['approval']['code']}"
    await tab.page.goto(place.address + path)
    await tab.page.wait_for_selector('#live[data-state="live"]')
    await house.do("approvals.reject", code=card["approval"]["code"], reason=EVIL)
    await tab.page.get_by_text("onload=alert(1)").first.wait_for()
    await tab.page.wait_for_timeout(300)
    await nothing_happened(house, place, tab, path)


async def planned(house: House, name: str, finding: Finding) -> dict[str, Any]:
    """Put a plan that cures a finding before a person."""
    step = WorkflowStep(id="step-1", command="file.make", input={"machine": LOCAL_NAME, "name": name})
    workflow = Workflow(name="cure", goal=EVIL, steps=(step,), finding=finding.id)
    proposals = house.steward.proposals
    wish = Wish(workflow=workflow, actor=SOMEBODY, finding=finding, if_nothing=EVIL)
    return encode(await proposals.submit(await proposals.draft(wish), wish))


def graph_around(names: list[str]) -> Graph:
    """Return what stands on these files: services whose names and labels would act."""
    things = [
        Thing(
            id=f"service:{number}",
            kind=ThingKind.SERVICE,
            name=f"{EVIL} {number}",
            machine=LOCAL_NAME,
            says=EVIL,
            state="up",
            resources=(shown(f"filesystem {name}"),),
        )
        for number, name in enumerate(names)
    ]
    above = [replace(each, id=f"on:{each.id}", state=EVIL, resources=()) for each in things]
    host = Thing(id="machine:here", kind=ThingKind.MACHINE, name=LOCAL_NAME, machine=LOCAL_NAME)
    edges = [Edge(of=one.id, on=other.id, tie=Tie.NEEDS, source=EVIL) for one, other in zip(above, things, strict=True)]
    return Graph(things=(things[0], above[0], host), edges=(edges[0],))


async def test_the_reason_of_a_brake_fires_nothing_on_its_page(house: House, place: Place, chromium: Any):
    await house.do("pause", minutes=5, reason=EVIL)
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/brakes")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    assert await tab.page.get_by_text("onload=alert(1)").count() > 0
    await nothing_happened(house, place, tab, "/brakes", brake=Brake.PAUSE)


async def test_names_that_a_machine_chose_fire_nothing_in_tables_drawings_and_charts(
    lab: House, place: Place, chromium: Any
):
    evil = EVIL.replace("\x1b", "").replace("\u200b", "")
    stored = (Mounted(source=f"/srv/{evil}", target="/data", is_writable=True),)
    values = {
        **seen(pair(evil, mounts=stored, image=evil)).values,
        "filesystems": filesystems(disk(10.0), disk(10.0, mount_point=f"/srv/{evil}")),
    }
    await keep(lab, NAS, values)
    for hour in range(24):
        numbers = {f"/srv/{evil} used_bytes": 1e9, f"/srv/{evil} available_bytes": 1e9}
        at = lab.clock.now() - timedelta(hours=hour)
        await lab.steward.storage.write(history.add, machine=NAS.id, fact="filesystems", at=at, numbers=numbers)
    (service,) = (await lab.do("services.ls", machine="nas")).result["services"]
    tab = await open_tab(chromium, place)
    for path in (
        "/fleet",
        "/fleet?view=map",
        "/fleet?view=services",
        f"/fleet?{urlencode({'view': 'map', 'name': EVIL[:200]})}",
        f"/fleet?{urlencode({'q': EVIL[:70], 'status': EVIL[:20], 'group': EVIL[:20]})}",
        f"/fleet?{urlencode({'view': 'matrix', 'name': EVIL[:200], 'memory': EVIL[:20]})}",
        "/m/nas",
        service_address("nas", service["name"]),
    ):
        tab.said.clear()
        await tab.begin(place.address + path)
        await tab.page.wait_for_selector('#live[data-state="live"]')
        await tab.page.wait_for_timeout(500)
        if path in {"/fleet?view=map", "/fleet?view=services", "/m/nas"}:
            assert await tab.page.get_by_text("onload=alert(1)").count() > 0, path
        tab.said[:] = [line for line in tab.said if "status of" not in line]
        await nothing_happened(lab, place, tab, path)


async def nothing_happened(house: House, place: Place, tab: Watched, path: str, brake: Brake = Brake.NONE) -> None:
    """Hold that the page is whole, asked only for what it is made of, and nothing was stopped because nothing began."""
    asked = [each.removeprefix(f"GET {place.address}") for each in tab.asked]
    strange = [each for each in asked if each not in {path, f"{path}/reach"} and not each.startswith(ALLOWED)]
    assert strange == []
    assert tab.dialogs == []
    assert await tab.reports() == []
    assert tab.said == []
    assert await tab.page.locator("#evil").count() == 0
    assert await tab.page.locator("main").is_visible()
    assert (await house.steward.brakes.state()).brake is brake
