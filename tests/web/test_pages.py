"""Every page in Chromium: nothing to complain about, narrow and wide, light and dark, with and without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.run import RunState
from tests.flows.house import House
from tests.web.place import PASSWORD, Place, put_finding
from tests.web.watched import PALE, SMALL_TARGETS, UNLABELED, open_tab

LOOKS = [(360, "light"), (360, "dark"), (768, "light"), (1280, "light"), (1280, "dark")]


async def lab(house: House) -> list[str]:
    """Let there be something of everything, and return the addresses of all pages."""
    finding = await put_finding(house, "nginx.service", log="bind() to 0.0.0.0:80 failed " + "x" * 300)
    waiting = await house.ask("a-file-with-a-name-that-is-long-and-has-no-place-to-break-" + "y" * 60)
    done = await house.ask("two")
    await house.approve(done)
    await house.ended(done["run"])
    undone = await house.ask("three", command="file.promise")
    await house.approve(undone)
    await house.ended(undone["run"])
    terms = {"command": "file.make", "machine": [LOCAL_NAME], "where": ["name=" + "z" * 80], "hours": "22:00-07:00"}
    grant = (await house.do("grants.add", **terms)).result["grant"]["id"]
    return [
        "/",
        "/approvals?show=all",
        f"/a/{waiting['approval']['code']}",
        f"/a/{done['approval']['code']}",
        f"/r/{done['run']}",
        f"/r/{undone['run']}",
        f"/findings/{finding.id}",
        "/brakes",
        "/settings/access",
        "/settings/grants?show=all",
        f"/settings/grants?command=file.make&machine={LOCAL_NAME}",
        f"/settings/grants/{grant}",
        "/settings/password",
        "/sign-in",
        "/join",
        "/nowhere",
    ]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
async def test_every_page_is_sound(house: House, place: Place, chromium: Any, width: int, scheme: str):
    addresses = await lab(house)
    tab = await open_tab(chromium, place, width=width, scheme=scheme)
    for address in addresses:
        answer = await tab.page.goto(place.address + address)
        assert answer.status == (404 if address == "/nowhere" else 200), address
        for fold in await tab.page.locator("main details").all():
            await fold.evaluate("fold => { fold.open = true }")
        assert await tab.page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert await tab.page.evaluate(SMALL_TARGETS) == [], address
        assert await tab.page.evaluate(UNLABELED) == [], address
        assert await tab.page.evaluate(PALE) == [], address
        assert await tab.page.locator("h1").count() == 1, address
        assert await tab.reports() == [], address
    assert [line for line in tab.said if "404" not in line] == []
    assert {asked.split(" ")[1].startswith(place.address) for asked in tab.asked} == {True}


async def test_a_plan_is_read_and_approved_without_scripts(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place, java_script_enabled=False)
    await tab.page.goto(f"{place.address}/")
    await tab.page.get_by_role("region", name="Waiting for me").get_by_role("link").click()
    await tab.page.get_by_label("Your password").first.fill(PASSWORD)
    await tab.page.get_by_role("button", name="Approve and run").click()
    await house.ended(card["run"])
    await tab.page.reload()
    assert await tab.page.get_by_role("heading", name="Receipt").count() == 1
    assert (await house.receipt(card["run"])).run.state is RunState.VERIFIED


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
    async with tab.page.expect_response(lambda answer: "/a/" in answer.url):
        await tab.page.evaluate("htmx.trigger('#live', 'card')")
    await tab.page.wait_for_timeout(200)
    assert await tab.page.get_by_label("Your password").first.input_value() == "half a passw"


async def test_a_tab_whose_session_ended_shows_nothing_any_more(house: House, place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    for session in await house.steward.access.sessions.listing():
        await house.steward.access.sessions.revoke(session.id)
    await tab.page.wait_for_url("**/sign-in*")
