"""Pages in Chromium as they are used: without scripts, while others decide, while somebody types."""

from __future__ import annotations

from typing import Any

from steward.model.run import RunState
from tests.flows.house import House
from tests.web.place import PASSWORD, Place
from tests.web.watched import open_tab


async def test_a_plan_is_read_and_approved_without_scripts(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place, java_script_enabled=False)
    await tab.page.goto(f"{place.address}/")
    await tab.page.get_by_role("region", name="Waiting for me").get_by_role("link").first.click()
    await tab.page.get_by_label("Your password").first.fill(PASSWORD)
    await tab.page.get_by_role("button", name="Approve and run").click()
    await tab.page.get_by_text("Approved by").wait_for()
    await house.ended(card["run"])
    await tab.page.reload()
    assert await tab.page.get_by_role("heading", name="Receipt").count() == 1
    assert (await house.receipt(card["run"])).run.state is RunState.VERIFIED


async def test_a_plan_is_rejected_without_scripts(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place, java_script_enabled=False)
    await tab.page.goto(f"{place.address}/a/{card['approval']['code']}")
    await tab.page.locator(".decide summary").click()
    await tab.page.get_by_label("Why not?").fill("not today")
    await tab.page.get_by_label("Your password").last.fill(PASSWORD)
    await tab.page.get_by_role("button", name="Reject").click()
    await tab.page.get_by_text("not today").first.wait_for()
    assert (await house.receipt(card["run"])).run.state is RunState.DENIED


async def test_a_page_shows_what_was_decided_elsewhere_without_a_reload(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/a/{card['approval']['code']}")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    await house.approve(card)
    await tab.page.get_by_role("heading", name="Receipt").wait_for()
    await tab.page.get_by_text("Verified").first.wait_for()
    assert [asked for asked in tab.asked if asked.startswith("POST")] == []
    assert await tab.reports() == []
    assert tab.said == []


async def test_what_is_being_typed_survives_a_refresh(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/a/{card['approval']['code']}")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    await tab.page.get_by_label("Your password").first.fill("half a passw")
    await tab.refresh("card")
    assert await tab.page.get_by_label("Your password").first.input_value() == "half a passw"


async def test_a_tab_whose_session_ended_shows_nothing_any_more(house: House, place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    for session in await house.steward.access.sessions.listing():
        await house.steward.access.sessions.revoke(session.id)
    await tab.page.wait_for_url("**/sign-in*")
