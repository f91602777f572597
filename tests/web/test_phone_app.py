"""Steward as an app of a phone: it can be installed, says when it cannot be reached, and keeps nothing of the lab."""

from __future__ import annotations

from typing import Any

from tests.flows.house import House
from tests.web.place import Place
from tests.web.watched import Watched, open_tab

READY = "navigator.serviceWorker.ready.then((found) => found.active.state)"
KEPT = """async () => {
  const names = await caches.keys();
  const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return kept.flat().map((each) => new URL(each.url).pathname).sort();
}"""
SHELL = ["/offline", "/static/icon.svg", "/static/steward.css"]


async def with_worker(chromium: Any, place: Place) -> Watched:
    """Open the first page and wait until the worker has it."""
    tab = await open_tab(chromium, place)
    await tab.page.goto(f"{place.address}/")
    await tab.page.evaluate(READY)
    await tab.page.reload()
    await tab.page.wait_for_function("navigator.serviceWorker.controller !== null")
    return tab


async def test_a_phone_may_install_it(place: Place, chromium: Any):
    tab = await with_worker(chromium, place)
    devtools = await tab.page.context.new_cdp_session(tab.page)
    errors = (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
    # A window that keeps nothing, as every test has, may not install anything; else there is no reason not to.
    assert [each["errorId"] for each in errors if each["errorId"] != "in-incognito"] == []
    told = await devtools.send("Page.getAppManifest")
    assert told["errors"] == []
    assert '"display":"standalone"' in told["data"].replace(" ", "")
    assert await tab.reports() == []
    assert tab.said == []


async def test_without_a_connection_it_says_so_and_shows_nothing_old(place: Place, chromium: Any):
    tab = await with_worker(chromium, place)
    await tab.page.goto(f"{place.address}/brakes")
    await tab.page.context.set_offline(True)
    await tab.page.goto(f"{place.address}/approvals")
    assert await tab.page.get_by_role("heading", name="Steward cannot be reached").count() == 1
    assert await tab.page.locator("h1").evaluate("(title) => getComputedStyle(title).fontSize") == "24px"
    await tab.page.context.set_offline(False)
    await tab.page.get_by_role("link", name="Try again").click()
    await tab.page.get_by_role("heading", name="Approvals").wait_for()


async def test_no_page_is_ever_kept_and_signing_out_leaves_nothing_behind(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await with_worker(chromium, place)
    for path in ("/", f"/a/{card['approval']['code']}", "/settings/access"):
        await tab.page.goto(place.address + path)
    assert await tab.page.evaluate(KEPT) == SHELL
    await tab.page.locator(".top details.menu > summary").last.click()
    await tab.page.get_by_role("button", name="Sign out").click()
    await tab.page.wait_for_url("**/sign-in")
    assert await tab.page.evaluate(KEPT) == SHELL
    await tab.page.go_back()
    assert tab.page.url == f"{place.address}/sign-in?next=/settings/access"
    assert await tab.page.get_by_label("Password").count() == 1


async def test_the_worker_and_what_describes_the_app_are_for_everybody_and_tell_nothing(place: Place):
    place.cookie = ""
    told = await place.get("/manifest.webmanifest")
    assert '"scope":"/"' in told.text
    worker = await place.get("/worker.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
    assert (await place.get("/offline", **{"Accept-Language": "de"})).text.count('lang="de"') == 1
