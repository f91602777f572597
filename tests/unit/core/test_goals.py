"""Goals as files: what they say, and every problem with its line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.app.commands import catalogue_of
from steward.app.plugins import load_know_how
from steward.core.goals import Goals, GoalWords, parse_goal
from steward.model.errors import InvalidFile, NotFound
from steward.testing.places import MemoryRepository
from steward.testing.stage import OWNER

KNOW_HOW = load_know_how()
WORDS = GoalWords(
    facts=frozenset(fact.name for fact in KNOW_HOW.facts),
    commands=frozenset(catalogue_of(KNOW_HOW).operations),
    measures={measure.name: measure for measure in KNOW_HOW.measures},
)
GOOD = """---
gather: [units]
allow: [unit.restart, "packages.*"]
budget: {plans: 2}
success: ["[FAILED_UNITS] == 0"]
---
# Keep it running

In words.
"""


def problems(text: str, file: str = "goals/night.md") -> list[str]:
    with pytest.raises(InvalidFile) as caught:
        parse_goal(text, file=file, words=WORDS)
    return [str(problem) for problem in caught.value.problems]


def test_a_goal_is_its_fields_and_its_words() -> None:
    goal = parse_goal(GOOD, file="goals/night.md", words=WORDS)
    assert (goal.name, goal.title, goal.budget.plans, goal.gather) == ("night", "Keep it running", 2, ("units",))
    assert goal.words.endswith("In words.")


def test_every_problem_is_told_at_once_with_the_line_of_the_file() -> None:
    text = """---
gather: [unitz]
allow: [unit.restrat, "nothing.*"]
budget: {plans: 500}
success: ["[FAILED_UNITZ] == 0"]
colour: red
---
"""
    found = problems(text)
    assert [each.split(": ")[0] for each in found] == [
        "goals/night.md:2:10",
        "goals/night.md:3:9",
        "goals/night.md:3:23",
        "goals/night.md:4:17",
        "goals/night.md:5:11",
        "goals/night.md:6:1",
    ]
    assert "did you mean `units`?" in found[0]
    assert "did you mean `unit.restart`?" in found[1]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("# Only words\n", "does not begin with its fields"),
        ("---\nallow: []\n", "the fields do not end"),
        ("---\nallow: []\n---\n", "nothing says when it is met"),
        ("---\n---\n", "the fields are missing"),
        ("---\nname: other\nsuccess: ['![REBOOT_NEEDED]']\n---\n", "follows from the file itself"),
        ("---\nsuccess: []\n---\n", "at least one line"),
    ],
)
def test_what_is_no_goal_is_refused_in_words(text: str, what: str) -> None:
    assert what in problems(text)[0]


def test_the_three_that_come_with_steward_are_sound_and_one_of_the_workspace_takes_its_place() -> None:
    repository = MemoryRepository()
    goals = Goals(repository=repository, words=WORDS)
    assert {each.name: each.problems for each in goals.all()} == {"health-check": (), "incident": (), "proactive": ()}
    repository.write({"goals/incident.md": GOOD, "goals/README.md": "no goal"}, message="x", author=OWNER)
    assert {each.name: each.is_shipped for each in goals.all()} == {
        "health-check": True,
        "incident": False,
        "proactive": True,
    }
    assert goals.require("incident").title == "Keep it running"
    with pytest.raises(NotFound, match="did you mean `proactive`"):
        goals.require("pro-active")


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=300), st.text(max_size=200).map(lambda text: f"---\n{text}\n---\n")))
def test_any_text_gives_a_goal_or_our_own_error(text: str) -> None:
    with contextlib.suppress(InvalidFile):
        assert parse_goal(text, file="goals/any.md", words=WORDS).success
