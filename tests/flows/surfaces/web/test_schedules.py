"""The pages of schedules over real HTTP: the list, the week, one trigger, its editor, and the feed."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from steward.app.start import LOCAL_NAME
from steward.core.private_addresses import CALENDAR
from tests.flows.house import House
from tests.flows.test_triggers import HOUR, add, hourly, turn
from tests.web.place import PASSWORD, Place


async def test_an_empty_house_is_taught_with_a_template_to_change(place: Place):
    page = (await place.get("/work/schedules")).text
    assert "Nothing starts by itself yet." in page
    assert 'id="new" open' in page
    assert "dailyAt:" in page.partition("<textarea")[2].partition("</textarea>")[0]


async def test_the_list_tells_when_what_state_next_and_how_it_went(house: House, place: Place):
    await add(house, "make", hourly())
    await turn(house)
    await turn(house, HOUR)
    page = (await place.get("/work/schedules")).text
    row = page.partition('href="/work/schedules/make"')[2].partition("</tr>")[0]
    assert "every hour" in row
    assert "file.make" in row
    assert "Asked" in row
    assert 'class="beats"' in row
    assert "0 of 1 went well" in row
    assert 'aria-current="page"' in page.partition('href="/work/schedules"')[2].partition(">")[0]


async def test_filters_live_in_the_address_and_a_wrong_one_keeps_the_list(house: House, place: Place):
    await add(house, "make", hourly())
    await add(house, "backup", "kind: ping\nschedule: {every: 1d}\n")
    page = (await place.get("/work/schedules?kind=ping&state=on")).text
    assert 'href="/work/schedules/backup"' in page
    assert 'action="/work/schedules/make/fire"' not in page
    assert '<option value="ping" selected>' in page
    assert "No trigger is like that." in (await place.get("/work/schedules?state=off")).text
    wrong = await place.get("/work/schedules?state=lost")
    assert wrong.status == 422
    assert "There is no state" in wrong.text
    assert 'href="/work/schedules/make"' in wrong.text


async def test_a_file_that_does_not_fit_is_told_with_its_line_while_the_good_one_stays(house: House, place: Place):
    await add(house, "make", hourly())
    (house.folder / "workspace" / "triggers" / "make.yaml").write_text(
        "kind: schedule\nshedule: {every: 1h}\n", "utf-8"
    )
    page = (await place.get("/work/schedules")).text
    assert "Files that do not fit" in page
    assert "triggers/make.yaml:" in page
    assert "every hour" in page.partition('href="/work/schedules/make"')[2]
    one = (await place.get("/work/schedules/make")).text
    assert "The last good version" in one
    assert "shedule" in one.partition("<textarea")[2].partition("</textarea>")[0]


async def test_pausing_and_firing_need_a_session_form_and_resuming_a_password(house: House, place: Place):
    await add(house, "make", hourly())
    assert (await place.post("/work/schedules/make/fire")).status == 303
    assert (await place.post("/work/schedules/make/pause", csrf="wrong", reason="x")).status == 403
    assert (await place.post("/work/schedules/make/pause", reason="visitors")).place == "/work/schedules/make"
    assert "visitors" in (await place.get("/work/schedules?state=paused")).text
    refused = await place.post("/work/schedules/make/resume")
    assert refused.status == 403
    assert (await place.post("/work/schedules/make/fire")).status == 409  # paused: nobody starts it round that
    assert (await place.post("/work/schedules/make/resume", password=PASSWORD)).status == 303
    assert len((await house.do("trigger.history", name="make")).result["occurrences"]) == 1


async def test_a_missed_one_that_waits_can_be_run_after_all(house: House, place: Place):
    await add(house, "make", hourly() + "missed: ask\n")
    await turn(house)
    await turn(house, 3 * HOUR)
    page = (await place.get("/work/schedules/make")).text
    waiting = page.partition('name="occurrence" value="')[2].partition('"')[0]
    assert waiting.startswith("occ-")
    assert (await place.post("/work/schedules/make/fire", occurrence=waiting, password=PASSWORD)).status == 303
    rows = (await house.do("trigger.history", name="make")).result["occurrences"]
    assert "after all" in next(row for row in rows if row["id"] == waiting)["reason"]


async def test_one_trigger_tells_its_next_ten_how_it_goes_and_what_each_run_needs(house: House, place: Place):
    await add(house, "make", hourly())
    page = (await place.get("/work/schedules/make")).text
    assert page.partition('id="next"')[2].partition("</section>")[0].count("<li>") == 10
    assert "will be asked" in page
    assert "the newest is run" in page
    assert "the next one is skipped" in page
    assert 'id="commit-' in page


async def test_a_text_is_checked_with_its_lines_and_kept_only_with_a_password(house: House, place: Place):
    await add(house, "make", hourly())
    bad = await place.post("/work/schedules/make/text", do="check", text="kind: schedule\nshedule: {}\n")
    assert "Line 2" in bad.text
    assert "shedule" in bad.text.partition("<textarea")[2].partition("</textarea>")[0]
    better = hourly("two")
    good = await place.post("/work/schedules/make/text", do="check", text=better)
    assert "Fits" in good.text
    refused = await place.post("/work/schedules/make/text", do="save", text=better)
    assert refused.status == 403
    assert "name: two" in refused.text
    kept = await place.post("/work/schedules/make/text", do="save", text=better, password=PASSWORD)
    assert kept.place == "/work/schedules/make#text"
    assert "name: two" in (await house.do("trigger.show", name="make")).result["text"]


async def test_a_new_one_is_checked_and_kept_and_what_was_typed_is_not_lost(house: House, place: Place):
    text = hourly()
    assert "Fits" in (await place.post("/work/schedules", do="check", name="make", text=text)).text
    bad = await place.post("/work/schedules", do="check", name="other", text="kind: nothing\n")
    assert "kind: nothing" in bad.text
    assert 'value="other"' in bad.text
    kept = await place.post("/work/schedules", do="save", name="make", text=text, password=PASSWORD)
    assert kept.place == "/work/schedules/make"


async def test_a_week_shows_what_is_ahead_and_what_was_missed_and_leads_to_others(house: House, place: Place):
    await add(house, "make", hourly() + "missed: skip\n")
    await turn(house)
    await turn(house, 3 * HOUR)
    missed = [row for row in (await house.do("trigger.history")).result["occurrences"] if row["state"] == "missed"]
    newest = datetime.fromisoformat(max(row["due"] for row in missed))  # a week may have begun since
    day = newest.astimezone(ZoneInfo(house.steward.triggers.words.zone)).date()
    page = (await place.get(f"/work/schedules?view=week&week={day:%G-W%V}")).text
    assert "Not as planned this week" in page
    assert page.count('class="day"') == 7
    after = day + timedelta(days=7)
    assert f"week={after:%G-W%V}" in page
    ahead = (await place.get(f"/work/schedules?view=week&week={after:%G-W%V}")).text
    assert "24 times" in ahead or "25 times" in ahead or "23 times" in ahead
    assert "Not as planned" not in ahead
    assert (await place.get("/work/schedules?view=week&week=lately")).status == 422


async def test_the_feed_is_a_calendar_for_whoever_may_read(house: House, place: Place):
    await add(house, "make", hourly())
    reply = await place.get("/work/schedules.ics")
    assert reply.headers["content-type"].startswith("text/calendar")
    assert reply.text.startswith("BEGIN:VCALENDAR\r\n")
    assert "SUMMARY:make" in reply.text
    place.cookie = ""
    assert (await place.get("/work/schedules.ics", Accept="text/calendar")).status == 401
    token = (await house.do("tokens.mint", name="calendar")).result["value"]
    with_token = await place.get("/work/schedules.ics", Authorization=f"Bearer {token}")
    assert with_token.status == 200


async def test_the_twin_of_a_page_is_what_it_shows(house: House, place: Place):
    await add(house, "make", hourly())
    reply = await place.get("/work/schedules", Accept="application/json")
    assert '"starts":"file.make"' in reply.text.replace(" ", "")
    assert LOCAL_NAME in (await place.get("/work/schedules/make", Accept="application/json")).text


async def test_the_address_of_a_ping_stands_only_in_the_answer_to_who_proved_to_be_the_owner(
    house: House, place: Place
):
    await add(house, "backup", "kind: ping\nschedule: {every: 1d}\n")
    secret = await house.steward.addresses.of("backup")
    assert secret not in (await place.get("/work/schedules/backup")).text
    assert "/ping/" not in (await place.get("/work/schedules/backup", Accept="application/json")).text
    assert secret not in (await place.post("/work/schedules/backup/address")).text
    shown = await place.post("/work/schedules/backup/address", password=PASSWORD)
    assert f"/ping/{secret}" in shown.text
    await place.sign_in()  # the proof began another session
    renewed = await place.post("/work/schedules/backup/renew", password=PASSWORD)
    assert secret not in renewed.text
    assert f"/ping/{await house.steward.addresses.of('backup')}" in renewed.text


async def test_the_address_of_the_feed_is_shown_and_taken_back(house: House, place: Place):
    await add(house, "make", hourly())
    secret = await house.steward.addresses.of(CALENDAR)
    assert secret not in (await place.get("/work/schedules")).text
    shown = await place.post("/work/schedules.ics/address", password=PASSWORD)
    assert f"/calendar/{secret}.ics" in shown.text
    await place.sign_in()  # the proof began another session
    renewed = await place.post("/work/schedules.ics/renew", password=PASSWORD)
    assert secret not in renewed.text
    assert f"/calendar/{await house.steward.addresses.of(CALENDAR)}.ics" in renewed.text


async def test_a_trigger_is_removed_on_its_page_by_who_proved_to_be_the_owner(house: House, place: Place):
    await add(house, "make", hourly())
    await place.post("/work/schedules/make/remove")
    assert (await place.get("/work/schedules/make")).status == 200
    assert (await place.post("/work/schedules/make/remove", password=PASSWORD)).status == 303
    assert "Nothing starts by itself yet." in (await place.get("/work/schedules")).text


async def test_an_example_of_each_kind_is_one_choice_away(place: Place):
    page = (await place.get("/work/schedules?example=mqtt")).text
    assert "cellar_leak" in page.partition("<textarea")[2].partition("</textarea>")[0]
    assert 'id="new" open' in page


async def test_the_week_shows_quiet_hours_of_the_policy_and_the_brake(house: House, place: Place):
    await add(house, "make", hourly())
    (house.folder / "workspace" / "policy.yaml").write_text(
        'rules:\n  - {name: nights, when: {hours: "22:00-07:00", risk: reversible}, then: deny, reason: sleep}\n'
    )
    await house.do("freeze")
    page = (await place.get("/work/schedules?view=week&week=2030-W10")).text
    assert "Quiet hours 22:00-07:00 (rule nights):" in page
    assert 'class="shade"' in page
    assert "at-night" in page
    assert "Nothing that is due begins now." in page
