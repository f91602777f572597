"""The clock: written ahead, begun once, followed to its end; policies for what is missed and what overlaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from steward.model.brake import Brake
from steward.model.errors import Conflict, Denied, InvalidInput, TryLater, Unreachable
from steward.model.ids import PrincipalId
from steward.model.principal import STEWARD
from steward.model.run import RunState
from steward.model.trigger import OccurrenceState, TriggerKind
from steward.store import trigger_states
from steward.testing.clock import MovedClock
from steward.testing.crash import Crash, CrashAt
from tests.clockwork import Clockwork

HOUR = 3_600
POINTS = (
    "trigger.note.before",
    "trigger.note.after",
    "trigger.claim.before",
    "trigger.claim.after",
    "trigger.start.before",
    "ledger.before",
    "ledger.after",
    "trigger.start.after",
)


async def test_what_is_due_is_begun_once_and_followed_to_its_end(works: Clockwork):
    works.every("tidy")
    await works.tick()
    assert await works.rows() == []
    await works.tick(600)
    await works.tick(1)
    assert await works.states() == ["started"]
    await works.finish(reason="proven")
    await works.tick(1)
    row = (await works.rows())[0]
    assert (row.state, row.result, row.reason) == (OccurrenceState.ENDED, "verified", "proven")
    assert row.due == datetime(2026, 11, 21, 12, 10, tzinfo=UTC)
    assert await works.run_count() == 1


async def test_a_day_of_ten_minutes_is_144_runs_however_often_it_is_looked(works: Clockwork):
    works.every("tidy")
    await works.tick()
    for _ in range(144):
        await works.tick(200)
        await works.tick(400)
        await works.finish()
        await works.tick(0)
    assert await works.run_count() == 144
    assert await works.states() == ["ended"] * 144


@pytest.mark.parametrize("point", POINTS)
async def test_a_crash_at_any_point_loses_nothing_and_doubles_nothing(works: Clockwork, point: str):
    works.every("tidy")
    await works.tick()
    works.reached = CrashAt(point)
    with pytest.raises(Crash):
        await works.tick(600)
    await works.restart()
    await works.tick(1)
    assert await works.states() == ["started"]
    assert await works.run_count() == 1
    await works.finish()
    await works.tick(1)
    assert await works.states() == ["ended"]


async def test_two_schedulers_on_one_store_begin_each_occurrence_once(works: Clockwork):
    other = Clockwork(works.url, worker="there", clock=works.clock)
    try:
        for one in (works, other):
            for number in range(10):
                one.every(f"tidy-{number}")
            await one.tick()
        works.clock.advance(600)
        await works.scheduler.tick()
        await other.scheduler.tick()
        await works.scheduler.settled()
        await other.scheduler.settled()
        assert await works.states() == ["started"] * 10
        assert await works.run_count() == 10
    finally:
        await other.end()


async def test_whoever_lost_the_claim_meanwhile_keeps_nothing(works: Clockwork):
    works.every("tidy", "1h", "startWithin: 1h\n")
    await works.tick()
    other = Clockwork(works.url, worker="there", clock=works.clock)
    other.every("tidy", "1h", "startWithin: 1h\n")
    try:
        launch, held = works.launcher.launch, []
        works.launcher.launch = lambda *given: held.append(given)
        works.clock.advance(HOUR)
        await works.scheduler.tick()
        works.clock.advance(660)  # it hung for so long that the other one took over
        await other.tick()
        assert await works.run_count() == 1
        launch(*held[0])
        await works.launcher.settled()
        assert await works.run_count() == 1
        assert await works.states() == ["started"]
    finally:
        await other.end()


@pytest.mark.parametrize(
    ("missed", "states"),
    [
        ("once", ["missed"] * 5 + ["started"]),
        ("skip", ["missed"] * 6),
        ("ask", ["missed"] * 5 + ["asked"]),
        ("all", ["started"] + ["due"] * 5),
    ],
)
async def test_what_was_due_while_steward_was_off_is_handled_by_policy_and_shown(
    works: Clockwork, missed: str, states: list[str]
):
    works.every("tidy", "1h", f"missed: {missed}\nstartWithin: 10m\n")
    await works.tick()
    works.clock.advance(6 * HOUR + 1800)
    await works.restart()
    await works.tick()
    assert await works.states() == states
    assert (await works.state("tidy")).troubled is not None
    assert len(await works.told("trigger.late")) == 1
    rows = await works.rows()
    assert all(row.reason for row in rows if row.state is not OccurrenceState.STARTED)


async def test_all_missed_ones_run_one_after_the_other(works: Clockwork):
    works.every("tidy", "1h", "missed: all\nstartWithin: 10m\n")
    await works.tick()
    await works.tick(6 * HOUR + 1800)
    for _ in range(6):
        await works.finish()
        await works.tick(1)
    assert await works.states() == ["ended"] * 6
    assert await works.run_count() == 6


async def test_the_trouble_of_a_missed_one_is_over_when_the_next_ends_well(works: Clockwork):
    works.every("tidy", "1h", "missed: skip\n")
    await works.tick()
    await works.tick(HOUR + 1800)
    assert (await works.state("tidy")).trouble
    await works.tick(1800)
    await works.finish()
    await works.tick(1)
    assert not (await works.state("tidy")).trouble
    assert len(await works.told("trigger.recovered")) == 1


async def test_skip_leaves_out_what_is_due_while_the_one_before_goes_on(works: Clockwork):
    works.every("tidy")
    await works.tick()
    await works.tick(600)
    await works.tick(600)
    rows = await works.rows()
    assert [row.state.value for row in rows] == ["started", "skipped"]
    assert rows[1].reason == f"the one before it goes on: {rows[0].run}"


async def test_queue_keeps_the_newest_waiting(works: Clockwork):
    works.every("tidy", "10m", "overlap: queue\n")
    await works.tick()
    for _ in range(4):
        await works.tick(600)
    assert await works.states() == ["started", "skipped", "skipped", "due"]
    await works.finish()
    await works.tick(1)
    assert await works.states() == ["ended", "skipped", "skipped", "started"]


async def test_allow_runs_as_many_as_may(works: Clockwork):
    works.every("tidy", "10m", "overlap: allow\nmostAtOnce: 2\n")
    await works.tick()
    for _ in range(3):
        await works.tick(600)
    assert await works.states() == ["started", "started", "skipped"]


async def test_an_hour_back_repeats_nothing_and_loses_nothing(works: Clockwork):
    works.every("tidy")
    await works.tick()
    for _ in range(12):
        await works.tick(600)
        await works.finish()
        await works.tick(1)
    works.clock.set_wall(-HOUR)
    for _ in range(12):
        await works.tick(600)
        await works.finish()
        await works.tick(1)
    rows = await works.rows()
    assert len({row.due for row in rows}) == len(rows) == 18
    assert {row.state for row in rows} == {OccurrenceState.ENDED}


async def test_a_month_forward_is_no_storm_and_a_month_back_goes_on_from_now(works: Clockwork):
    works.every("tidy", "1m")
    await works.tick()
    works.clock.set_wall(30 * 86_400)
    await works.tick(60)
    rows = await works.rows()
    assert len(rows) <= 100
    assert await works.run_count() <= 1
    assert "not listed" in rows[0].reason
    works.clock.set_wall(-30 * 86_400)
    await works.finish()
    await works.tick(60)
    before = await works.run_count()
    for _ in range(5):
        await works.tick(60)
        await works.finish()
        await works.tick(0)
    assert await works.run_count() == before + 5


async def test_what_a_pause_left_out_ahead_of_a_wrong_clock_begins_when_its_time_comes(works: Clockwork):
    works.every("tidy", "12h")
    await works.tick()
    paused = {"by": PrincipalId("owner"), "at": works.clock.now(), "reason": "holiday"}
    await works.storage.write(trigger_states.pause, "tidy", **paused)
    works.clock.set_wall(2 * 24 * HOUR)
    await works.tick(1)
    assert await works.states() == ["skipped"] * 4
    works.clock.set_wall(-2 * 24 * HOUR)
    await works.tick(1)
    await works.storage.write(trigger_states.resume, "tidy")
    await works.tick(12 * HOUR)
    assert await works.states() == ["started"]


async def test_what_was_due_ahead_under_a_brake_does_not_begin_before_its_time(works: Clockwork):
    works.every("tidy", "12h")
    await works.tick()
    await works.brakes.put(Brake.PAUSE, by="owner", reason="visitors")
    works.clock.set_wall(2 * 24 * HOUR)
    await works.tick(1)
    works.clock.set_wall(-2 * 24 * HOUR)
    await works.tick(1)
    await works.brakes.lift(by="owner")
    await works.tick(1)
    assert await works.rows() == []
    await works.tick(12 * HOUR)
    assert await works.states() == ["started"]


async def test_of_too_many_that_were_missed_in_one_go_the_newest_are_there_and_the_next_one_begins(works: Clockwork):
    works.put("tidy", 'kind: schedule\nschedule: {cron: "*/5 8-17 * * mon"}\nstarts: {command: unit.restart}\n')
    await works.tick()
    await works.tick(4.5 * 24 * HOUR)  # Steward was off from Saturday noon to Thursday
    assert await works.count() == {OccurrenceState.STARTED: 1, OccurrenceState.MISSED: 99}
    rows = await works.rows()
    assert rows[-1].due == datetime(2026, 11, 23, 17, 55, tzinfo=UTC)
    assert "too many" in rows[0].reason
    await works.finish()
    await works.tick(4 * 24 * HOUR + 8 * HOUR)  # Monday at eight
    newest = (await works.rows())[-1]
    assert (newest.due, newest.state) == (datetime(2026, 11, 30, 8, 0, tzinfo=UTC), OccurrenceState.STARTED)


async def test_a_closed_lid_is_like_a_night_without_power(works: Clockwork):
    works.every("tidy", "1h")
    await works.tick()
    works.clock.set_wall(8 * HOUR)  # asleep: the monotonic clock stood still
    await works.tick(5)
    assert await works.states() == ["missed"] * 7 + ["started"]


@pytest.mark.parametrize(
    ("day", "hours"), [(datetime(2026, 3, 28, 12, tzinfo=UTC), 23), (datetime(2026, 10, 24, 12, tzinfo=UTC), 25)]
)
async def test_a_night_in_which_clocks_change_has_one_run(database_url: str, day: datetime, hours: int):
    works = Clockwork(database_url, clock=MovedClock(day))
    try:
        works.put(
            "nightly",
            'kind: schedule\nschedule: {dailyAt: "02:30", zone: Europe/Berlin}\nstarts: {command: unit.restart}\n',
        )
        await works.tick()
        for _ in range(48 * 4):
            await works.tick(900)
            await works.finish()
            await works.tick(0)
        rows = await works.rows()
        assert [row.state.value for row in rows] == ["ended", "ended"]
        assert timedelta(hours=hours - 1) <= rows[1].due - rows[0].due <= timedelta(hours=hours + 1)
    finally:
        await works.end()


async def test_under_a_brake_nothing_begins_and_afterwards_the_policy_for_missed_ones_counts(works: Clockwork):
    works.every("tidy", "1h", "startWithin: 10m\n")
    await works.tick()
    await works.brakes.put(Brake.PAUSE, by="owner", reason="visitors")
    for _ in range(3):
        await works.tick(HOUR)
    assert await works.states() == ["due"] * 3
    await works.brakes.lift(by="owner")
    await works.tick(1800)
    assert await works.states() == ["missed", "missed", "started"]


async def test_a_paused_trigger_begins_nothing_and_shows_what_it_left_out(works: Clockwork):
    works.every("tidy")
    await works.tick()
    paused = {"by": PrincipalId("owner"), "at": works.clock.now(), "reason": "holiday"}
    await works.storage.write(trigger_states.pause, "tidy", **paused)
    await works.tick(600)
    await works.storage.write(trigger_states.resume, "tidy")
    await works.tick(600)
    rows = await works.rows()
    assert [row.state.value for row in rows] == ["skipped", "started"]
    assert rows[0].reason == "the trigger is paused by owner"


async def test_a_changed_file_begins_anew_from_now_and_a_removed_one_ends_what_waits(works: Clockwork):
    works.every("tidy", "1h")
    await works.tick()
    await works.brakes.put(Brake.PAUSE, by="owner", reason="")
    await works.tick(HOUR)
    works.every("tidy", "2h")
    await works.tick(10)
    rows = await works.rows()
    assert [row.reason for row in rows] == ["its trigger was changed before it began"]
    await works.tick(HOUR)
    await works.tick(HOUR)
    works.files.remove("tidy", STEWARD)
    await works.brakes.lift(by="owner")
    await works.tick(10)
    assert [row.reason for row in await works.rows()] == [
        "its trigger was changed before it began",
        "its trigger is not in force any more",
    ]


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Denied("policy says no"), OccurrenceState.REFUSED),
        (InvalidInput("the input does not fit"), OccurrenceState.FAILED),
    ],
)
async def test_a_start_that_is_refused_or_fails_ends_with_the_reason_and_is_told(
    works: Clockwork, error: Exception, state: OccurrenceState
):
    works.every("tidy")
    await works.tick()
    works.fail_next(error)
    await works.tick(600)
    row = (await works.rows())[0]
    assert (row.state, row.reason) == (state, str(error))
    assert str(error) in (await works.state("tidy")).trouble
    assert len(await works.told("trigger.failed")) == 1


@pytest.mark.parametrize("error", [Unreachable("m1 does not answer"), TryLater("busy"), Conflict("the grant is over")])
async def test_what_may_work_later_is_tried_again(works: Clockwork, error: Exception):
    works.every("tidy")
    await works.tick()
    works.fail_next(error, error)
    await works.tick(600)
    assert await works.states() == ["due"]
    await works.pass_time(60, step=5)
    assert await works.states() == ["started"]
    assert await works.run_count() == 1


async def test_what_cannot_be_begun_in_time_is_told_and_ends_with_the_reason(works: Clockwork):
    works.every("tidy", "1d", "startWithin: 5m\n")
    works.clock.set_wall(12 * HOUR - 60)
    await works.tick()
    works.fail_next(*[Unreachable("m1 does not answer")] * 50)
    await works.tick(60)
    await works.pass_time(1200, step=30)
    row = (await works.rows())[0]
    assert (row.state, row.is_late) == (OccurrenceState.FAILED, True)
    assert "m1 does not answer" in row.reason
    assert len(await works.told("trigger.late")) == 1
    assert (await works.state("tidy")).trouble


async def test_a_run_that_does_not_end_in_time_is_told_once_and_is_over_with_its_end(works: Clockwork):
    works.every("tidy", "1h", "endWithin: 10m\n")
    await works.tick()
    await works.tick(HOUR)
    await works.pass_time(900, step=60)
    assert len(await works.told("trigger.late")) == 1
    assert "not at its end" in (await works.state("tidy")).trouble
    await works.finish()
    await works.tick(1)
    assert not (await works.state("tidy")).trouble


async def test_a_run_that_fails_is_the_trouble_of_its_trigger(works: Clockwork):
    works.every("tidy")
    await works.tick()
    await works.tick(600)
    await works.finish(RunState.FAILED, reason="the disk is full")
    await works.tick(1)
    row = (await works.rows())[0]
    assert (row.state, row.result, row.reason) == (OccurrenceState.ENDED, "failed", "the disk is full")
    assert "the disk is full" in (await works.state("tidy")).trouble


async def test_what_waits_for_a_person_follows_their_word(works: Clockwork):
    works.every("tidy", "1h")
    works.ledger.is_asked = True
    await works.tick()
    await works.tick(HOUR)
    assert await works.states() == ["asked"]
    await works.finish(RunState.DENIED, reason="not tonight")
    await works.tick(1)
    row = (await works.rows())[0]
    assert (row.state, row.result, row.reason) == (OccurrenceState.REFUSED, "denied", "not tonight")
    assert not (await works.state("tidy")).trouble
    await works.tick(HOUR)
    await works.finish()
    await works.tick(1)
    await works.tick(1)
    assert (await works.states())[1] == "ended"


async def test_a_trigger_that_only_watches_ends_with_that_reason(works: Clockwork):
    works.put("seen", "kind: hook\n")
    await works.tick()
    await works.arrivals.arrived(TriggerKind.HOOK, "seen", "one", {})
    await works.tick(1)
    row = (await works.rows())[0]
    assert (row.state, row.reason) == (OccurrenceState.ENDED, "it only watches; it was told")


async def test_what_waited_when_its_trigger_was_paused_is_left_out_too(works: Clockwork):
    works.every("tidy")
    await works.tick()
    await works.brakes.put(Brake.FREEZE, by="somebody", reason="")
    await works.tick(600)
    assert await works.states() == ["due"]
    given = {"by": PrincipalId("somebody"), "at": works.clock.now(), "reason": ""}
    await works.storage.write(trigger_states.pause, "tidy", **given)
    await works.brakes.lift(by="somebody")
    await works.tick(1)
    assert await works.states() == ["skipped"]
    row = (await works.rows())[0]
    assert (row.reason, row.run) == ("the trigger is paused by somebody", None)
