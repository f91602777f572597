"""Every page in Chromium, narrow and wide, light and dark, in every language: nothing to complain about.

The pages are those of the routes, so that a new one is swept without anybody thinking of it. Each is loaded once; its
looks are tried by turning the window and the colors.
"""

from __future__ import annotations

import gzip
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from steward.surfaces.web.texts import LANGUAGES
from tests.flows.house import House
from tests.web.lab import addresses_of, lab, pages_of
from tests.web.place import Place, served
from tests.web.watched import PALE, SMALL_TARGETS, UNLABELED, Watched, open_tab

HERE = Path(__file__).parent
VIOLATIONS = (HERE / "violations.js").read_text("utf-8")
LOOKS = [(360, "light"), (768, "light"), (1280, "light"), (1280, "dark"), (768, "dark"), (360, "dark")]
JUDGED = {(360, "light"), (1280, "light")}
"""Looks that axe judges by all of its rules; in the others it judges the colors."""
MOST_FIRST_BYTES = 80_000
MOST_FRAGMENT_BYTES = 15_000
SHOWN = "(element) => { element.open = true }"
TURNED = "[...document.querySelectorAll('[tabindex]')].filter((e) => e.tabIndex > 0).map((e) => e.outerHTML)"


def axe() -> Path:
    """Return axe-core as its package carries it."""
    package = find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    return Path(package.origin).parent / "axe.min.js"


async def looked_at(tab: Watched, address: str, looks: list[tuple[int, str]]) -> list[str]:
    """Turn the page that is open to every look and return what is wrong with it; structure once, layout each time."""
    page, wrong = tab.page, list[str]()
    for fold in await page.locator("main details").all():
        await fold.evaluate(SHOWN)
    for width, scheme in looks:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)
        found = [] if await page.evaluate("document.documentElement.scrollWidth") <= width else ["scrolls sideways"]
        found += await page.evaluate(SMALL_TARGETS) if scheme == "light" else []
        found += await page.evaluate(PALE)
        rules = [] if (width, scheme) in JUDGED else ["color-contrast"]
        found += await page.evaluate(VIOLATIONS, [rules])
        wrong += [f"{address} {width} {scheme}: {each}" for each in found]
    if "wall=" in address:  # nobody acts on a wall, and without scripts it must stay fresh all the same
        wrong = [each for each in wrong if "meta-refresh" not in each]
    wrong += [f"{address}: no name {each}" for each in await page.evaluate(UNLABELED)]
    wrong += [f"{address}: jumps the order {each}" for each in await page.evaluate(TURNED)]
    wrong += [f"{address}: reported {each}" for each in await tab.reports()]
    wrong += [] if await page.locator("h1").count() == 1 else [f"{address}: not one heading"]
    return wrong


async def sweeper(chromium: Any, place: Place, language: str) -> tuple[Watched, dict[str, int]]:
    """Open a tab that knows axe and counts the bytes that come over the wire; nothing is taken from a cache."""
    tab = await open_tab(chromium, place, locale=language)
    await tab.page.context.add_init_script(path=axe())
    devtools = await tab.page.context.new_cdp_session(tab.page)
    await devtools.send("Network.enable")
    await devtools.send("Network.setBypassServiceWorker", {"bypass": True})
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire = {"bytes": 0}

    def count(event: dict[str, Any]) -> None:
        wire["bytes"] += int(event["encodedDataLength"])

    devtools.on("Network.loadingFinished", count)
    return tab, wire


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_sound(house: House, place: Place, chromium: Any, language: str):
    addresses = addresses_of(place.routes, await lab(house))
    tab, wire = await sweeper(chromium, place, language)
    wrong: list[str] = []
    for address in addresses:
        wire["bytes"] = 0
        answer = await tab.page.goto(place.address + address)
        wrong += [] if answer.status == (404 if address == "/nowhere" else 200) else [f"{address}: {answer.status}"]
        body = await answer.body()  # pages hold a form token and are sent as they are
        packed = wire["bytes"] - len(body) + len(gzip.compress(body))
        wrong += [f"{address}: {packed} bytes"] if packed > MOST_FIRST_BYTES else []
        print(f"{wire['bytes']:7} bytes, {packed} packed {address[:60]}")
        spoken = await tab.page.evaluate("document.documentElement.lang")
        wrong += [] if spoken == language or address == "/nowhere" else [f"{address}: speaks {spoken}"]
        wrong += await looked_at(tab, address, LOOKS)
    assert wrong == []
    assert [line for line in tab.said if "404" not in line] == []
    assert {asked.split(" ")[1].startswith(place.address) for asked in tab.asked} == {True}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_machines_and_services_with_much_to_tell_are_sound(
    lab: House, place: Place, chromium: Any, language: str
):
    tab, _ = await sweeper(chromium, place, language)
    for address in ("/m/nas", "/s/nas/handmade", "/fleet?view=map", "/fleet?view=services"):
        answer = await tab.page.goto(place.address + address)
        assert answer.status == 200, address
        assert await looked_at(tab, address, LOOKS) == []
    assert tab.said == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_of_the_first_owner_is_sound(house: House, chromium: Any, language: str):
    async with served(house) as place:
        tab, _ = await sweeper(chromium, place, language)
        await tab.page.goto(f"{place.address}/setup")
        assert await looked_at(tab, "/setup", LOOKS) == []
        assert tab.said == []


async def test_every_fragment_is_small(house: House, place: Place):
    for address in addresses_of(place.routes, await lab(house)):
        fragment = await place.get(address, **{"HX-Request-Type": "partial", "HX-Request": "true"})
        size = len(gzip.compress(fragment.text.encode()))
        assert size <= MOST_FRAGMENT_BYTES, (address, size)


async def test_the_sweep_knows_every_page(place: Place):
    assert "/a/{code}" in pages_of(place.routes)
    with pytest.raises(KeyError, match=r"say in tests/web/lab\.py"):
        addresses_of(place.routes, {})


async def test_tab_leads_through_a_page_in_the_order_one_reads(place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/setup/autonomy")
    order = "[...document.querySelectorAll('a[href], button, input, select, summary')]"
    seen: list[int] = []
    for _ in range(14):
        await tab.page.keyboard.press("Tab")
        seen.append(await tab.page.evaluate(f"{order}.indexOf(document.activeElement)"))
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen)
