"""Triggers, weeks, goals and waiting runs in the terminal: they fit into 80 columns and say what comes next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from steward.surfaces.cli.style import Style, styled
from steward.surfaces.cli.views import view

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
STATES = ("due", "claimed", "started", "asked", "ended", "skipped", "missed", "refused", "failed")


@pytest.fixture
def style() -> Style:
    return styled(is_terminal=False, width=80, environment={"NO_COLOR": "1"}, now=NOW)


def occurrence(state: str, *, is_good: bool | None, **more: Any) -> dict[str, Any]:
    given = {"trigger": "nightly", "due": "2026-03-02T05:30:00+00:00", "state": state, "is_good": is_good}
    return {"result": "", "reason": "", "run": None, "seconds": None, "is_late": False, **given, **more}


def test_an_empty_list_teaches_the_first_step(style: Style):
    told = view("trigger.ls", {"sentence": "0 triggers.", "total": 0, "triggers": [], "problems": []}, style)
    assert "steward trigger schedule look --daily-at 07:00 --goal health-check" in told
    narrowed = view("trigger.ls", {"sentence": "0 triggers.", "total": 3, "triggers": [], "problems": []}, style)
    assert "steward" not in narrowed


@pytest.mark.parametrize("state", ["on", "off", "paused", "in trouble"])
def test_a_trigger_is_told_however_it_stands(style: Style, state: str):
    line = {"name": "nightly", "state": state, "kind": "schedule", "when": "every hour", "starts": "goal look"}
    told = view("trigger.ls", {"sentence": "1 trigger.", "total": 1, "triggers": [line], "problems": []}, style)
    assert f" {state} " in told
    assert state in view("trigger.show", {"trigger": line, "next": [], "history": [], "text": ""}, style)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("is_good", [None, True, False])
def test_an_occurrence_is_told_wherever_it_stands(style: Style, state: str, *, is_good: bool | None):
    rows = [occurrence(state, is_good=is_good)]
    assert state in view("trigger.history", {"sentence": "1 occurrence.", "occurrences": rows}, style)


def test_what_lies_ahead_is_told_as_ahead(style: Style):
    due = {"due": "2026-03-02T12:10:00+00:00", "trigger": "nightly", "starts": "goal look", "usual_seconds": 3.0}
    told = view("schedule.next", {"sentence": "nightly is due next.", "next": [due]}, style)
    assert "in 10 min" in told
    assert "ago" not in told


@pytest.mark.parametrize(
    ("state", "says"),
    [("paused", "nothing while it is paused"), ("off", "`enabled: false`"), ("on", ""), ("in trouble", "")],
)
def test_a_trigger_that_is_paused_or_off_says_why_it_has_no_next_times(style: Style, state: str, says: str):
    line = {"name": "nightly", "state": state, "kind": "schedule", "when": "every hour", "starts": "goal look"}
    due = [] if says else ["2026-03-02T12:10:00+00:00"]
    told = view("trigger.show", {"trigger": line, "next": due, "history": [], "text": ""}, style)
    assert says in told
    assert ("It starts nothing" in told, "in 10 min" in told) == (bool(says), not says)


def test_a_week_tells_quiet_hours_the_brake_and_what_went_wrong_and_gathers_the_rest(style: Style):
    moments = [
        {"trigger": "often", "due": f"2026-03-02T{hour:02}:00:00+00:00", "minute": hour * 60, "is_quiet": hour < 7}
        for hour in range(24)
    ]
    missed = occurrence("missed", is_good=False, trigger="often", due=moments[3]["due"], is_late=True, reason="off")
    week = {
        "sentence": "24 starts in the week of 2026-03-02.",
        "days": [{"day": "2026-03-02", "moments": moments}],
        "happened": [missed],
        "quiet": [{"hours": "22:00-07:00", "rule": "nights", "then": "deny", "reason": ""}],
        "brake": {"brake": "freeze", "by": "owner", "reason": "", "until": None, "since": None},
    }
    told = view("schedule.week", week, style)
    assert "Quiet hours 22:00-07:00: changes are refused (rule `nights`)." in told
    assert "freeze" in told.lower()
    assert "missed (late)" in told
    assert "23 times" in told


def test_a_secret_address_stands_on_a_line_of_its_own(style: Style):
    shown = {"sentence": "The address of x.", "address": "https://s.lan/ping/00", "uses": ["ADDRESS  well"]}
    assert "\nhttps://s.lan/ping/00\n" in view("trigger.address", shown, style)


def test_a_run_that_waits_says_for_what(style: Style):
    run = {"id": "run-1", "state": "suspended", "title": "Swap a disk", "waits_for": ["hands", "time"], "reason": ""}
    assert "waits for a person's hands and a time" in view("runs.ls", {"runs": [run], "more": ""}, style)


def test_goals_are_told_in_words_and_fit(style: Style):
    line = {"name": "look", "title": "Look around", "is_shipped": True, "plans": 5, "problems": []}
    assert "steward goal run" in view("goal.ls", {"sentence": "1 goal.", "goals": [line]}, style)
    goal = {
        "name": "look",
        "title": "Look around",
        "words": "# Look around\n\nLook at every machine and say what is wrong.",
        "budget": {"plans": 5, "irreversible": False},
        "allow": ["unit.restart"],
        "success": ["[FAILED_UNITS] == 0"],
    }
    told = view("goal.show", goal, style)
    assert "5 plans a run, none that cannot be put back" in told
    assert told.count("Look around") == 1
    report = {
        "sentence": "`look` is not met.",
        "proposed": [{"finding": "f", "title": "Down", "code": "ABCD", "run": ""}],
        "left": [{"finding": "g", "title": "Old", "why": "no fix"}],
        "success": [{"machine": "nas", "line": "[FAILED_UNITS] == 0", "holds": None, "seen": "not looked at"}],
        "missing": [],
        "no_model": "No model took part.",
    }
    told = view("goal.run", report, style)
    for words in ("ABCD", "no fix", "cannot be told", "No model took part."):
        assert words in told
    assert all(len(row) <= 80 for row in told.splitlines())
