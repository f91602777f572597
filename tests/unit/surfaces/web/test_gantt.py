"""Bars stand where the times are, whatever the times are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from steward.surfaces.web.gantt import bars, columns

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def at(seconds):
    return None if seconds is None else (NOW + timedelta(seconds=seconds)).isoformat()


def step(name, state, started, ended, undo_started=None, undo_ended=None):
    return {
        "id": name,
        "state": state,
        "started": at(started),
        "ended": at(ended),
        "undo_started": at(undo_started),
        "undo_ended": at(undo_ended),
    }


def drawn(run, *steps, now=10):
    return bars(run, {"as_of": at(now), "steps": list(steps)})


def test_a_step_that_ended_has_its_share_and_one_that_goes_on_reaches_now():
    found = drawn(
        {"started": at(0), "ended": None},
        step("a", "done", 0, 5),
        step("b", "running", 5, None),
        step("c", "pending", None, None),
    )
    assert found["a"] == [{"x": 0.0, "width": 50.0, "tone": "ok"}]
    assert found["b"] == [{"x": 50.0, "width": 50.0, "tone": "watch"}]
    assert found["c"] == []


def test_putting_back_has_a_bar_of_its_own():
    found = drawn({"started": at(0), "ended": at(10)}, step("a", "rolled_back", 0, 2, 8, 10))
    assert [(bar["x"], bar["tone"]) for bar in found["a"]] == [(0.0, "warning"), (80.0, "warning")]


def test_what_was_instant_is_still_seen_and_stays_inside():
    found = drawn({"started": at(0), "ended": at(10)}, step("a", "done", 10, 10))
    assert found["a"] == [{"x": 99.0, "width": 1.0, "tone": "ok"}]


def test_a_run_that_never_began_has_no_bars():
    assert drawn({"started": None, "ended": at(1)}, step("a", "skipped", None, None)) == {}


def test_columns_stand_oldest_first_as_high_as_they_took_long():
    past = [{"id": "new", "state": "failed", "seconds": 5.0}, {"id": "old", "state": "verified", "seconds": 10.0}]
    assert [(each["id"], each["x"], each["height"], each["tone"]) for each in columns(past)] == [
        ("old", 0, 24.0, "ok"),
        ("new", 4, 12.0, "down"),
    ]
    assert columns([]) == []
