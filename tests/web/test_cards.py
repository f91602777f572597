"""Cards in a real browser: several tabs and the terminal at once, a phone, the keyboard alone."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.model.approval import ApprovalState
from steward.model.errors import Braked, Conflict
from steward.model.run import RunState
from tests.flows.house import House
from tests.web.place import PASSWORD, Place
from tests.web.watched import Watched, open_tab

TO_THE_END = "window.scrollTo(0, document.body.scrollHeight)"


async def live_card(chromium: Any, place: Place, card: dict[str, Any], **more: Any) -> Watched:
    """Open a card and wait until it is live."""
    tab = await open_tab(chromium, place, **more)
    await tab.page.goto(f"{place.address}/a/{card['approval']['code']}")
    await tab.page.wait_for_selector('#live[data-state="live"]')
    return tab


async def quiet(tab: Watched, *, seconds: int = 3, within: int = 30) -> None:
    """Wait until a tab asks for nothing for a while."""
    for _ in range(within // seconds):
        tab.asked.clear()
        await tab.page.wait_for_timeout(1000 * seconds)
        if not tab.asked:
            return
    raise AssertionError(f"it asks again and again: {tab.asked}")


async def prove(place: Place) -> None:
    """Have the browser's session proven just now."""
    signed = await place.house.steward.access.sign_in("owner", PASSWORD, address="127.0.0.1", agent="test")
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf


def decisions(house: House) -> int:
    return sum('"approval.approved"' in row or '"approval.rejected"' in row for row in house.steward.audit.export())


async def test_one_decision_wins_among_two_tabs_and_the_terminal_and_all_show_it(
    house: House, place: Place, chromium: Any
):
    card = await house.ask("one")
    await prove(place)
    tabs = [await live_card(chromium, place, card) for _ in range(2)]

    async def in_the_terminal() -> None:
        try:
            await house.approve(card)
        except Conflict:
            return  # a tab was quicker

    buttons = [await tab.page.get_by_role("button", name="Approve and run").element_handle() for tab in tabs]
    # Pressed as they are: a tab that hears of the decision first takes its button away, a locator would wait for it.
    await asyncio.gather(*(button.evaluate("each => each.click()") for button in buttons), in_the_terminal())
    for tab in tabs:
        await tab.page.get_by_text("Approved by").first.wait_for()
        await tab.page.get_by_role("heading", name="Receipt").wait_for()
        assert await tab.page.get_by_role("button", name="Approve and run").count() == 0
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
    assert decisions(house) == 1


