"""Text from outside that is markup, in names, logs and output: on every page, also after a refresh, it does nothing."""

from __future__ import annotations

import shlex
from typing import Any
from urllib.parse import urlencode

from steward.app.start import LOCAL_NAME
from steward.model.brake import Brake
from steward.model.finding import Severity
from tests.flows.house import House
from tests.web.place import EVIL, PASSWORD, Place, put_finding
from tests.web.watched import Watched, open_tab

ALLOWED = ("/static/", "/live?")


async def test_a_stored_attack_fires_nothing_on_any_page(house: House, place: Place, chromium: Any):
    finding = await put_finding(house, EVIL, log=EVIL)
    tab = await open_tab(chromium, place)
    for path in ("/", f"/findings/{finding.id}", "/approvals"):
        tab.asked.clear()
        await tab.page.goto(place.address + path)
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
        tab.asked.clear()
        await tab.page.goto(place.address + path)
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
        tab.asked.clear()
        tab.said.clear()
        await tab.page.goto(place.address + path)
        await tab.page.wait_for_timeout(300)
        shown = await tab.page.get_by_text("onload=alert(1)").count() + await tab.page.locator("#command").count()
        assert shown > 0, path
        tab.said[:] = [line for line in tab.said if "status of" not in line]
        await nothing_happened(house, place, tab, path)


async def test_the_reason_of_a_brake_fires_nothing_on_its_page(house: House, place: Place, chromium: Any):
    await house.do("pause", minutes=5, reason=EVIL)
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/brakes")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    assert await tab.page.get_by_text("onload=alert(1)").count() > 0
    await nothing_happened(house, place, tab, "/brakes", brake=Brake.PAUSE)


async def nothing_happened(house: House, place: Place, tab: Watched, path: str, brake: Brake = Brake.NONE) -> None:
    """Hold that the page is whole, asked only for what it is made of, and nothing was stopped because nothing began."""
    asked = [each.removeprefix(f"GET {place.address}") for each in tab.asked]
    strange = [each for each in asked if each != path and not each.startswith(ALLOWED)]
    assert strange == []
    assert tab.dialogs == []
    assert await tab.reports() == []
    assert tab.said == []
    assert await tab.page.locator("#evil").count() == 0
    assert await tab.page.locator("main").is_visible()
    assert (await house.steward.brakes.state()).brake is brake
