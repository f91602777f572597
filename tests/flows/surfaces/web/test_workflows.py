"""The pages of workflows over real HTTP: list, text, plan, start, check, keep; and who may do which."""

from __future__ import annotations

from tests.flows.house import House
from tests.web.holds_lab import kept, waiting_text
from tests.web.place import EVIL, PASSWORD, Place

WRONG = waiting_text().replace("command: file.make", "command: file.mak", 1)
HERE = "/work/workflows/swap-disk"


async def test_somebody_without_a_workflow_begins_with_three_shipped_ones(place: Place):
    page = (await place.get("/work/workflows")).text
    begin = page.partition('id="begin"')[2].partition("</section>")[0]
    names = ("weekly-updates", "restore-drill", "ups-rehearsal")
    assert all(f'href="/work/workflows/{name}"' in begin for name in names)
    assert 'href="/work/schedules"' in page


async def test_one_of_your_own_stands_first_with_its_inputs(house: House, place: Place):
    await kept(house, waiting_text())
    page = (await place.get("/work/workflows")).text
    own = page.partition('id="list-own"')[2].partition("</section>")[0]
    assert f'href="{HERE}"' in own
    assert ">place</td>" in own
    assert 'id="begin"' not in page


async def test_a_plan_shows_what_would_be_done_and_keeps_nothing(house: House, place: Place):
    await kept(house, waiting_text())
    reply = await place.post(f"{HERE}/plan", **{"input.place": "bay 7"})
    assert reply.status == 200
    preview = reply.text.partition('id="preview"')[2].partition('id="start"')[0]
    assert "bay 7" in preview
    assert "Asks first" in preview
    assert "Remove " in preview
    assert "Where it waits" in preview
    assert 'name="input.place" value="bay 7"' in reply.text
    assert (await house.do("runs.ls")).result["runs"] == []


async def test_run_leads_to_a_card_that_shows_the_whole_course(house: House, place: Place):
    await kept(house, waiting_text())
    reply = await place.post(f"{HERE}/run", **{"input.place": "bay 7"})
    assert (reply.status, reply.place[:3]) == (303, "/a/")
    card = (await place.get(reply.place)).text
    course = card.partition('id="course"')[2].partition("</section>")[0]
    for words in (
        "swap-disk",
        "bay 7",
        "Which disk",
        "sda, sdb",
        "at least 1",
        "Pull the old disk out",
        "about 180 EUR",
    ):
        assert words in course, words
    assert "https://disks.example/8tb" in course
    assert "[MADE new-disk] == true" in course
    assert "ends after 14 d" in course


async def test_an_input_that_is_none_is_told_beside_the_form(house: House, place: Place):
    await kept(house, waiting_text().replace("{says: which bay, default: bay 3}", "{type: integer}"))
    reply = await place.post(f"{HERE}/plan", **{"input.place": "three"})
    assert reply.status == 422
    assert 'name="input.place" value="three"' in reply.text


async def test_check_tells_each_problem_with_its_line_and_keeps_what_was_written(house: House, place: Place):
    await kept(house, waiting_text())
    reply = await place.post(f"{HERE}/check", text=WRONG.replace("\n", "\r\n"))
    assert "Line 9" in reply.text
    assert "file.make" in reply.text.partition("Line 9")[2].partition("</li>")[0]
    assert "command: file.mak\n" in reply.text.partition("<textarea")[2]
    assert (await house.do("workflow.show", name="swap-disk")).result["text"] == waiting_text()


async def test_saving_needs_the_password_and_makes_a_commit(house: House, place: Place):
    await kept(house, waiting_text())
    changed = waiting_text().replace("title: Swap a disk", "title: Swap one disk")
    refused = await place.post(f"{HERE}/save", text=changed)
    assert refused.status == 403
    assert "title: Swap one disk" in refused.text
    reply = await place.post(f"{HERE}/save", text=changed.replace("\n", "\r\n"), password=PASSWORD)
    assert (reply.status, reply.place) == (303, HERE)
    told = (await house.do("workflow.show", name="swap-disk")).result
    assert told["text"] == changed
    assert len(told["versions"]) == 2


async def test_another_name_in_the_text_keeps_the_first_as_it_is(house: House, place: Place):
    await kept(house, waiting_text())
    other = waiting_text().replace("name: swap-disk", "name: swap-two")
    reply = await place.post(f"{HERE}/save", text=other, password=PASSWORD)
    assert reply.place == "/work/workflows/swap-two"
    assert (await house.do("workflow.show", name="swap-disk")).result["text"] == waiting_text()


async def test_a_viewer_reads_and_checks_and_neither_plans_nor_keeps(house: House, place: Place):
    await kept(house, waiting_text())
    invitation = (await house.do("people.invite", role="viewer")).result
    await house.steward.access.people.accept(invitation["code"], name="ben", password=PASSWORD + "2")
    signed = await house.steward.access.sign_in("ben", PASSWORD + "2", address="127.0.0.1", agent="phone")
    place.cookie, place.csrf = signed.cookie, signed.caller.csrf
    page = (await place.get(HERE)).text
    assert "Pull the old disk" in page
    assert f'action="{HERE}/plan"' not in page
    assert f'"{HERE}/save"' not in page
    assert (await place.post(f"{HERE}/check", text=waiting_text())).status == 200
    for word in ("plan", "run", "save"):
        assert (await place.post(f"{HERE}/{word}", text=waiting_text())).status == 403, word


async def test_words_of_a_text_are_never_markup(house: House, place: Place):
    await kept(house, waiting_text())
    reply = await place.post(f"{HERE}/check", text=f"</textarea>{EVIL}\nkind: Workflow")
    assert "<script>alert" not in reply.text
    assert 'id="evil"' not in reply.text
