"""Passkeys in Chromium with an authenticator of its own: add, sign in, decide; copies and replays are refused."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from steward.model.run import RunState
from tests.flows.house import House
from tests.web.place import PASSWORD, Place
from tests.web.watched import Watched, open_tab

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SECURITY = "/settings/security"


@dataclass(kw_only=True)
class Desk:
    """A tab at `localhost`, where browsers know passkeys, and the device that is plugged in."""

    tab: Watched
    place: Place
    devtools: Any
    device: str

    @property
    def page(self) -> Any:
        """The tab's page."""
        return self.tab.page

    async def go(self, path: str) -> None:
        """Open a page."""
        await self.page.goto(f"http://localhost:{self.place.port}{path}")

    async def add(self, name: str = "phone") -> None:
        """Prove with the password and add a passkey."""
        await self.go(SECURITY)
        await self.page.fill("#prove", PASSWORD)
        await self.page.click("text=Continue")
        await self.page.fill("#passkey-name", name)
        await self.page.click("text=Add a passkey")
        await self.page.wait_for_selector(f"th:has-text('{name}')")

    async def sign_out(self) -> None:
        """Sign out by the menu, and wait for the page to sign in at."""
        await self.page.locator("header details.menu summary").last.click()
        await self.page.click("text=Sign out")
        await self.page.wait_for_selector("text=Sign in with a passkey")

    async def credential(self) -> dict[str, Any]:
        """Return what the device holds."""
        found = await self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.device})
        [credential] = found["credentials"]
        return credential


async def plugged(chromium: Any, place: Place) -> Desk:
    """Open a tab with a device."""
    tab = await open_tab(chromium, place)
    await tab.page.context.clear_cookies()
    address = f"http://localhost:{place.port}"
    await tab.page.context.add_cookies([{"name": "steward", "value": place.cookie, "url": address}])
    devtools = await tab.page.context.new_cdp_session(tab.page)
    await devtools.send("WebAuthn.enable")
    added = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return Desk(tab=tab, place=place, devtools=devtools, device=added["authenticatorId"])


@pytest.fixture
async def desk(place: Place, chromium: Any) -> Desk:
    """The owner's tab."""
    return await plugged(chromium, place)


async def test_a_passkey_is_added_signs_in_without_a_name_and_approves_a_card(house: House, desk: Desk):
    await desk.add()
    await desk.sign_out()
    await desk.page.click("text=Sign in with a passkey")
    await desk.page.wait_for_url(f"http://localhost:{desk.place.port}/")
    house.clock.pass_time(timedelta(minutes=6))
    card = await house.ask("one")
    await desk.go(f"/a/{card['approval']['code']}")
    await desk.page.locator("section.decide form").first.locator("text=Use a passkey").click()
    await desk.page.wait_for_selector("text=Receipt")
    ended = await house.ended(card["run"])
    assert ended.run.state is RunState.VERIFIED
    assert ended.approval.decided_strength == "passkey"
    assert (desk.tab.said, await desk.tab.reports()) == ([], [])