async def test_a_no_in_one_tab_is_shown_by_the_other_by_itself(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    await prove(place)
    mine, other = [await live_card(chromium, place, card) for _ in range(2)]
    await mine.page.locator("#reject summary").click()
    await mine.page.get_by_label("Why not?").fill("not tonight")
    await mine.page.locator("#reject button").click()
    await other.page.get_by_text("Rejected by").wait_for()
    await other.page.get_by_text("not tonight").wait_for()
    assert [asked for asked in other.asked if asked.startswith("POST")] == []
    assert decisions(house) == 1
    assert not house.has("one")
    await quiet(other)  # what is told of the no on its way is fetched, and not again for its age


async def test_on_a_phone_it_is_one_tap_from_the_opened_card_to_done(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    await prove(place)
    tab = await live_card(chromium, place, card, width=360, has_touch=True, is_mobile=True)
    bar = tab.page.get_by_role("navigation", name="Decide")
    approve = tab.page.get_by_role("button", name="Approve").locator("visible=true").first
    box = await approve.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800
    assert box["height"] >= 44
    await approve.tap()
    await tab.page.get_by_role("heading", name="Receipt").wait_for()
    await tab.page.get_by_text("Verified").first.wait_for()
    assert (await house.receipt(card["run"])).run.state is RunState.VERIFIED
    assert await bar.count() == 0


async def test_on_a_phone_the_bar_leads_to_the_reason_of_a_no_and_to_later(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await live_card(chromium, place, card, width=360, has_touch=True, is_mobile=True)
    bar = tab.page.get_by_role("navigation", name="Decide")
    await bar.wait_for(state="hidden")  # the form itself is in view
    await tab.page.evaluate(TO_THE_END)
    await bar.get_by_role("link", name="Reject").tap()
    await tab.page.get_by_label("Why not?").wait_for(state="visible")
    await tab.page.evaluate(TO_THE_END)
    await bar.get_by_role("link", name="Later").tap()
    await tab.page.wait_for_url("**/approvals")
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING


async def test_an_approval_needs_nothing_but_the_keyboard(house: House, place: Place, chromium: Any):
    card = await house.ask("one")
    tab = await open_tab(chromium, place)
    keys, page = tab.page.keyboard, tab.page
    await page.goto(f"{place.address}/approvals")
    await page.wait_for_selector('#live[data-state="live"]')
    await keys.press("j")
    await keys.press("Enter")
    await page.wait_for_url(f"**/a/{card['approval']['code']}")
    await page.wait_for_selector('#live[data-state="live"]')
    for key, place_of_focus in (("d", "changes"), ("u", "undo")):
        await keys.press(key)
        assert await page.evaluate("document.activeElement.id") == place_of_focus
    await keys.press("r")
    await page.get_by_label("Why not?").wait_for(state="visible")
    await keys.press("a")
    assert await page.evaluate("document.activeElement.textContent.trim()") == "Approve and run"
    await keys.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "approve-password"
    await keys.type(PASSWORD)
    await keys.press("Enter")
    await page.get_by_role("heading", name="Receipt").wait_for()
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


async def test_what_cannot_be_undone_is_approved_by_typing_its_machine(house: House, place: Place, chromium: Any):
    card = await house.ask("gone", command="file.lose")
    await prove(place)
    tab = await live_card(chromium, place, card)
    approve = tab.page.get_by_role("button", name="Approve and run")
    await approve.click()
    assert await tab.page.evaluate("document.activeElement.id") == "target"
    assert [asked for asked in tab.asked if asked.startswith("POST")] == []
    await tab.page.get_by_label("This cannot be put back").fill(LOCAL_NAME)
    await approve.click()
    await tab.page.get_by_role("heading", name="Receipt").wait_for()
    await house.ended(card["run"])
    assert house.has("gone")


async def test_several_alike_are_approved_at_once_without_scripts(house: House, place: Place, chromium: Any):
    cards = [await house.ask(name) for name in ("one", "two")]
    tab = await open_tab(chromium, place, width=360, java_script_enabled=False)
    await tab.page.goto(f"{place.address}/approvals")
    await tab.page.get_by_text("2 alike").click()
    await tab.page.get_by_label("Your password").fill(PASSWORD)
    await tab.page.get_by_role("button", name="Approve and run the chosen").click()
    await tab.page.wait_for_url(re.compile(r"show=all"))
    for card in cards:
        assert (await house.ended(card["run"])).run.state is RunState.VERIFIED


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (768, "dark"), (1280, "dark")])
async def test_cards_of_every_kind_are_sound(house: House, place: Place, chromium: Any, width: int, scheme: str):
    long = "a-name-that-is-long-and-has-no-place-to-break-" + "y" * 60
    lost, stale, kept = await house.ask(long, command="file.lose"), await house.ask("stale"), await house.ask("kept")
    approval = await house.steward.approvals.by_code(stale["approval"]["code"])
    await house.steward.approvals.lapse(approval, to=ApprovalState.STALE, reason="the address has changed")
    for name in ("one", "two"):
        await house.ask(name + long)
    await house.do("freeze", reason="guests")
    with pytest.raises(Braked):
        await house.approve(kept)
    tab = await open_tab(chromium, place, width=width, scheme=scheme)
    cards = [f"/a/{each['approval']['code']}" for each in (lost, stale, kept)]
    for address in (*cards, "/approvals?show=all", "/approvals?q=nothing"):
        await tab.assert_sound(place.address + address)
