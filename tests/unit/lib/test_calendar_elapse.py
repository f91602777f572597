"""Calendar events elapse when the real systemd says so."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st

from steward.lib.calendar_elapse import next_elapse
from steward.lib.calendar_event import CalendarError, calendar_event
from tests.unit.lib.calendar_texts import cases
from tests.unit.lib.systemd_calendar import REASON, SYSTEMD, GaveUp, said_by_steward, said_by_systemd

BERLIN = ZoneInfo("Europe/Berlin")

TEXTS = """
daily|weekly|monthly|quarterly|semiannually|semi-annually|biannually|hourly|minutely|yearly|annually|Daily|WEEKLY
Mon..Fri *-*-* 03:00|Mon,Fri *-01/2-01,03 *:30:45|Mon,Wed *-*-* 12:00|Sat,Sun 08:05|Mon..Mon|Mon-Wed|Mon,|tue
TUESDAY 5:00|Mon  05:00|Mon..Wed,Fri 5:0|Sun..Sun|Mon-Sun|Mon..Sun 4:00|Fri *-*-13|Mon|Mon *-05~07/1
*-*-1..7 18:00:00|12,14,13,12:20,10,30|*:0/15|*:59|*-02~01|*-02~03|*-05~07/1|*-*~1|*-*~1..5|*-*~1..5/2|Mon *~1
*-*~28|*-*~27/1|*-*~2,5|02-29|*-02-29|Mon *-02-29|*-02-30|*-04-31|2027-3-29 02:30|02:30|*:*:*|*:*:0/10|*:*:0.5
*:*:0/7.25|*:*:10..30/5|*:*:1..3.5|03-05|08:05:40|2003-03-05|*-*-*|70-01-01|99-1-1|28-1-1|2199-12-31|@1800000000
@1800000000 UTC|@5|daily UTC|daily Europe/Berlin|Mon 02:30 America/New_York|*-*-31|*-02,04,06-31|*-*-29..31
0/1:0|*-*-1/10|*-1/4-1|*-*-1,1,1|2026..2030-1-1|2026/2-1-1|*-12-31 23:59:59|Sun *-12-31|*-*-* 5:00 |01-02..05 3:00
*:*:00..59|*:00/20:30|9..17:0/30|9..17/2:00|*:*:0,20,40|2028-02-29 12:34:56.789|2026-11-1|2028-02-29 00:00
02:00,30|*:30 Australia/Lord_Howe|*:*:59.9999994|00:00 Asia/Beirut|weekly utc|*-*-1/3 1..4:7/13:9|Wed *-*~1..7
*~1,28|*~1..25,1|*~1,1..26|*~2..28,3|*~1,2,22|*~1,2,23
Mon..Fri|Fri..Mon|Mon..|2200-1-1|1969-01-01|00-12|*-*-* 3|5|*|*-*|@5 5:00|daily 5:00|23/1:00|0/24:0|1/23:0|*:0/60
*:59/1|*/2:00|*:*/2|-1:00|1..5|*-*~5..1|*-*~31|*-*~31/7|*-2~29|*-*-*T05:00|24:00|*:60|*:*:60|*:*:59.9999999|:|1:
1::2|1:2:|Mon..Wed-Fri 5:0|,|Mon,,Tue|Tues 5:00|*-*-* 02:30 Europe/Nowhere|10..3:00|*-*-0|*-0-1|*:*:5/0|*:*:.5|+1:00
""".strip().replace("\n", "|").split("|")  # fmt: skip

BASES = [
    ("UTC", datetime(2026, 1, 1)),
    ("Europe/Berlin", datetime(2026, 10, 24, 22, 10)),
    ("Europe/Berlin", datetime(2026, 3, 28, 22, 10)),
    ("America/New_York", datetime(2028, 2, 28, 23, 59, 59)),
]

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Auckland"]


@pytest.mark.skipif(SYSTEMD is None, reason=REASON)
@pytest.mark.parametrize(("zone", "after"), BASES)
def test_every_text_elapses_when_systemd_says_and_is_refused_where_systemd_refuses(zone, after):
    asked = ((text, said_by_systemd(text, after, zone, 4), said_by_steward(text, after, zone, 4)) for text in TEXTS)
    differing = [(text, theirs, ours) for text, theirs, ours in asked if theirs != ours]
    assert differing == []


def _part(draw, least: int, most: int) -> str:
    values = []
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(least, most))
        stop = draw(st.none() | st.integers(start, most))
        repeat = draw(st.none() | st.integers(1, most - least))
        values.append(f"{start}" + (f"..{stop}" if stop is not None else "") + (f"/{repeat}" if repeat else ""))
    return draw(st.sampled_from(["*", ",".join(values)]))


@st.composite
def expressions(draw) -> str:
    days = draw(st.lists(st.sampled_from(["Mon", "tue", "Wed..Fri", "Sat,Sun", "Sunday"]), max_size=2))
    end = draw(st.booleans())
    date = f"{_part(draw, 1, 12)}{'~' if end else '-'}{_part(draw, 1, 28 if end else 31)}"
    year = draw(st.sampled_from(["", "*-", "2026/3-", "2030..2050-", "28-"]))
    clock = f"{_part(draw, 0, 23)}:{_part(draw, 0, 59)}" + draw(st.sampled_from(["", ":0", ":*", ":7/13", ":59"]))
    zone = draw(st.sampled_from(["", "", " UTC", " Europe/Berlin", " America/New_York"]))
    return f"{','.join(days)}{' ' if days else ''}{year}{date} {clock}{zone}"


@pytest.mark.skipif(SYSTEMD is None, reason=REASON)
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(expressions(), st.datetimes(datetime(1975, 1, 1), datetime(2190, 1, 1)), st.sampled_from(ZONES))
def test_expressions_that_nobody_thought_of_elapse_when_systemd_says(text, after, zone):
    after = after.replace(microsecond=0)
    shown = (after.replace(tzinfo=UTC).astimezone(ZoneInfo(name)) for name in (*ZONES, zone))
    assume(not any(local.fold for local in shown))  # only there systemd's answer hangs on where it is asked from
    try:
        theirs = said_by_systemd(text, after, zone, 3)
    except GaveUp:
        reject()
    assert said_by_steward(text, after, zone, 3) == theirs


@pytest.mark.skipif(SYSTEMD is None, reason=REASON)
def test_texts_by_dice_elapse_when_systemd_says_around_changes_of_the_clock_too():
    """STEWARD_CALENDAR_CASES=20000 compares more of them."""
    counts = {"refused": 0, "never": 0, "elapsing": 0}
    differing = []
    for case in cases(seed=7, count=int(os.environ.get("STEWARD_CALENDAR_CASES", "300"))):
        try:
            theirs = said_by_systemd(case.text, case.after, case.zone, 4)
        except GaveUp:
            continue
        counts["refused" if theirs is None else "elapsing" if theirs else "never"] += 1
        ours = said_by_steward(case.text, case.after, case.zone, 4)
        differing += [] if ours == theirs else [(case, theirs, ours)]
    assert differing == []
    assert all(counts.values()), counts


@pytest.mark.parametrize(
    ("text", "zone", "after", "first"),
    [
        (
            "1,14:20",
            "Europe/Dublin",
            datetime(2019, 3, 30, 23, 33, tzinfo=UTC),
            datetime(2019, 3, 31, 13, 20, tzinfo=UTC),
        ),
        ("*:00", "Africa/Casablanca", datetime(2025, 4, 6, 1, 47, tzinfo=UTC), datetime(2025, 4, 6, 2, 0, tzinfo=UTC)),
        ("4/6:00", "Africa/Cairo", datetime(2010, 9, 9, 20, 55, tzinfo=UTC), datetime(2010, 9, 10, 1, 0, tzinfo=UTC)),
    ],
)
def test_where_systemd_loses_a_day_or_gives_up_only_the_skipped_hour_is_left_out(text, zone, after, first):
    """Zones whose winter time is the shifted one, and those whose clocks skip midnight."""
    assert next_elapse(calendar_event(text), after, ZoneInfo(zone)) == first


def test_a_local_time_that_comes_twice_elapses_the_first_time_wherever_it_is_asked_from():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    event = calendar_event("02:30")
    assert next_elapse(event, first - timedelta(minutes=20), BERLIN) == first
    assert next_elapse(event, first + timedelta(minutes=40), BERLIN) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_what_never_elapses_ends_with_a_clear_answer():
    for text in ("*-02-30", "Mon 2026-07-28", "2003-03-05", "*-04-31 *:*:0/1"):
        assert next_elapse(calendar_event(text), datetime(2026, 1, 1, tzinfo=UTC), BERLIN) is None


@settings(deadline=None)
@given(st.text(alphabet="0123456789*:-~./, MonFri", max_size=30), st.datetimes(timezones=st.just(UTC)))
def test_any_text_that_is_read_elapses_later_or_never(text, after):
    assume(datetime(1970, 1, 2, tzinfo=UTC) < after < datetime(2500, 1, 1, tzinfo=UTC))
    try:
        event = calendar_event(text)
    except CalendarError:
        return
    moment = next_elapse(event, after, BERLIN)
    assert moment is None or moment > after
