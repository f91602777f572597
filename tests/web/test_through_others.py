"""In a real browser: through a provider of another origin and back, and below a path behind a real proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.flows.house import House
from tests.flows.surfaces.web.test_behind_a_proxy import behind
from tests.flows.surfaces.web.test_identities import link, opened
from tests.suites.oidc_provider import running
from tests.web.place import PASSWORD
from tests.web.watched import WATCH, Watched


async def watched(chromium: Any, *, width: int = 360) -> Watched:
    """Open a tab that nobody is signed in in."""
    context = await chromium.new_context(viewport={"width": width, "height": 800})
    await context.add_init_script(WATCH)
    tab = Watched(page=await context.new_page())
    tab.page.on("request", lambda request: tab.asked.append(f"{request.method} {request.url}"))
    tab.page.on("console", lambda line: tab.said.append(line.text) if line.type in {"error", "warning"} else None)
    tab.page.on("pageerror", lambda error: tab.said.append(str(error)))
    return tab


async def test_a_browser_goes_to_the_provider_signs_in_there_and_comes_back(house: House, chromium: Any):
    with running() as provider:
        async with opened(house, provider) as browser:
            await link(browser, "s-web")
            tab, address = await watched(chromium), str(browser.client.base_url).rstrip("/")
            await tab.page.goto(f"{address}/approvals")
            await tab.page.get_by_role("button", name="Sign in with Home ID").click()
            await tab.page.wait_for_url(f"{provider.issuer}/**")
            await tab.page.locator('input[name="sub"]').fill("s-web")
            await tab.page.get_by_role("button", name="Authorize").click()
            await tab.page.wait_for_url(f"{address}/approvals")
            await tab.page.locator("header nav").wait_for()
            assert await tab.reports() == []
            assert [line for line in tab.said if address in line] == []
            cookies = {each["name"]: each for each in await tab.page.context.cookies(address)}
            assert cookies["steward"]["httpOnly"]
            assert "steward-flow" not in cookies
            await tab.page.goto(f"{address}/settings/identity")
            assert await tab.page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize(("kind", "shape"), [("caddy", "stripped"), ("traefik", "kept")])
async def test_below_a_path_a_page_is_whole_and_live(
    house: House, chromium: Any, tmp_path: Path, kind: str, shape: str
):
    async with behind(kind, shape, house, tmp_path) as visitor:
        tab = await watched(chromium, width=1280)
        await tab.page.goto(f"{visitor.origin}/steward/approvals")
        await tab.page.get_by_label("Password").fill(PASSWORD)
        await tab.page.get_by_role("button", name="Sign in").click()
        await tab.page.wait_for_url(f"{visitor.origin}/steward/approvals")
        await tab.page.wait_for_selector('#live[data-state="live"]')
        card = await house.ask("one")
        address = f"/steward/a/{card['approval']['code']}"
        await tab.page.locator(f'main a[href="{address}"]').first.click()
        await tab.page.wait_for_url(f"{visitor.origin}{address}")
        assert await tab.reports() == []
        assert tab.said == []
        strange = [each for each in tab.asked if not each.partition(" ")[2].startswith(f"{visitor.origin}/steward/")]
        assert strange == []
