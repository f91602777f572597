"""What a card asks the scripts to draw, and where it leads for a grant."""

from __future__ import annotations

import pytest

from steward.surfaces.web.grounds import drawing_of, grantable

REACHED = {"id": "a", "name": "db", "kind": "service", "machine": "nas", "is_touched": True, "way": ""}
PLAN = {
    "risk": "reversible",
    "taint": "trusted",
    "undoes": None,
    "targets": [{"machine": "m-1", "name": "nas"}, {"machine": "m-2", "name": "pi"}],
    "steps": [
        {"command": {"name": "unit.restart"}, "machine": "m-2"},
        {"command": {"name": "unit.restart"}, "machine": "m-1"},
        {"command": {"name": "unit.start"}, "machine": "m-1"},
    ],
}


@pytest.mark.parametrize(("state", "tone"), [("up", "ok"), ("down", "down"), ("declared", "unknown"), ("", "unknown")])
def test_only_what_is_seen_to_run_is_drawn_as_good(state, tone):
    drawn = drawing_of({"reached": [{**REACHED, "state": state}], "edges": []})
    assert drawn["nodes"][0]["tone"] == tone
    assert drawn["nodes"][0]["is_touched"] is True


def test_each_kind_of_step_leads_to_a_grant_for_the_machines_it_is_on():
    assert [each["query"] for each in grantable(PLAN)] == [
        "command=unit.restart&machine=nas&machine=pi",
        "command=unit.start&machine=nas",
    ]


@pytest.mark.parametrize(
    "other", [{"risk": "risky"}, {"risk": "destructive"}, {"taint": "outside"}, {"undoes": "run-1"}]
)
def test_what_no_grant_could_cover_leads_to_none(other):
    assert grantable({**PLAN, **other}) == []
