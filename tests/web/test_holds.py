"""On a phone, with thumbs: a question is answered, a disk is swapped, and what Steward saw is shown."""

from __future__ import annotations

from typing import Any

from tests.flows.house import House
from tests.web.holds_lab import suspended, waiting_text, waits
from tests.web.place import Place
from tests.web.watched import open_tab


async def test_a_question_is_answered_and_hands_are_confirmed_on_a_phone(house: House, place: Place, chromium: Any):
    run = await waits(house, waiting_text())
    tab = await open_tab(chromium, place, width=360)
    await tab.assert_sound(f"{place.address}/r/{run}")
    page = tab.page
    await page.get_by_label("Which disk", exact=True).select_option("sdb")
    await page.get_by_label("How many bays are free").fill("2")
    await page.get_by_label("Yes", exact=True).check()
    await page.get_by_role("button", name="Answer").click()
    await page.wait_for_url("**#hold-which")
    await suspended(house, run)
    await tab.assert_sound(f"{place.address}/r/{run}")
    for box in await page.locator(".checklist input").all():
        await box.check()
    await page.get_by_role("button", name="Done, look now").click()
    await page.get_by_text("it does not show yet").wait_for()
    assert await page.locator("#hold-insert .looks .badge", has_text="Not yet").count() == 1
    (house.files / "new-disk").touch()
    await page.get_by_role("button", name="Done, look now").click()
    await page.locator("#hold-settle").wait_for()
    assert house.has("made-after")
    await suspended(house, run)
    await tab.assert_sound(f"{place.address}/r/{run}")
    assert tab.said == []
