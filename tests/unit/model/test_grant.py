"""A grant never widens by being narrowed, and never speaks for more than it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.model.grant import (
    LONGEST,
    PROVEN_DAILY,
    Grant,
    Weekday,
    after_probation,
    is_live,
    runs_others,
)
from steward.model.policy import Request, Rules, Verdict, decide
from tests.unit.model.test_policy import GRANT, NO_RULES, NOW, RESTART, grants, requests, rules

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
HOURS = st.sampled_from(["", "22:00-07:00", "00:00-12:00", "12:00-00:00", "09:15-09:16", "nonsense"])
DAYS = st.lists(st.sampled_from(Weekday), unique=True).map(tuple)
windowed = st.builds(replace, st.just(GRANT), hours=HOURS, weekdays=DAYS)


def narrowings(grant: Grant) -> st.SearchStrategy[Grant]:
    """Give grants that say less: in one or several ways."""
    return st.builds(
        replace,
        st.just(grant),
        targets=st.sets(st.sampled_from(grant.targets)).map(tuple) if grant.targets else st.just(()),
        where=st.dictionaries(st.sampled_from(["unit", "count", "other"]), st.sampled_from(["a", 1]), max_size=2).map(
            lambda more: {**more, **grant.where}
        ),
        daily_maximum=st.integers(0, max(grant.daily_maximum, 0)),
        expires=st.integers(0, 100).map(lambda days: grant.expires - timedelta(days=days)),
        revoked=st.just(grant.revoked) | st.just(NOW),
        suspended=st.just(grant.suspended) | st.just(NOW),
        hours=HOURS if not grant.hours else st.just(grant.hours),
        weekdays=DAYS if not grant.weekdays else st.just(grant.weekdays),
    )


narrowed = grants.flatmap(lambda given: st.tuples(st.just(given), st.tuples(*(narrowings(one) for one in given))))


@settings(max_examples=400)
@given(rules, narrowed, requests)
def test_what_narrower_grants_allow_the_wider_ones_allow(
    by: Rules, pair: tuple[tuple[Grant, ...], tuple[Grant, ...]], request: Request
):
    wide, narrow = pair
    if decide(by, narrow, request).verdict is Verdict.ALLOW:
        assert decide(by, wide, request).verdict is Verdict.ALLOW


@settings(max_examples=400)
@given(rules, grants, grants, requests)
def test_more_grants_never_allow_less_and_fewer_never_more(
    by: Rules, some: tuple[Grant, ...], more: tuple[Grant, ...], request: Request
):
    order = {Verdict.ALLOW: 0, Verdict.ASK: 1, Verdict.DENY: 2}
    few, many = decide(by, some, request), decide(by, (*some, *more), request)
    assert order[many.verdict] <= order[few.verdict]
    assert (few.verdict is Verdict.DENY) == (many.verdict is Verdict.DENY), "no grant lifts a no"


@given(windowed, MOMENTS)
def test_hours_and_days_only_take_away(grant: Grant, now: datetime):
    placed = replace(grant, created=now, expires=now + timedelta(days=1))
    without = replace(placed, hours="", weekdays=())
    assert not is_live(placed, now) or is_live(without, now)


@pytest.mark.parametrize(
    ("hours", "clock", "holds"),
    [
        ("22:00-07:00", (22, 0), True),
        ("22:00-07:00", (6, 59), True),
        ("22:00-07:00", (7, 0), False),
        ("09:00-17:00", (8, 59), False),
        ("nonsense", (12, 0), False),
    ],
)
def test_a_grant_holds_in_its_hours(hours: str, clock: tuple[int, int], holds: bool):
    now = NOW.replace(hour=clock[0], minute=clock[1])
    grant = replace(GRANT, hours=hours)
    assert is_live(grant, now) is holds
    verdict = decide(NO_RULES, (grant,), replace(RESTART, now=now)).verdict
    assert (verdict is Verdict.ALLOW) is holds


def test_a_grant_holds_on_its_days():
    sunday = NOW
    assert f"{sunday:%a}" == "Sun"
    assert is_live(replace(GRANT, weekdays=(Weekday.SUN,)), sunday)
    assert not is_live(replace(GRANT, weekdays=(Weekday.MON, Weekday.SAT)), sunday)


def test_after_probation_a_grant_lives_no_longer_than_any_other():
    grant = after_probation(replace(GRANT, is_on_probation=True, daily_maximum=1))
    assert (grant.daily_maximum, grant.is_on_probation) == (PROVEN_DAILY, False)
    assert grant.expires - grant.created == LONGEST


@pytest.mark.parametrize(
    ("argv", "found"),
    [
        (("/usr/bin/systemctl", "restart", "a.service"), ""),
        (("sudo", "-n", "--", "/usr/bin/systemctl", "restart", "a.service"), ""),
        (("/bin/sh", "-c", "true"), "sh"),
        (("sudo", "-n", "--", "/usr/bin/python3.11", "x"), "python3.11"),
        (("sudo", "-n", "--", "sudo", "-n", "--", "true"), "sudo"),
        (("/usr/bin/env", "systemctl"), "env"),
        ((), ""),
    ],
)
def test_shells_interpreters_and_wrappers_are_known(argv: tuple[str, ...], found: str):
    assert runs_others(argv) == found
