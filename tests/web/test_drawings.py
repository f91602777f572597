"""Charts and graphs are really drawn in Chromium: under the strict policy, by keyboard too, narrow and wide, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from steward.model.finding import Severity
from steward.store import history
from tests.flows.house import House
from tests.flows.test_services import NAS
from tests.web.place import Place, put_finding
from tests.web.watched import open_tab

PAGES = (
    "/fleet",
    "/fleet?add=1",
    "/fleet?view=map",
    "/fleet?view=map&name=nas",
    "/fleet?view=matrix&memory=1G",
    "/fleet?view=services",
    "/m/nas",
    "/m/box?hours=720",
    "/s/nas/photos/db",
)
INK = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return data.some((value, at) => at % 4 === 3 && value > 0);
}"""


async def measured(house: House) -> None:
    """Let there be a day of numbers of nas."""
    now = house.clock.now()
    for hour in range(24):
        numbers = {"used_percent": 40.0 + hour, "waiting_percent": hour / 2}
        at = now - timedelta(hours=hour)
        await house.steward.storage.write(history.add, machine=NAS.id, fact="memory", at=at, numbers=numbers)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (768, "light"), (1280, "light"), (1280, "dark")])
async def test_every_page_of_the_fleet_is_sound(lab: House, place: Place, chromium: Any, width: int, scheme: str):
    await measured(lab)
    tab = await open_tab(chromium, place, width=width, scheme=scheme)
    for address in PAGES:
        await tab.assert_sound(place.address + address, settle_milliseconds=300)


async def test_a_chart_is_drawn_once_and_follows_the_theme_and_its_box(lab: House, place: Place, chromium: Any):
    await measured(lab)
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/m/nas")
    drawing = tab.page.locator("figure[data-chart]").first
    await drawing.locator("canvas").wait_for()
    assert await drawing.locator("canvas").evaluate(INK)
    assert "used" in await drawing.locator(".u-legend").inner_text()
    wide = (await drawing.locator(".uplot").bounding_box())["width"]
    await tab.page.evaluate("document.dispatchEvent(new CustomEvent('htmx:after:swap'))")
    await tab.page.wait_for_timeout(300)
    assert await drawing.locator(".uplot").count() == 1
    await tab.page.emulate_media(color_scheme="dark")
    await tab.page.set_viewport_size({"width": 360, "height": 800})
    await tab.page.wait_for_function(
        "most => document.querySelector('figure[data-chart] .uplot')?.getBoundingClientRect().width < most",
        arg=min(wide, 340),
    )
    assert await drawing.locator(".uplot").count() == 1
    assert await tab.reports() == []
    assert tab.said == []


async def test_the_values_of_a_chart_are_read_with_the_arrow_keys(lab: House, place: Place, chromium: Any):
    await measured(lab)
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/m/nas")
    drawing = tab.page.locator("figure[data-chart] .uplot").first
    await drawing.wait_for()
    newest = await tab.page.locator(".u-legend").first.inner_text()
    await drawing.focus()
    for _ in range(100):
        await tab.page.keyboard.press("ArrowLeft")
    assert await tab.page.locator(".u-legend").first.inner_text() != newest


async def test_a_chart_that_cannot_be_fetched_leaves_its_numbers_and_says_so(lab: House, place: Place, chromium: Any):
    await measured(lab)
    tab = await open_tab(chromium, place)
    await tab.page.route("**/history?*", lambda route: route.abort())
    await tab.page.goto(f"{place.address}/m/nas")
    drawing = tab.page.locator("figure[data-chart]").first
    await drawing.get_by_text("could not be fetched").wait_for()
    assert await drawing.locator("table").is_visible()
    assert await drawing.locator("canvas").count() == 0


async def test_the_map_is_drawn_and_walked_by_keyboard(lab: House, place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/fleet?view=map")
    pool = tab.page.locator('svg.net [aria-label^="pool tank"]')
    await pool.wait_for()
    assert await tab.page.locator("svg.net .cluster").count() >= 2
    assert not await tab.page.locator("details.plain-graph table").is_visible()
    await pool.focus()
    await tab.page.keyboard.press("x")
    dimmed = await tab.page.locator("svg.net .node.dim").count()
    assert 0 < dimmed < await tab.page.locator("svg.net .node").count()
    assert not await tab.page.locator('svg.net [aria-label^="player"].dim').count()
    assert "pool tank" in await tab.page.locator("[data-told]").inner_text()
    await tab.page.keyboard.press("x")
    assert await tab.page.locator("svg.net .node.dim").count() == 0
    await tab.page.locator('svg.net [aria-label^="handmade"]').focus()
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url("**/s/nas/handmade")
    assert await tab.reports() == []


async def test_the_map_is_moved_and_zoomed_and_a_drag_opens_nothing(lab: House, place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/fleet?view=map")
    drawing = tab.page.locator("svg.net")
    await drawing.locator(".node").first.wait_for()
    before = await drawing.get_attribute("viewBox")
    box = await drawing.locator(".node").first.bounding_box()
    await tab.page.mouse.move(box["x"] + 20, box["y"] + 20)
    await tab.page.mouse.down()
    await tab.page.mouse.move(box["x"] + 120, box["y"] + 60, steps=4)
    await tab.page.mouse.up()
    moved = await drawing.get_attribute("viewBox")
    assert moved != before
    assert tab.page.url.endswith("/fleet?view=map")
    await tab.page.get_by_role("button", name="Larger").click()
    assert float((await drawing.get_attribute("viewBox")).split()[2]) < float(moved.split()[2])


async def test_the_views_are_changed_with_single_keys(lab: House, place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/fleet")
    await tab.page.keyboard.press("1")
    await tab.page.wait_for_url("**/fleet?view=map")
    await tab.page.keyboard.press("3")
    await tab.page.wait_for_url("**/fleet?view=matrix")
    await tab.page.keyboard.press("2")
    await tab.page.wait_for_url("**/fleet")


async def test_the_fold_below_a_drawing_stays_closed_while_its_numbers_are_fetched_anew(
    lab: House, place: Place, chromium: Any
):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/fleet?view=map")
    await tab.page.locator("svg.net .node").first.wait_for()
    await tab.page.wait_for_selector('#live[data-state="live"]')
    await tab.page.route("**/fleet/graph*", lambda _route: None)  # never answered
    await tab.refresh("now")
    assert not await tab.page.locator("details.plain-graph table").is_visible()


async def test_a_drawing_survives_a_refresh_of_its_page(lab: House, place: Place, chromium: Any):
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/fleet?view=map")
    await tab.page.locator("svg.net .node").first.wait_for()
    await tab.page.wait_for_selector('#live[data-state="live"]')
    async with tab.page.expect_response(lambda answer: "/fleet?view=map" in answer.url):
        await put_finding(lab, "nginx.service", severity=Severity.WARNING)
    await tab.refresh("now")
    assert await tab.page.locator("svg.net").count() == 1
    assert not await tab.page.locator("details.plain-graph table").is_visible()
    assert await tab.reports() == []
    assert tab.said == []
