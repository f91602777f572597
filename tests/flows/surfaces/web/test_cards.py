"""Cards and their list as forms: what cannot be undone, several alike, what lapsed, what is kept under a brake."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from steward.app.start import LOCAL_NAME
from steward.core.workflow_files import read_workflow
from steward.model.approval import ApprovalState
from steward.model.errors import Conflict, InvalidInput
from steward.model.run import RunState
from tests.flows.house import SOMEBODY, House
from tests.web.place import PASSWORD, Place

JSON = {"Accept": "application/json"}


def code_of(card: dict[str, Any]) -> str:
    return card["approval"]["code"]


async def data(place: Place, path: str) -> dict[str, Any]:
    return json.loads((await place.get(path, **JSON)).text)


def choice(card: dict[str, Any]) -> str:
    return f"{code_of(card)}:{card['fingerprint'][:8]}"


async def states(house: House, *cards: dict[str, Any]) -> list[RunState]:
    return [(await house.receipt(card["run"])).run.state for card in cards]


async def test_what_cannot_be_undone_runs_only_when_its_machine_was_typed(house: House, place: Place):
    card = await house.ask("gone", command="file.lose")
    path = f"/a/{code_of(card)}"
    page = (await place.get(path)).text
    assert "Cannot be undone" in page
    assert 'name="target" required' in page
    for target in ("", "another-machine"):
        reply = await place.post(f"{path}/approve", fingerprint=card["fingerprint"], password=PASSWORD, target=target)
        assert reply.status == 422
        assert "was not typed" in reply.text
        place.csrf = reply.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert not house.has("gone")
    reply = await place.post(f"{path}/approve", fingerprint=card["fingerprint"], target=LOCAL_NAME)
    assert reply.status == 303
    await house.ended(card["run"])
    assert house.has("gone")


@pytest.mark.parametrize("command", ["approvals.approve", "apply"])
async def test_no_door_approves_what_cannot_be_undone_without_the_name(house: House, command: str):
    card = await house.ask("gone", command="file.lose")
    field = "what" if command == "apply" else "code"
    with pytest.raises(InvalidInput):
        await house.do(command, **{field: code_of(card)})
    await house.do(command, **{field: code_of(card), "target": LOCAL_NAME})
    await house.ended(card["run"])
    assert house.has("gone")


async def test_a_form_that_names_no_plan_approves_none(house: House, place: Place):
    card = await house.ask("one")
    reply = await place.post(f"/a/{code_of(card)}/approve", password=PASSWORD)
    assert reply.status == 409
    assert not house.has("one")


async def test_a_page_that_answers_a_form_is_fetched_again_from_where_it_can_be(house: House, place: Place):
    card = await house.ask("one")
    path = f"/a/{code_of(card)}"
    reply = await place.post(f"{path}/approve", fingerprint=card["fingerprint"], password="wrong password")
    assert f'hx-get="{path}"' in reply.text


async def test_several_alike_are_approved_with_one_proof_and_each_runs_for_itself(house: House, place: Place):
    cards = [await house.ask(name) for name in ("one", "two", "three")]
    assert "Decide on 3 alike at once: file.make" in (await place.get("/approvals")).text
    chosen = [choice(card) for card in cards[:2]]
    reply = await place.post("/approvals/approve", choice=chosen, password=PASSWORD)
    assert (reply.status, reply.place) == (303, "/approvals?show=all")
    for card in cards[:2]:
        await house.ended(card["run"])
    assert await states(house, *cards) == [RunState.VERIFIED, RunState.VERIFIED, RunState.WAITING]
    assert len({(await house.receipt(card["run"])).fingerprint for card in cards}) == 3


async def test_one_of_several_that_fails_is_shown_and_stops_no_other(house: House, place: Place):
    cards = [await house.ask(name) for name in ("one", "two")]
    chosen = [f"{code_of(cards[1])}:00000000", choice(cards[0])]
    reply = await place.post("/approvals/approve", choice=chosen, password=PASSWORD)
    assert reply.status == 200
    assert "Not approved" in reply.text
    assert "not the one you saw" in reply.text
    assert 'hx-get="/approvals"' in reply.text
    await house.ended(cards[0]["run"])
    assert await states(house, *cards) == [RunState.VERIFIED, RunState.WAITING]


async def test_nothing_is_approved_in_a_batch_without_a_proof(house: House, place: Place):
    cards = [await house.ask(name) for name in ("one", "two")]
    for password in ("", "wrong password"):
        await place.post("/approvals/approve", choice=[choice(card) for card in cards], password=password)
    assert await states(house, *cards) == [RunState.WAITING, RunState.WAITING]


async def test_what_is_not_alike_or_not_mild_is_never_decided_on_together(house: House, place: Place):
    make, promise = await house.ask("one"), await house.ask("two", command="file.promise")
    lost = [await house.ask(name, command="file.lose") for name in ("three", "four")]
    assert "at once" not in (await place.get("/approvals")).text
    for group in ([make, promise], lost, [make], [make, make, lost[0]]):
        chosen = [choice(card) for card in group]
        reply = await place.post("/approvals/approve", choice=chosen, target=LOCAL_NAME, password=PASSWORD)
        assert reply.status == 422
        place.csrf = reply.text.partition('name="csrf" value="')[2].partition('"')[0]
    assert set(await states(house, make, promise, *lost)) == {RunState.WAITING}


async def test_the_list_is_filtered_by_its_address_and_says_how_much_was_decided(house: House, place: Place):
    assert "Nothing waits. 0 decided this week." in (await place.get("/approvals")).text
    one, _ = await house.ask("one"), await house.ask("gone", command="file.lose")
    assert [each["code"] for each in (await data(place, "/approvals?q=files/ONE"))["waiting"]] == [code_of(one)]
    assert [each["risk"] for each in (await data(place, "/approvals?risk=destructive"))["waiting"]] == ["destructive"]
    assert len((await data(place, f"/approvals?machine={LOCAL_NAME}"))["waiting"]) == 2
    assert "Nothing that waits fits" in (await place.get("/approvals?machine=nowhere")).text
    await house.do("approvals.reject", code=code_of(one), reason="not tonight")
    shown = await data(place, "/approvals?show=all")
    decided = shown["decided"][0]
    assert (decided["decided_by"], decided["decided_channel"], decided["reason"]) == ("owner", "test", "not tonight")
    assert shown["decided_this_week"] == 1
    house.clock.pass_time(timedelta(days=6))
    await place.sign_in()
    assert (await data(place, "/approvals"))["decided_this_week"] == 1
    house.clock.pass_time(timedelta(days=2))
    assert (await house.do("approvals.ls")).result["decided_this_week"] == 0


async def test_what_the_world_changed_under_says_so_and_is_asked_again(house: House, place: Place):
    card = await house.ask("one")
    approval = await house.steward.approvals.by_code(code_of(card))
    await house.steward.approvals.lapse(approval, to=ApprovalState.STALE, reason="the address has changed")
    page = (await place.get(f"/a/{code_of(card)}")).text
    assert "The world changed under this plan" in page
    assert "The address has changed" in page
    assert "Approve and run" not in page
    reply = await place.post(f"/a/{code_of(card)}/again")
    assert reply.status == 303
    assert reply.place != f"/a/{code_of(card)}"
    assert "Approve and run" in (await place.get(reply.place)).text
    assert not house.has("one")


async def test_only_what_lapsed_is_asked_again(house: House):
    card = await house.ask("one")
    with pytest.raises(Conflict, match="still waits"):
        await house.do("approvals.again", SOMEBODY, code=code_of(card))
    await house.do("approvals.reject", code=code_of(card))
    with pytest.raises(Conflict, match="already rejected"):
        await house.do("approvals.again", SOMEBODY, code=code_of(card))


async def test_an_undo_that_lapsed_is_asked_again_as_an_undo(house: House):
    card = await house.ask("one")
    await house.approve(card)
    await house.ended(card["run"])
    undo = (await house.do("undo", run=card["run"])).result
    house.clock.pass_time(timedelta(hours=13))
    await house.daemon.sweep()
    again = (await house.do("approvals.again", SOMEBODY, code=code_of(undo))).result
    assert again["plan"]["undoes"] == card["run"]
    weighing = (await house.do("approvals.weigh", code=code_of(again))).result
    assert (weighing["workflow"], weighing["past"]) == ("", [])


async def test_a_yes_under_a_freeze_is_kept_and_the_card_says_what_it_waits_for(house: House, place: Place):
    card = await house.ask("one")
    await house.do("freeze", reason="guests")
    reply = await place.post(f"/a/{code_of(card)}/approve", fingerprint=card["fingerprint"], password=PASSWORD)
    assert reply.status == 503
    page = (await place.get(f"/a/{code_of(card)}")).text
    assert "Approved and kept, not begun" in page
    assert "freeze is on" in page.lower()
    assert "Approve and run" not in page
    assert not house.has("one")
    await house.do("resume")
    await house.ended(card["run"])
    assert house.has("one")


async def test_a_card_tells_how_such_steps_went_and_how_to_change_the_plan(house: House, place: Place):
    done = await house.ask("one")
    assert (await data(place, f"/a/{code_of(done)}"))["weighing"]["past"][0]["count"] == 0
    assert "file.make: no past run" in (await place.get(f"/a/{code_of(done)}")).text
    await house.approve(done)
    await house.ended(done["run"])
    card = await house.ask("two")
    weighing = (await data(place, f"/a/{code_of(card)}"))["weighing"]
    past = weighing["past"][0]
    assert (past["command"], past["count"], past["failed"]) == ("file.make", 1, 0)
    assert 0 <= past["shortest_seconds"] <= past["median_seconds"] <= past["longest_seconds"]
    changed = read_workflow(weighing["workflow"].replace("two", "three"), file="w.yaml")
    assert changed.steps[0].input == {"machine": LOCAL_NAME, "name": "three"}
    planned = await house.do("plan", what="from-a-plan.yaml", text=weighing["workflow"].replace("two", "three"))
    assert code_of(planned.result) != code_of(card)


async def test_what_a_plan_reaches_is_there_for_the_script_that_draws_it(house: House, place: Place):
    card = await house.ask("one")
    drawn = await data(place, f"/a/{code_of(card)}/reach")
    assert [(node["name"], node["is_touched"]) for node in drawn["nodes"]] == [(str(house.files / "one"), True)]
    assert await data(place, f"/a/{code_of(card)}/numbers?name=x") == {"times": [], "series": [], "events": []}


async def test_who_decided_is_told_by_name_also_of_somebody_invited(house: House, place: Place):
    card = await house.ask("one")
    people = house.steward.access.people
    invitation = (await house.do("people.invite", role="operator")).result
    person = await people.accept(invitation["code"], name="anna", password=PASSWORD + "2")
    signed = await house.steward.access.sign_in("anna", PASSWORD + "2", address="127.0.0.1", agent="phone")
    assert person == signed.caller.principal.id
    await house.do("approvals.reject", signed.caller.principal, code=code_of(card), reason="no")
    assert "Rejected by <strong>anna</strong>" in (await place.get(f"/a/{code_of(card)}")).text


async def test_a_viewer_sees_the_card_and_no_way_to_decide(house: House, place: Place):
    card = await house.ask("one")
    invitation = (await house.do("people.invite", role="viewer")).result
    await house.steward.access.people.accept(invitation["code"], name="ben", password=PASSWORD + "2")
    signed = await house.steward.access.sign_in("ben", PASSWORD + "2", address="127.0.0.1", agent="phone")
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf
    page = (await place.get(f"/a/{code_of(card)}")).text
    assert "What changes" in page
    assert "Approve" not in page.replace("Approvals", "")
    reply = await place.post("/approvals/approve", choice=[choice(card)])
    assert reply.status == 403
    assert not house.has("one")
