"""What a run waits for, on its page over real HTTP: questions, work for hands, time; and who may say what."""

from __future__ import annotations

import json

from steward.app.start import LOCAL_NAME
from steward.model.run import RunState
from tests.flows.house import House
from tests.web.holds_lab import suspended, waiting_text, waits
from tests.web.place import PASSWORD, Place

ANSWER = {"field.disk": "sdb", "field.slots": "2", "field.sure": "yes"}


async def test_a_question_is_a_form_with_a_field_of_each_kind(house: House, place: Place):
    run = await waits(house, waiting_text())
    page = (await place.get(f"/r/{run}")).text
    form = page.partition('id="hold-which"')[2].partition("</section>")[0]
    assert "<strong>bay 3</strong>" in form
    assert '<select id="answer-which-disk" name="field.disk" required>' in form
    assert 'name="field.slots" type="number" step="1" min="1" max="8" required' in form
    assert '<input type="radio" name="field.sure" value="yes" required>' in form
    assert 'name="field.remark" maxlength="80">' in form
    assert "Waits for an answer" in page


async def test_the_run_goes_from_an_answer_over_hands_to_time(house: House, place: Place):
    run = await waits(house, waiting_text())
    reply = await place.post(f"/r/{run}/holds/which/answer", **ANSWER)
    assert (reply.status, reply.place) == (303, f"/r/{run}#hold-which")
    await suspended(house, run)
    page = (await place.get(f"/r/{run}")).text
    task = page.partition('id="hold-insert"')[2].partition("</section>")[0]
    assert task.count('<input type="checkbox">') == 2
    assert "about 180 EUR" in task
    assert '<a href="https://disks.example/8tb" rel="noopener noreferrer nofollow">' in task
    early = await place.post(f"/r/{run}/holds/insert/done")
    assert early.place == f"/r/{run}?looked=insert#hold-insert"
    assert "it does not show yet" in (await place.get(early.place.partition("#")[0])).text
    assert (await house.receipt(run)).run.state is RunState.SUSPENDED
    (house.files / "new-disk").touch()
    assert (await place.post(f"/r/{run}/holds/insert/done")).place == f"/r/{run}#hold-insert"
    await suspended(house, run)
    assert house.has("made-after")
    page = (await place.get(f"/r/{run}")).text
    assert "For 1 h" in page
    assert "it goes on when what it waits for has come" in page
    assert "Waits for its time" in page
    assert "<dt>disk</dt>" in page


async def test_an_answer_that_does_not_fit_is_told_and_the_question_stays(house: House, place: Place):
    run = await waits(house, waiting_text())
    reply = await place.post(f"/r/{run}/holds/which/answer", **{**ANSWER, "field.slots": "9"})
    assert reply.status == 422
    assert "must be at most 8" in reply.text
    assert 'id="hold-which"' in reply.text


async def test_a_no_with_its_reason_puts_back_what_was_done(house: House, place: Place):
    run = await waits(house, waiting_text())
    assert (await place.post(f"/r/{run}/holds/which/refuse", reason="no spare disk")).status == 303
    receipt = await house.ended(run)
    assert receipt.run.state is RunState.ROLLED_BACK
    assert not house.has("made-before")
    assert "no spare disk" in (await place.get(f"/r/{run}")).text


async def test_without_the_token_of_the_session_nothing_is_answered(house: House, place: Place):
    run = await waits(house, waiting_text())
    place.csrf = "wrong"
    assert (await place.post(f"/r/{run}/holds/which/answer", **ANSWER)).status == 403
    assert (await house.receipt(run)).run.state is RunState.SUSPENDED


async def test_a_viewer_sees_the_question_and_cannot_answer(house: House, place: Place):
    run = await waits(house, waiting_text())
    invitation = (await house.do("people.invite", role="viewer")).result
    await house.steward.access.people.accept(invitation["code"], name="ben", password=PASSWORD + "2")
    signed = await house.steward.access.sign_in("ben", PASSWORD + "2", address="127.0.0.1", agent="phone")
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf
    page = (await place.get(f"/r/{run}")).text
    assert 'id="hold-which"' in page
    assert "/holds/which/answer" not in page
    for word in ("answer", "done", "refuse"):
        assert (await place.post(f"/r/{run}/holds/which/{word}", **ANSWER)).status == 403, word
    assert (await house.receipt(run)).run.state is RunState.SUSPENDED


async def test_the_picture_of_the_steps_has_the_holds_in_their_place(house: House, place: Place):
    run = await waits(house, waiting_text())
    drawn = json.loads((await place.get(f"/r/{run}/graph")).text)
    assert [node["id"] for node in drawn["nodes"]] == ["before", "which", "insert", "after", "settle"]
    assert [node["id"] for node in drawn["nodes"] if node["is_touched"]] == ["which"]
    assert {(edge["of"], edge["on"]) for edge in drawn["edges"]} >= {("before", "which"), ("insert", "after")}


async def test_now_and_approvals_lead_to_what_a_run_waits_for(house: House, place: Place):
    await house.do("machines.check", machine=LOCAL_NAME)
    run = await waits(house, waiting_text())
    link = f'href="/r/{run}#hold-which"'
    now = (await place.get("/")).text
    assert link in now
    assert "1 thing waits for you." in now
    assert "Nothing waits for you." not in now
    assert link in (await place.get("/approvals")).text
    await house.do("holds.answer", run=run, hold="which", set=("disk=sda", "slots=1", "sure=no"))
    await suspended(house, run)
    assert f'href="/r/{run}#hold-insert"' in (await place.get("/")).text


PICTURED = """kind: Workflow
name: look-at-bay
title: Look at the bay
goal: the bay is known
steps:
  - id: look
    on: HERE
    physical: {instructions: [Look], picture: pictures/bay.png, proof: ["[MADE new-disk] == true"]}
"""


async def test_the_picture_of_a_task_is_shown_as_a_picture_and_as_nothing_else(house: House, place: Place):
    folder = house.settings.workspace / "workflows" / "pictures"
    folder.mkdir(parents=True)
    (folder / "bay.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 16)
    run = await waits(house, PICTURED.replace("HERE", LOCAL_NAME))
    address = f"/r/{run}/holds/look/picture"
    assert f'<img src="{address}"' in (await place.get(f"/r/{run}")).text
    reply = await place.get(address)
    assert (reply.status, reply.headers["content-type"]) == (200, "image/png")
    assert reply.headers["x-content-type-options"] == "nosniff"
    (folder / "bay.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    assert (await place.get(address)).status == 422
