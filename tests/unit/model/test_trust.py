"""How autonomy is earned: ten in a row, one bad end, and nothing that was not asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.grant import PROBATION, PROBATION_DAILY, Origin
from steward.model.run import RunState
from steward.model.trust import BAD, CLEAN, ROW, Deed, Standing, Turn, earned, is_covered, standings, turn_of

START = datetime(2026, 3, 1, tzinfo=UTC)
TURNS = st.sampled_from(Turn)


def deed(number: int, turn: Turn = Turn.GOOD, **changes: Any) -> Deed:
    made = Deed(
        run=f"run-{number:04}",
        command="unit.restart",
        machine="m-1",
        where={"unit": "a.service"},
        groups=(),
        turn=turn,
        at=START + timedelta(hours=number),
    )
    return replace(made, **changes)


def standing_of(*turns: Turn) -> Standing:
    (found,) = standings(deed(number, turn) for number, turn in enumerate(turns))
    return found


def test_ten_good_ones_earn_and_one_bad_one_takes_it_all():
    now = START + timedelta(days=1)
    assert not standing_of(*[Turn.GOOD] * (ROW - 1)).is_ready(now)
    assert standing_of(*[Turn.GOOD] * ROW).is_ready(now)
    fallen = standing_of(*[Turn.GOOD] * ROW, Turn.BAD)
    assert (fallen.row, fallen.machines, fallen.is_ready(now)) == (0, (), False)
    again = standing_of(*[Turn.GOOD] * ROW, Turn.BAD, *[Turn.GOOD] * ROW)
    assert again.row == ROW
    assert not again.is_ready(now), "nothing bad in 30 days"
    assert again.is_ready(START + timedelta(hours=ROW) + CLEAN)


def test_a_no_starts_the_count_again_and_costs_no_month():
    again = standing_of(*[Turn.GOOD] * ROW, Turn.BROKEN, *[Turn.GOOD] * ROW)
    assert again.row == ROW
    assert again.is_ready(START + timedelta(days=1))


@given(st.lists(TURNS, max_size=40))
def test_the_row_is_what_came_since_the_last_break(turns: list[Turn]):
    found = standings(deed(number, turn) for number, turn in enumerate(turns))
    since: list[Turn] = []
    for turn in turns:
        since = [] if turn in {Turn.BAD, Turn.BROKEN} else [*since, turn]
    assert (found[0].row if found else 0) == since.count(Turn.GOOD)
    bad = [number for number, turn in enumerate(turns) if turn is Turn.BAD]
    if found and bad:
        assert found[0].last_bad == START + timedelta(hours=bad[-1])
        assert not found[0].is_ready(found[0].last_bad + CLEAN - timedelta(seconds=1))


@given(st.lists(TURNS, min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_the_order_of_reading_says_nothing(turns: list[Turn], dice: Any):
    deeds = [deed(number, turn) for number, turn in enumerate(turns)]
    mixed = list(deeds)
    dice.shuffle(mixed)
    assert standings(mixed) == standings(deeds)


@pytest.mark.parametrize(
    "change",
    [
        {"command": "unit.start"},
        {"where": {"unit": "b.service"}},
        {"where": {}},
        {"machine": "m-2"},
        {"groups": ("media",)},
        {"where": {"unit": 1}},
    ],
    ids=str,
)
def test_another_thing_is_another_class(change: dict[str, Any]):
    assert deed(1).kind != deed(1, **change).kind


def test_machines_of_the_same_groups_are_of_one_class_and_only_the_proven_ones_are_covered():
    deeds = [deed(number, machine=f"m-{number % 2}", groups=("b", "a")) for number in range(ROW)]
    (found,) = standings([*deeds, deed(99, Turn.NOTHING, machine="m-7", groups=("a", "b"))])
    assert (found.row, set(found.machines)) == (ROW, {"m-0", "m-1"})


def test_numbers_and_words_are_told_apart():
    assert deed(1, where={"count": 1}).kind != deed(1, where={"count": "1"}).kind
    assert deed(1, where={"count": 1}).kind != deed(1, where={"count": True}).kind


@pytest.mark.parametrize("state", RunState)
def test_only_an_approved_and_verified_run_is_good(state: RunState):
    turn = turn_of(state, was_approved=True, is_undo=False)
    assert (turn is Turn.GOOD) == (state is RunState.VERIFIED)
    assert (turn is Turn.BAD) == (state in BAD)
    assert turn_of(RunState.VERIFIED, was_approved=False, is_undo=False) is Turn.NOTHING
    assert turn_of(RunState.VERIFIED, was_approved=True, is_undo=True) is Turn.BAD


def test_an_earned_grant_begins_on_probation_and_covers_what_was_proven():
    standing = standing_of(*[Turn.GOOD] * ROW)
    grant = earned(standing, grant="grant-1", by="owner", now=START)
    assert (grant.origin, grant.is_on_probation, grant.daily_maximum) == (Origin.EARNED, True, PROBATION_DAILY)
    assert (grant.targets, grant.where) == (("m-1",), {"unit": "a.service"})
    assert grant.expires - grant.created == PROBATION
    assert is_covered(standing, [grant], START)
    for lost in (
        replace(grant, suspended=START),
        replace(grant, revoked=START),
        replace(grant, expires=START),
        replace(grant, targets=()),
        replace(grant, where={"unit": "b.service"}),
    ):
        assert not is_covered(standing, [lost], START)
