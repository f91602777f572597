"""Keys and the palette: everything by hand on the keyboard, and no letter acts where somebody types."""

from __future__ import annotations

from typing import Any

from tests.flows.house import House
from tests.web.place import Place
from tests.web.watched import Watched, open_tab

FOCUS = "document.activeElement.textContent"


async def opened(chromium: Any, place: Place, path: str) -> Watched:
    """Open a page and wait until its keys listen."""
    tab = await open_tab(chromium, place)
    await tab.page.goto(place.address + path)
    await tab.page.locator("[data-help]").wait_for()
    return tab


async def test_help_and_palette_open_and_close_and_lead_where_they_say(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await opened(chromium, place, "/brakes")
    keyboard, page = tab.page.keyboard, tab.page
    await keyboard.press("?")
    assert await page.locator("#keys").is_visible()
    await keyboard.press("Escape")
    assert not await page.locator("#keys").is_visible()
    await keyboard.press("/")
    assert await page.locator("#palette").is_visible()
    await keyboard.type("approvals /one")
    await page.locator("#palette-found a").first.wait_for()
    await keyboard.press("Enter")
    await page.wait_for_url(f"**/a/{card['approval']['code']}")
    await keyboard.press("Control+k")
    assert await page.locator("#palette").is_visible()
    await keyboard.type("nothing is called so")
    await page.locator("#palette-none").wait_for()
    await keyboard.press("Escape")
    assert not await page.locator("#palette").is_visible()
    assert tab.said == []


async def test_the_help_is_closed_by_its_button_as_often_as_it_is_opened(place: Place, chromium: Any):
    tab = await opened(chromium, place, "/brakes")
    for _ in range(2):
        await tab.page.locator("[data-help]").click()
        await tab.page.locator("#keys form button").click()
        await tab.page.locator("#keys").wait_for(state="hidden")


async def test_g_goes_and_j_and_k_move_and_enter_opens(house: House, place: Place, chromium: Any):
    for name in ("one", "two"):
        await house.ask(name)
    tab = await opened(chromium, place, "/")
    keyboard, page = tab.page.keyboard, tab.page
    await keyboard.press("g")
    await keyboard.press("a")
    await page.wait_for_url("**/approvals")
    await page.locator("[data-help]").wait_for()
    focused: list[str] = []
    for key in ("j", "j", "k"):
        await keyboard.press(key)
        focused.append(await page.evaluate(FOCUS))
    assert focused[0] == focused[2] != focused[1]
    await keyboard.press("Enter")
    await page.wait_for_url("**/a/*")


async def test_no_letter_acts_while_somebody_types_or_when_letters_are_off(place: Place, chromium: Any):
    tab = await opened(chromium, place, "/brakes")
    keyboard, page = tab.page.keyboard, tab.page
    await page.get_by_label("Reason").first.focus()
    await keyboard.type("g a ? / j")
    assert await page.get_by_label("Reason").first.input_value() == "g a ? / j"
    assert not await page.locator("dialog[open]").count()
    await page.locator("[data-help]").click()
    await page.locator("#keys-off").check()
    await keyboard.press("Escape")
    for _ in range(2):
        for key in ("?", "/", "g", "a"):
            await keyboard.press(key)
        assert not await page.locator("dialog[open]").count()
        assert page.url.endswith("/brakes")
        await page.reload()
        await page.locator("[data-help]").wait_for()
    await keyboard.press("Control+k")
    assert await page.locator("#palette").is_visible()


async def test_enter_goes_on_and_s_skips_in_the_first_run(place: Place, chromium: Any):
    tab = await opened(chromium, place, "/setup/declared")
    await tab.page.keyboard.press("s")
    await tab.page.wait_for_url("**/setup/autonomy")
    await tab.page.locator("[data-help]").wait_for()
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url("**/setup/done")
