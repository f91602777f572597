"""Choosing: what is missed, what waits, what begins; every row has exactly one choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.trigger import Missed, Occurrence, OccurrenceState, Overlap, Schedule, Trigger, TriggerKind
from steward.reactor.choosing import Choice, choose

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
OPEN = (OccurrenceState.DUE, OccurrenceState.CLAIMED, OccurrenceState.STARTED, OccurrenceState.ASKED)


def trigger(missed: Missed, overlap: Overlap, most: int = 1) -> Trigger:
    return Trigger(
        name="tidy",
        kind=TriggerKind.SCHEDULE,
        schedule=Schedule(every="1m"),
        source={},
        missed=missed,
        overlap=overlap,
        most_at_once=most,
    )


def row(number: int, minutes_ago: int, state: OccurrenceState = OccurrenceState.DUE, reason: str = "") -> Occurrence:
    run = "run-1" if state is OccurrenceState.STARTED else None
    due = NOW - timedelta(minutes=minutes_ago)
    return Occurrence(id=f"occ-{number}", trigger="tidy", due=due, state=state, event={}, reason=reason, run=run)


@given(
    st.sampled_from(Missed),
    st.sampled_from(Overlap),
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from(OPEN)), max_size=12),
)
def test_every_due_row_has_one_choice_and_no_more_begin_than_may(
    missed: Missed, overlap: Overlap, most: int, given_rows: list[tuple[int, OccurrenceState]]
):
    ordered = sorted(given_rows, key=lambda pair: -pair[0])
    rows = [row(number, minutes, state) for number, (minutes, state) in enumerate(ordered)]
    chosen = choose(trigger(missed, overlap, most), rows, NOW)
    due = [each.id for each in rows if each.state is OccurrenceState.DUE]
    assert sorted(each.row.id for each in chosen) == sorted(due)
    busy = sum(each.state in (OccurrenceState.CLAIMED, OccurrenceState.STARTED) for each in rows)
    begin = sum(each.choice is Choice.BEGIN for each in chosen)
    assert begin <= max(0, (most if overlap is Overlap.ALLOW else 1) - busy)
    assert all(each.reason for each in chosen if each.choice is not Choice.BEGIN)


@pytest.mark.parametrize(
    ("missed", "begins"), [(Missed.ONCE, ["occ-2"]), (Missed.ALL, ["occ-1"]), (Missed.SKIP, []), (Missed.ASK, [])]
)
def test_of_two_missed_ones_the_policy_says_which_begins(missed: Missed, begins: list[str]):
    chosen = choose(trigger(missed, Overlap.SKIP), [row(1, 50), row(2, 20)], NOW)
    assert [each.row.id for each in chosen if each.choice is Choice.BEGIN] == begins


def test_one_in_time_takes_the_place_of_those_that_were_missed():
    chosen = {each.row.id: each for each in choose(trigger(Missed.ONCE, Overlap.SKIP), [row(1, 50), row(2, 0)], NOW)}
    assert chosen["occ-1"].to is OccurrenceState.MISSED
    assert chosen["occ-2"].choice is Choice.BEGIN


def test_what_was_tried_or_waits_its_turn_is_not_missed():
    waiting = row(1, 50, reason="it waits for the one before it")
    chosen = choose(trigger(Missed.SKIP, Overlap.QUEUE), [waiting], NOW)
    assert [each.choice for each in chosen] == [Choice.BEGIN]


@pytest.mark.parametrize("reason", ["it waits for the one before it", "it was missed, and waits for those before it"])
def test_the_newest_keeps_its_place_in_the_queue_of_one_that_makes_up_for_all(reason: str):
    rows = [row(1, 50, OccurrenceState.STARTED), row(2, 40, reason=reason), row(3, 0)]
    chosen = {each.row.id: each for each in choose(trigger(Missed.ALL, Overlap.QUEUE), rows, NOW)}
    assert chosen["occ-3"].choice is Choice.WAIT
    is_owed = "missed" in reason
    assert chosen["occ-2"].choice is (Choice.WAIT if is_owed else Choice.SETTLE)
