"""The tables of workflows."""

from __future__ import annotations

from datetime import UTC, datetime

from steward.surfaces.cli.style import Style
from steward.surfaces.cli.views import view

LINE = {"name": "updates", "title": "Update all", "inputs": ["rings*"], "steps": 3, "is_shipped": True, "problem": ""}
PLAIN = Style(color=False, is_terminal=False, width=100, now=datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_the_list_tells_where_each_comes_from_and_how_it_went():
    own = {**LINE, "name": "mine", "is_shipped": False, "last": {"state": "verified", "created": "", "ended": None}}
    text = view("workflow.ls", {"sentence": "2 workflows, 1 of yours.", "workflows": [LINE, own]}, PLAIN)
    assert "2 workflows, 1 of yours." in text
    assert next(line for line in text.split("\n") if line.startswith("updates")).split()[-2:] == ["Steward", "-"]
    assert "verified" in next(line for line in text.split("\n") if line.startswith("mine"))


def test_a_page_holds_steps_text_versions_and_runs():
    page = {
        "name": "updates",
        "title": "Update all",
        "goal": "all is new",
        "file": "workflows/updates.yaml",
        "text": "kind: Workflow\nname: updates\n",
        "graph": [{"id": "a", "kind": "command", "says": "unit.stop", "needs": ["b"], "is_fan_out": True}],
        "problems": ["it is broken"],
        "versions": [{"commit": "0123456789abcdef", "title": "Update some", "steps": 2}],
        "runs": [{"run": "run-1", "state": "failed", "created": "", "ended": None}],
    }
    text = view("workflow.show", page, PLAIN)
    for said in ("unit.stop (several)", "name: updates", "0123456789ab ", "run-1", "it is broken", "all is new"):
        assert said in text


def test_a_page_tells_what_must_be_given_to_start_it():
    inputs = [
        {"name": "bay", "says": "Which bay", "kind": "text", "default": None},
        {"name": "careful", "says": "", "kind": "boolean", "default": True},
    ]
    text = view("workflow.show", {"name": "swap", "title": "Swap", "inputs": inputs}, PLAIN)
    assert "bay      Which bay, text, must be given" in text
    assert "careful  boolean, else yes" in text


def test_at_80_columns_the_list_still_tells_what_each_does():
    narrow = Style(color=False, is_terminal=True, width=80, now=datetime(2026, 3, 1, 12, tzinfo=UTC))
    long = {**LINE, "name": "service-restart-chain", "title": "Restart services that stand on each other"}
    last = {"state": "rolled_back", "created": "", "ended": "2026-03-01T11:50:00Z"}
    text = view("workflow.ls", {"sentence": "", "workflows": [{**long, "last": last}]}, narrow)
    assert "Restart services" in text
    assert "rolled back  10 min ago" in text
    assert max(map(len, text.split("\n"))) <= 80


def test_each_problem_has_its_place():
    problem = {"line": 3, "column": 5, "what": "no", "why": "so", "next_step": "mend it"}
    text = view("workflow.check", {"sentence": "1 problem.", "file": "w.yaml", "problems": [problem]}, PLAIN)
    assert "w.yaml:3:5: no: so. Next: mend it" in text
