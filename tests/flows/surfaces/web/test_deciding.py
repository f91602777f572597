"""From a card to its receipt in the browser, as forms: nothing here needs a script."""

from __future__ import annotations

from steward.model.run import RunState
from tests.flows.house import House
from tests.web.place import PASSWORD, Place


async def test_a_plan_is_approved_with_the_password_and_its_card_becomes_the_receipt(house: House, place: Place):
    card = await house.ask("one")
    code = card["approval"]["code"]
    page = await place.get(f"/a/{code}")
    assert "Your password" in page.text
    assert card["fingerprint"][:8] in page.text
    reply = await place.post(f"/a/{code}/approve", fingerprint=card["fingerprint"], password=PASSWORD)
    assert (reply.status, reply.place) == (303, f"/a/{code}")
    assert (await house.ended(card["run"])).run.state is RunState.VERIFIED
    receipt = await place.get(f"/a/{code}")
    assert "Receipt" in receipt.text
    assert "Verified" in receipt.text
    assert "Make undo plan" in receipt.text
    assert "Approve and run" not in receipt.text


async def test_without_the_password_nothing_runs_and_the_card_says_why(house: House, place: Place):
    card = await house.ask("one")
    code = card["approval"]["code"]
    for given in ("", "wrong password"):
        reply = await place.post(f"/a/{code}/approve", fingerprint=card["fingerprint"], password=given)
        assert reply.status == 403
        assert 'role="alert"' in reply.text
        assert "Approve and run" in reply.text
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING
    assert not house.has("one")


async def test_another_plan_than_the_one_that_was_seen_is_not_approved(house: House, place: Place):
    card = await house.ask("one")
    reply = await place.post(f"/a/{card['approval']['code']}/approve", fingerprint="0" * 64, password=PASSWORD)
    assert reply.status == 409
    assert "not the one you saw" in reply.text
    assert not house.has("one")


async def test_after_a_failed_try_with_the_right_password_the_same_page_still_works(house: House, place: Place):
    card = await house.ask("one")
    code = card["approval"]["code"]
    refused = await place.post(f"/a/{code}/approve", fingerprint="0" * 64, password=PASSWORD)
    assert "less than five minutes ago" in refused.text
    place.csrf = refused.text.partition('name="csrf" value="')[2].partition('"')[0]
    reply = await place.post(f"/a/{code}/approve", fingerprint=card["fingerprint"])
    assert reply.status == 303
    await house.ended(card["run"])
    assert house.has("one")


async def test_a_plan_is_rejected_with_its_reason(house: House, place: Place):
    card = await house.ask("one")
    code = card["approval"]["code"]
    reply = await place.post(f"/a/{code}/reject", reason="not tonight", password=PASSWORD)
    assert reply.status == 303
    page = await place.get(f"/a/{code}")
    assert "Rejected by" in page.text
    assert "not tonight" in page.text
    assert not house.has("one")


async def test_an_undo_is_made_from_the_receipt_and_waits_for_a_yes(house: House, place: Place):
    card = await house.ask("one")
    await house.approve(card)
    await house.ended(card["run"])
    reply = await place.post(f"/r/{card['run']}/undo")
    assert reply.status == 303
    page = await place.get(reply.place)
    assert "Undo:" in page.text
    assert "Approve and run" in page.text
    assert house.has("one")


async def test_a_form_of_another_session_does_nothing(house: House, place: Place):
    card = await house.ask("one")
    place.csrf = "0" * len(place.csrf)
    reply = await place.post(f"/a/{card['approval']['code']}/approve", password=PASSWORD)
    assert reply.status == 403
    assert (await house.receipt(card["run"])).run.state is RunState.WAITING
