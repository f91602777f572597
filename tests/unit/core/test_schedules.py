"""A schedule is due at a fixed set of moments, whatever clocks and restarts do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.core.schedules import check, due_between, upcoming
from steward.model.errors import InvalidInput
from steward.model.trigger import Schedule

FORMS = [
    {"cron": "30 2 * * *"},
    {"cron": "15,30 2 * * *"},
    {"cron": "*/30 * * * *"},
    {"cron": "0 */2 * * *"},
    {"cron": "0 30 2 * * *"},
    {"cron": "0 */20 * * * *"},
    {"cron": "0 3 31 * *"},
    {"cron": "@hourly"},
    {"cron": "0 12 29 2 *"},
    {"every": "15m"},
    {"every": "6h"},
    {"every": "36h"},
    {"every": "2d"},
    {"daily_at": "00:00"},
    {"daily_at": "02:15,02:30,03:00"},
    {"calendar": "02:30"},
    {"calendar": "*:0/20"},
    {"calendar": "*-*~1 02:30"},
    {"once": "2026-03-29 02:30"},
]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut"]
CHANGES = [
    datetime(2026, 3, 7),
    datetime(2026, 3, 28),
    datetime(2026, 10, 3),
    datetime(2026, 10, 24),
    datetime(2028, 2, 28),
]
SCHEDULES = st.builds(
    lambda form, jitter: Schedule(**form, jitter_seconds=jitter),
    st.sampled_from(FORMS),
    st.sampled_from([0, 0, 59, 900, 7_200]),
)
BEGINS = st.builds(
    lambda day, seconds: day.replace(tzinfo=UTC) + timedelta(seconds=seconds),
    st.sampled_from(CHANGES),
    st.integers(0, 86_400),
)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(after: str, until: str, zone: str = "Europe/Berlin", **form) -> list[str]:
    """Return what is due, in UTC, month to minute."""
    found = due_between(Schedule(**form), moment(after), moment(until), zone, "nightly", 10_000)
    assert not found.is_cut
    return [f"{each:%m-%d %H:%M}" for each in found.moments]


@settings(deadline=None)
@given(SCHEDULES, st.sampled_from(ZONES), BEGINS, st.integers(0, 40 * 3_600), st.integers(0, 40 * 3_600))
def test_two_halves_of_a_stretch_hold_what_the_whole_holds(schedule, zone, after, first, second):
    """What a clock step of an hour, a pause or a restart in the middle loses or doubles: nothing."""
    middle = after + timedelta(seconds=first)
    until = middle + timedelta(seconds=second)
    whole, left, right = (
        due_between(schedule, begin, end, zone, "nightly", 10_000).moments
        for begin, end in ((after, until), (after, middle), (middle, until))
    )
    assert left + right == whole
    assert all(earlier < later for earlier, later in pairwise(whole))
    assert all(after < each <= until for each in whole)


def test_a_time_skipped_in_spring_runs_once_at_the_next_valid_moment():
    for form in ({"daily_at": "02:30"}, {"cron": "30 2 * * *"}, {"cron": "0 30 2 * * *"}):
        assert due("2026-03-28 12:00", "2026-03-30 12:00", **form) == ["03-29 01:00", "03-30 00:30"]
    assert due("2026-03-28 12:00", "2026-03-30 12:00", calendar="02:30") == ["03-30 00:30"]


def test_two_times_that_one_gap_skips_are_one_occurrence():
    assert due("2026-03-28 12:00", "2026-03-29 12:00", daily_at="02:15,02:30,03:00") == ["03-29 01:00"]


def test_a_time_repeated_in_autumn_runs_once():
    for form in ({"daily_at": "02:30"}, {"cron": "30 2 * * *"}, {"cron": "0 30 2 * * *"}, {"calendar": "02:30"}):
        assert due("2026-10-24 12:00", "2026-10-26 12:00", **form) == ["10-25 00:30", "10-26 01:30"]


def test_a_cron_with_a_star_for_its_hour_runs_in_real_time():
    expected = ["10-24 23:30", "10-25 00:30", "10-25 01:30", "10-25 02:30"]
    assert due("2026-10-24 23:00", "2026-10-25 03:00", cron="30 * * * *") == expected


def test_days_begin_at_local_midnight_and_hours_are_counted_in_real_time():
    assert due("2026-10-24 12:00", "2026-10-26 23:30", every="1d") == ["10-24 22:00", "10-25 23:00", "10-26 23:00"]
    assert due("2026-10-24 23:00", "2026-10-25 12:00", every="6h") == ["10-25 00:00", "10-25 06:00", "10-25 12:00"]


def test_a_leap_day_comes_only_in_leap_years():
    assert due("2027-01-01 00:00", "2033-01-01 00:00", zone="UTC", cron="0 12 29 2 *") == ["02-29 12:00"] * 2
    assert due("2027-01-01 00:00", "2033-01-01 00:00", zone="UTC", calendar="*-02-29") == ["02-29 00:00"] * 2


def test_a_jump_of_a_month_is_made_up_for_in_whole_or_cut_and_told():
    schedule = Schedule(every="15m")
    found = due_between(schedule, moment("2026-01-01 00:00"), moment("2026-02-01 00:00"), "UTC", "often", 100)
    assert (len(found.moments), found.is_cut) == (100, True)


def test_jitter_is_the_same_for_the_same_occurrence_and_differs_between_triggers():
    schedule = Schedule(daily_at="03:30", jitter_seconds=3_600)
    first, again, other = (
        list(islice(upcoming(schedule, moment("2026-01-01 00:00"), "UTC", name=name), 5))
        for name in ("backup", "backup", "scrub")
    )
    assert first == again != other
    assert len({each.time() for each in first}) == 5
    assert all(timedelta() <= each - each.replace(hour=3, minute=30, second=0) <= timedelta(hours=1) for each in first)


def test_jitter_never_reaches_the_next_occurrence():
    schedule = Schedule(every="1m", jitter_seconds=86_400)
    found = list(islice(upcoming(schedule, moment("2026-01-01 00:00"), "UTC", name="often"), 200))
    assert [each.replace(second=0) for each in found] == [
        found[0].replace(second=0) + timedelta(minutes=n) for n in range(200)
    ]


def test_the_zone_of_a_schedule_wins_over_stewards_own():
    assert due("2026-01-01 00:00", "2026-01-02 00:00", daily_at="03:30", zone="UTC") == ["01-01 03:30"]
    schedule = Schedule(daily_at="03:30", zone="Asia/Kolkata")
    assert next(upcoming(schedule, moment("2026-01-01 00:00"), "UTC", name="a")) == moment("2026-01-01 22:00")


@pytest.mark.parametrize(
    ("form", "field", "what", "next_step"),
    [
        ({}, "", "nothing says when", "exactly one"),
        ({"cron": "* * * * *", "every": "1h"}, "", "cron and every", "exactly one"),
        ({"cron": "@dialy"}, "cron", "no word", "@daily"),
        ({"cron": "@Every 1h30m"}, "cron", "no word", "write `every: 1h30m`"),
        ({"cron": "@reboot"}, "cron", "no word", "a start of a computer is no time"),
        ({"cron": "0 0 30 2 *"}, "cron", "no cron text", "fit each other"),
        ({"cron": "1 2 3"}, "cron", "no cron text", "minute hour"),
        ({"calendar": "dialy"}, "calendar", "no calendar event", "daily"),
        ({"calendar": "*-02-30"}, "calendar", "never due", "exist"),
        ({"calendar": "*:*:0/10"}, "calendar", "more than once a minute", "one second"),
        ({"calendar": "*:*:0.5"}, "calendar", "part of a second", "whole"),
        ({"every": "30s"}, "every", "too often", "six fields"),
        ({"every": "soon"}, "every", "no interval", "15m"),
        ({"every": "999999w"}, "every", "ten years", "once"),
        ({"daily_at": "3:30"}, "daily_at", "no time of the day", "two digits"),
        ({"daily_at": "23:59:50,00:00:10"}, "daily_at", "less than a minute apart", "minute"),
        ({"once": "2026-02-30 10:00"}, "once", "no moment", "2026-03-01"),
        ({"every": "1h", "zone": "Europe/Berln"}, "zone", "no time zone", "Europe/Berlin"),
        ({"every": "1h", "jitter_seconds": -1}, "jitter_seconds", "-1 s", "86400"),
    ],
)
def test_a_bad_schedule_is_told_with_its_field_and_the_way_out(form, field, what, next_step):
    [problem] = check(Schedule(**form))
    assert problem.field == field
    assert what in problem.what
    assert next_step in problem.next_step
    with pytest.raises(InvalidInput, match=re.escape(problem.what)):
        upcoming(Schedule(**form), moment("2026-01-01 00:00"), "UTC", name="a")


def test_seconds_are_allowed_to_a_cron_that_names_them():
    assert check(Schedule(cron="*/10 * * * * *")) == ()


def test_nothing_is_due_after_the_end_of_time_or_before_its_beginning():
    far = datetime(9999, 12, 31, tzinfo=UTC)
    assert list(upcoming(Schedule(every="1h"), far, "UTC", name="a")) == []
    early = datetime(1, 1, 1, tzinfo=UTC)
    assert next(upcoming(Schedule(cron="* * * * *", jitter_seconds=60), early, "UTC", name="a")).year == 1970


TEXTS = st.text(alphabet="0123456789*/,-#L@ ~:.MonSatdilyhmw", max_size=40) | st.text(max_size=60)


@settings(deadline=None)
@given(st.sampled_from(["cron", "every", "daily_at", "calendar", "once"]), TEXTS, st.sampled_from(ZONES))
def test_any_text_is_a_schedule_or_has_a_problem_and_nothing_else(form, text, zone):
    schedule = Schedule(**{form: text})
    if check(schedule, zone):
        with pytest.raises(InvalidInput):
            upcoming(schedule, moment("2026-01-01 00:00"), zone, name="a")
        return
    found = list(islice(upcoming(schedule, moment("2026-01-01 00:00"), zone, name="a"), 3))
    assert found == sorted(set(found))
