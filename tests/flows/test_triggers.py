"""Triggers in a whole Steward: gated when they are written, asked or granted when they run, told when they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from icalendar import Calendar

from steward.app.start import LOCAL_NAME
from steward.core.pings import Ping
from steward.core.trigger_text import parse_trigger
from steward.engines.triggers.switching import PauseTriggerInput
from steward.model.command import Command
from steward.model.errors import Conflict, Denied, InvalidFile, InvalidInput, NeedsProof, NotFound
from steward.model.event import Event
from steward.model.grant import Grant
from steward.model.ids import GrantId, PrincipalId
from steward.model.run import RunState
from steward.store import audit, events, grants
from tests.flows.house import OWNER, SOMEBODY, House
from tests.flows.served import served

EVERY = "kind: schedule\nschedule: {every: 1h}\nstarts: {command: file.make, with: {machine: %s, name: %s}}\n"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def within_an_hour(house: House) -> None:
    """Begin well within an hour of any zone: no hour, day or week begins between two lines that mean the same one."""
    house.clock.pass_time(timedelta(minutes=(80 - house.clock.now().minute) % 60))


def hourly(name: str = "one") -> str:
    return EVERY % (LOCAL_NAME, name)


async def add(house: House, name: str, text: str) -> dict[str, Any]:
    return (await house.do("trigger.add", what=f"{name}.yaml", text=text)).result


async def turn(house: House, by: timedelta = timedelta()) -> None:
    """Let time pass and look once."""
    house.clock.pass_time(by)
    await house.daemon.hear()
    await house.daemon.miss()
    await house.daemon.start_due()
    await house.steward.scheduler.settled()


async def grant(house: House) -> None:
    await house.do("machines.promote", machine=LOCAL_NAME, to="granted")
    now = house.clock.now()
    given = Grant(
        id=GrantId("grant-1"),
        command="file.make",
        targets=(house.steward.workspace.require(LOCAL_NAME).id,),
        where={},
        daily_maximum=5,
        created=now,
        expires=now + timedelta(days=30),
        created_by=PrincipalId("owner"),
    )
    await house.steward.storage.write(grants.insert, given)


async def history(house: House) -> list[dict[str, Any]]:
    return (await house.do("trigger.history")).result["occurrences"]


async def test_what_no_grant_covers_is_asked_each_time_and_followed_to_its_end(house: House):
    kept = await add(house, "make", hourly())
    assert "will be asked" in kept["each_run"]
    await turn(house)
    await turn(house, HOUR)
    line = (await history(house))[0]
    assert line["state"] == "asked"
    assert not house.has("one")
    waiting = (await house.do("status")).result["waiting"]
    await house.do("approvals.approve", OWNER, code=waiting[0]["code"])
    await house.ended(line["run"])
    await turn(house)
    await turn(house)
    line = (await history(house))[0]
    assert (line["state"], line["result"], line["is_good"]) == ("ended", "verified", True)
    assert house.has("one")


async def test_what_a_grant_covers_runs_by_itself_as_the_trigger(house: House):
    await grant(house)
    kept = await add(house, "make", hourly())
    assert "grant-1" in kept["each_run"]
    await turn(house)
    await turn(house, HOUR)
    line = (await history(house))[0]
    receipt = await house.ended(line["run"])
    assert receipt.run.state is RunState.VERIFIED
    assert receipt.plan.requester.id == "trigger-make"
    await turn(house)
    page = (await house.do("trigger.show", name="make")).result
    assert page["history"][0]["result"] == "verified"
    assert len(page["next"]) == 10


async def test_the_gate_refuses_what_cannot_be_and_asks_for_proof(house: House):
    with pytest.raises(NotFound):
        await add(house, "make", hourly().replace(LOCAL_NAME, "nowhere"))
    with pytest.raises(InvalidInput):
        await add(house, "make", hourly().replace("name: one", "nam: one"))
    with pytest.raises(InvalidFile):
        await add(house, "make", hourly().replace("file.make", "file.mak"))
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    with pytest.raises(Denied):
        await add(house, "make", hourly())
    with pytest.raises(NeedsProof):
        await house.do("trigger.add", SOMEBODY, what="make.yaml", text=hourly())
    assert (await house.do("trigger.ls")).result["triggers"] == []


async def test_a_file_edited_by_hand_grants_nothing(house: House):
    folder = house.folder / "workspace" / "triggers"
    folder.mkdir()
    (folder / "make.yaml").write_text(hourly())
    await house.do("machines.promote", machine=LOCAL_NAME, to="watch")
    await turn(house)
    await turn(house, HOUR)
    line = (await history(house))[0]
    assert line["state"] == "refused"
    assert not house.has("one")
    told = (await house.do("status")).result["problems"]
    assert any("trigger make: refused" in each for each in told)


async def test_a_sign_of_life_is_expected_anew_from_when_its_trigger_goes_on(house: House):
    await add(house, "backup", "kind: ping\nschedule: {every: 1h}\nstartWithin: 10m\n")
    await turn(house)
    await house.do("trigger.pause", name="backup")
    await turn(house, 5 * HOUR)
    await house.do("trigger.resume", name="backup")
    await turn(house)
    assert await history(house) == []
    await turn(house, 2 * HOUR)
    assert len(await history(house)) == 1


async def test_what_comes_to_a_paused_trigger_is_shown_as_skipped_but_signs_of_life_are_only_kept(house: House):
    text = "kind: event\nevents: [finding.opened]\nstarts: {command: file.make, with: {machine: %s, name: one}}\n"
    await add(house, "cure", text % LOCAL_NAME)
    await add(house, "backup", "kind: ping\nschedule: {every: 1d}\n")
    await turn(house)
    for name in ("cure", "backup"):
        await house.do("trigger.pause", name=name)
    secret = await house.steward.addresses.of("backup")
    await house.steward.pings.receive(Ping(id=secret, action="fail"), address="192.0.2.1")
    now = house.clock.now()
    found = Event(seq=0, kind="finding.opened", at=now, subject="finding-1", actor=PrincipalId("steward"), data={})
    await house.steward.storage.write(events.append, found)
    await turn(house)
    assert [(row["trigger"], row["state"]) for row in await history(house)] == [("cure", "skipped")]
    page = (await house.do("trigger.show", name="backup")).result
    assert page["pings"]
    assert (page["trigger"]["state"], (await house.do("status")).result["problems"]) == ("paused", [])
    said = " ".join(str(PauseTriggerInput.__doc__).split())
    assert "deliveries and events of Steward that come meanwhile are shown as skipped" in said
    assert "one that stays away or says that it failed is not told" in said


ONCE = "kind: schedule\nschedule:\n  once: %s\nstarts: {command: file.make, with: {machine: %s, name: one}}\n"


async def test_a_time_that_has_passed_is_refused_of_a_new_text_and_only_told_of_one_that_is_kept(house: House):
    past = ONCE % ('"2020-03-01 02:30"', LOCAL_NAME)
    with pytest.raises(InvalidFile, match="would never be due") as refused:
        await add(house, "make", past)
    assert (refused.value.line, refused.value.next_step) == (3, "write a time that lies ahead")
    assert "`2020-03-01 02:30` has passed" in refused.value.why
    with pytest.raises(InvalidFile, match="would never be due"):
        await add(house, "make", past.replace("once:", "calendar:"))
    checked = await house.do("trigger.check", what="make.yaml", text=past)
    assert (checked.exit_code, checked.result["problems"][0]["what"]) == (2, "it would never be due")
    with pytest.raises(InvalidFile, match="would never be due"):
        await house.do("trigger.schedule", name="make", once="2020-03-01 02:30", command="file.make")
    assert (await house.do("trigger.ls")).result["triggers"] == []
    await add(house, "make", ONCE % (f'"{house.clock.now() + HOUR:%Y-%m-%d %H:%M}Z"', LOCAL_NAME))
    await turn(house)
    assert "not due again" not in (await house.do("trigger.check", what="make")).result["sentence"]
    await turn(house, 2 * HOUR)
    checked = await house.do("trigger.check", what="make")
    assert (checked.exit_code, checked.result["problems"]) == (0, [])
    assert "Its time has passed, and it is not due again." in checked.result["sentence"]
    assert (await house.do("trigger.ls")).result["problems"] == []


async def test_a_broken_file_is_told_in_the_status(house: House):
    folder = house.folder / "workspace" / "triggers"
    folder.mkdir()
    (folder / "make.yaml").write_text("kind: shedule\n")
    told = (await house.do("status")).result["problems"]
    assert any("triggers/make.yaml:1" in each and "did you mean `schedule`?" in each for each in told)


async def test_a_missed_one_waits_for_a_word_and_runs_by_it(house: House):
    await grant(house)
    await add(house, "make", hourly() + "missed: ask\n")
    await turn(house)
    await house.close()
    house.clock.pass_time(timedelta(hours=3, minutes=30 - house.clock.now().minute))
    await house.open()
    await turn(house)
    lines = await history(house)
    assert lines[0]["state"] == "asked"
    with pytest.raises(NeedsProof):
        await house.do("trigger.fire", SOMEBODY, name="make", occurrence=lines[0]["id"])
    await house.do("trigger.fire", name="make", occurrence=lines[0]["id"])
    await turn(house)
    line = (await history(house))[0]
    await house.ended(line["run"])
    assert house.has("one")


async def test_pause_resume_fire_and_remove(house: House):
    await grant(house)
    await add(house, "make", hourly())
    await turn(house)
    await house.do("trigger.pause", SOMEBODY, name="make", reason="visitors")
    await turn(house, HOUR)
    assert (await history(house))[0]["state"] == "skipped"
    assert (await house.do("trigger.ls")).result["triggers"][0]["state"] == "paused"
    assert (await house.do("trigger.show", name="make")).result["next"] == []
    with pytest.raises(Conflict, match="make is paused"):  # whoever may propose may fire; a pause is a person's word
        await house.do("trigger.fire", SOMEBODY, name="make")
    await house.do("trigger.resume", name="make")
    assert len((await house.do("trigger.show", name="make")).result["next"]) == 10
    await house.do("trigger.fire", name="make")
    await turn(house)
    line = (await history(house))[0]
    await house.ended(line["run"])
    assert house.has("one")
    await house.do("trigger.rm", name="make")
    assert (await house.do("trigger.ls")).result["triggers"] == []


@pytest.mark.parametrize(
    ("overlap", "says", "state"),
    [
        ("skip", "is skipped unless a run ends first (`overlap`)", "skipped"),
        ("queue", "waits for that (`overlap`)", "due"),
        ("allow", "is skipped unless a run ends first (`overlap`)", "skipped"),
    ],
)
async def test_who_fires_what_goes_on_already_is_told_what_becomes_of_that(
    house: House, overlap: str, says: str, state: str
):
    await add(house, "make", f"{hourly()}overlap: {overlap}\n")
    await turn(house)
    first = (await house.do("trigger.fire", name="make")).result
    assert first["sentence"].startswith(f"make is due now, as {first['occurrence']['id']}. `steward trigger show make`")
    await turn(house)  # it waits for an approval
    run = (await history(house))[0]["run"]
    second = (await house.do("trigger.fire", name="make")).result
    assert f"{run} is not at its end: this one {says}" in second["sentence"]
    await turn(house)
    assert {row["id"]: row["state"] for row in await history(house)}[second["occurrence"]["id"]] == state


async def test_schedules_are_told_as_a_list_a_week_and_a_feed(house: House):
    await add(house, "make", hourly())
    assert len((await house.do("schedule.next")).result["next"]) == 10
    ahead = (house.clock.now() + timedelta(days=7)).date()
    monday = (ahead - timedelta(days=ahead.weekday())).isoformat()
    days = (await house.do("schedule.week", monday=monday)).result["days"]
    assert sum(len(day["moments"]) for day in days) in (167, 168, 169)
    feed = (await house.do("schedule.ics")).result["text"]
    assert feed.startswith("BEGIN:VCALENDAR")
    assert feed.count("BEGIN:VEVENT") == 672
    assert [line["name"] for line in (await house.do("schedule.ls")).result["triggers"]] == ["make"]


async def address_of(house: House, command: str, **given: str) -> str:
    """Return the path of an address as it is shown to the owner."""
    return urlsplit((await house.do(command, OWNER, **given)).result["address"]).path


async def test_an_address_is_shown_to_the_proven_owner_alone_and_that_is_written_down(house: House):
    await add(house, "backup", "kind: ping\nschedule: {every: 1d}\n")
    await add(house, "make", hourly())
    answer = await house.do("trigger.address", OWNER, name="backup")
    address = answer.result["address"]
    assert address.startswith("http")
    assert answer.masked(house.steward.redactor.json)["address"] == address
    for command in ("trigger.address", "trigger.renew", "schedule.address", "schedule.renew"):
        with pytest.raises(NeedsProof):
            await house.do(command, SOMEBODY)
    with pytest.raises(InvalidInput, match="no address"):
        await house.do("trigger.address", OWNER, name="make")
    with pytest.raises(NotFound):
        await house.do("trigger.address", OWNER, name="backupp")
    written = await house.steward.storage.read(audit.newest)
    assert "trigger.address.done" in [row.kind for row in written]
    assert urlsplit(address).path.rpartition("/")[2] not in str(written)


async def test_the_calendar_is_read_by_its_address_until_it_is_given_another(house: House):
    await add(house, "make", hourly())
    before = await address_of(house, "schedule.address")
    async with served(house) as api:
        first = await api.send("GET", before)
        after = await address_of(house, "schedule.renew")
        second, third = await api.send("GET", before), await api.send("GET", after)
        wrong = await api.send("GET", f"/calendar/{'0' * 32}.ics")
    assert (first.status, second.status, third.status, wrong.status) == (200, 404, 200, 404)
    event = Calendar.from_ical(third.body).walk("VEVENT")[0]
    assert event["summary"] == "make"
    assert event["dtstart"].dt.utcoffset() == timedelta()


async def test_a_ping_over_http_is_taken_and_a_stranger_is_told_nothing(house: House):
    await add(house, "backup", "kind: ping\nschedule: {every: 1d}\n")
    await turn(house)
    address = await address_of(house, "trigger.address", name="backup")
    key = (await address_of(house, "trigger.address")).rpartition("/")[2]
    async with served(house) as api:
        tried = [
            await api.send("GET", address),
            await api.send("HEAD", f"{address}/start"),
            await api.send("POST", f"{address}/1", b"x" * 200_000),
            await api.send("GET", f"/ping/{key}/backup/log"),
            await api.send("GET", f"/ping/{key}/made-here?create=1"),
            await api.send("GET", f"/ping/{'0' * 32}"),
            await api.send("GET", f"/ping/{'0' * 32}/made-there?create=1"),
            await api.send("GET", f"{address}/start/again"),
        ]
    assert [answer.status for answer in tried] == [200] * 5 + [404] * 3
    page = (await house.do("trigger.show", name="backup")).result
    assert [ping.split()[1] for ping in page["pings"]] == ["log", "fail", "start", "success"]
    assert [line["name"] for line in (await house.do("trigger.ls")).result["triggers"]] == ["backup", "made-here"]


async def test_a_week_tells_what_came_of_what_was_due_and_invents_nothing_before_the_trigger_was_there(house: House):
    await add(house, "make", hourly())
    await turn(house)
    await turn(house, HOUR)
    shown = (await house.do("schedule.week")).result
    row = shown["happened"][0]
    moments = [moment for day in shown["days"] for moment in day["moments"]]
    assert (row["trigger"], row["due"]) == (moments[0]["trigger"], moments[0]["due"])
    assert row["started"] is None  # it is asked


async def test_a_list_is_narrowed_by_kind_and_state_and_tells_the_last_ones(house: House):
    await add(house, "make", hourly())
    await add(house, "backup", "kind: ping\nschedule: {every: 1d}\n")
    await turn(house)
    await turn(house, HOUR)
    await house.do("trigger.pause", name="make")
    narrowed = (await house.do("trigger.ls", state="paused", recent=True)).result
    assert [(line["name"], len(line["recent"])) for line in narrowed["triggers"]] == [("make", 1)]
    assert narrowed["total"] == 2
    assert [line["name"] for line in (await house.do("trigger.ls", kind="ping")).result["triggers"]] == ["backup"]
    with pytest.raises(InvalidInput, match="no state"):
        await house.do("trigger.ls", state="lost")


async def test_a_page_tells_each_commit_of_the_file(house: House):
    await add(house, "make", hourly())
    await add(house, "make", hourly("two"))
    newest, oldest = (await house.do("trigger.show", name="make")).result["commits"]
    assert "name: two" in newest["difference"]
    assert "-starts" in newest["difference"]
    assert "-starts" not in oldest["difference"]


async def test_a_schedule_is_kept_from_the_command_line_after_its_work_passed_the_gate(house: House):
    given = {"name": "make", "every": "1h", "command": "file.make", "says": "Make: one"}
    inputs = [f"machine={LOCAL_NAME}", "name=one"]
    command = Command(name="trigger.schedule", input={**given, "input": inputs})
    preview = (await house.steward.dispatch(OWNER, command, is_dry_run=True)).result["preview"]
    assert "Each run will be asked" in preview
    assert 'every: "1h"' in preview
    kept = (await house.do("trigger.schedule", **given, input=inputs)).result
    assert "will be asked" in kept["each_run"]
    assert (await house.do("trigger.show", name="make")).result["trigger"]["says"] == "Make: one"
    with pytest.raises(Conflict, match="there is a trigger"):
        await house.do("trigger.schedule", **given, input=inputs)
    with pytest.raises(InvalidInput, match="missing"):
        await house.do("trigger.schedule", name="other", command="file.make")
    with pytest.raises(InvalidInput, match="too much"):
        await house.do("trigger.schedule", name="other", every="1h", cron="@daily", command="file.make")
    with pytest.raises(NotFound):
        await house.do("trigger.schedule", **{**given, "name": "other"}, input=["machine=nowhere", "name=one"])


async def test_the_example_of_each_kind_fits_as_it_is(house: House):
    for kind in house.steward.triggers.words.kinds:
        text = (await house.do("trigger.new", kind=kind)).result["text"]
        words = replace(house.steward.triggers.words, commands=None)  # the house knows few
        assert parse_trigger(text, file="triggers/example.yaml", words=words).kind == kind
    with pytest.raises(InvalidInput, match="did you mean `ping`"):
        await house.do("trigger.new", kind="pin")


async def test_a_week_tells_the_quiet_hours_of_the_policy_and_the_feed_marks_them(house: House):
    await add(house, "make", hourly())
    (house.folder / "workspace" / "policy.yaml").write_text(
        "rules:\n"
        '  - {name: nights, when: {hours: "22:00-07:00", risk: reversible}, then: deny, reason: sleep}\n'
        '  - {name: one machine, when: {hours: "12:00-13:00", machine: nas}, then: deny}\n'
    )
    shown = (await house.do("schedule.week", monday="2030-03-04")).result
    assert [(each["hours"], each["rule"], each["then"]) for each in shown["quiet"]] == [
        ("22:00-07:00", "nights", "deny")
    ]
    quiet = [moment["minute"] // 60 for moment in shown["days"][0]["moments"] if moment["is_quiet"]]
    assert quiet == [0, 1, 2, 3, 4, 5, 6, 22, 23]
    assert shown["brake"]["brake"] == "none"
    assert "quiet hours" in (await house.do("schedule.ics")).result["text"]