async def test_a_page_that_fetches_itself_while_a_finger_is_on_its_way_still_sends_the_passkey(
    house: House, desk: Desk
):
    await desk.add()
    house.clock.pass_time(timedelta(minutes=6))
    card = await house.ask("one")
    await desk.go(f"/a/{card['approval']['code']}")
    await desk.page.wait_for_selector('#live[data-state="live"]')
    is_fresh = asyncio.Event()

    async def later(route: Any) -> None:
        await is_fresh.wait()
        await route.continue_()

    await desk.page.route("**/settings/security/ask", later)
    async with desk.page.expect_request("**/settings/security/ask"):
        await desk.page.locator("section.decide form").first.locator("text=Use a passkey").click()
    await desk.tab.refresh("card")
    is_fresh.set()
    await desk.page.wait_for_selector("text=Receipt")
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_where_policy_wants_a_passkey_a_fresh_password_does_not_do_and_a_touch_does(house: House, desk: Desk):
    policy = house.settings.workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace(": step_up", ": passkey"))
    await desk.add()
    card = await house.ask("one")
    await desk.go(f"/a/{card['approval']['code']}")
    form = desk.page.locator("section.decide form").first
    await form.locator("input[name=password]").fill(PASSWORD)
    await form.locator("button.main").click()
    await desk.page.wait_for_selector("#problem")
    assert "needs passkey proof" in await desk.page.inner_text("#problem")
    assert not house.has("one")
    assert "use a passkey" in (await desk.page.inner_text("#problem")).lower()
    await form.locator("text=Use a passkey").click()
    await desk.page.wait_for_selector("text=Receipt")
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_a_copy_of_a_passkey_that_counts_behind_is_refused(desk: Desk):
    await desk.add()
    await desk.sign_out()
    credential = await desk.credential()
    await desk.page.click("text=Sign in with a passkey")
    await desk.page.wait_for_url(f"http://localhost:{desk.place.port}/")
    await desk.sign_out()
    given = {"authenticatorId": desk.device, "credentialId": credential["credentialId"]}
    await desk.devtools.send("WebAuthn.removeCredential", given)
    await desk.devtools.send(
        "WebAuthn.addCredential", {"authenticatorId": desk.device, "credential": {**credential, "signCount": 0}}
    )
    await desk.page.click("text=Sign in with a passkey")
    await desk.page.wait_for_selector("#problem")
    assert "fewer uses" in await desk.page.inner_text("#problem")


async def test_what_a_browser_sent_signs_nobody_in_a_second_time(desk: Desk):
    await desk.add()
    await desk.sign_out()
    async with desk.page.expect_request("**/sign-in/passkey") as sent:
        await desk.page.click("text=Sign in with a passkey")
    body = parse_qs((await sent.value).post_data)
    address = f"http://localhost:{desk.place.port}"
    await desk.page.wait_for_url(f"{address}/")
    await desk.page.context.clear_cookies()
    given = {name: body[name][0] for name in ("ticket", "passkey")}
    reply = await desk.page.request.post(f"{address}/sign-in/passkey", form=given, headers={"Origin": address})
    assert reply.status == 403
    assert "came before" in await reply.text()
    assert await desk.page.context.cookies() == []


async def test_a_passkey_is_renamed_and_removed_on_the_page_and_then_serves_no_more(desk: Desk):
    await desk.add()
    await desk.page.click("td details summary")
    await desk.page.locator("td details input[name=name]").fill("laptop")
    await desk.page.click("button:has-text('Rename')")
    await desk.page.wait_for_selector("th:has-text('laptop')")
    await desk.page.click("td details summary")
    await desk.page.click("button:has-text('Remove')")
    await desk.page.wait_for_selector("text=You have no passkey.")
    await desk.sign_out()
    await desk.page.click("text=Sign in with a passkey")
    await desk.page.wait_for_selector("#problem")
    assert "not known here" in await desk.page.inner_text("#problem")


async def test_without_a_passkey_on_the_device_the_page_says_so_and_the_password_still_serves(desk: Desk):
    await desk.add()
    credential = await desk.credential()
    given = {"authenticatorId": desk.device, "credentialId": credential["credentialId"]}
    await desk.devtools.send("WebAuthn.removeCredential", given)
    await desk.sign_out()
    await desk.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": desk.device, "isUserVerified": False})
    await desk.page.click("text=Sign in with a passkey")
    await desk.page.wait_for_selector(".passkey-problem:not(:empty)")
    assert "gave no passkey" in await desk.page.inner_text(".passkey-problem")
    await desk.page.fill("#password", PASSWORD)
    await desk.page.click("button.main")
    await desk.page.wait_for_url(f"http://localhost:{desk.place.port}/")


async def test_where_browsers_know_no_passkeys_none_are_offered(desk: Desk):
    await desk.page.context.add_cookies([{"name": "steward", "value": desk.place.cookie, "url": desk.place.address}])
    await desk.page.goto(desk.place.address + SECURITY)
    assert "need a name" in await desk.page.inner_text("main")
    await desk.page.context.clear_cookies()
    await desk.page.goto(desk.place.address + "/sign-in")
    assert await desk.page.locator("text=Sign in with a passkey").count() == 0
