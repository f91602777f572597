"""What a durable step costs on disk, counted in the write-ahead log: the guarantee, and nothing beside it."""

from __future__ import annotations

from tests.bench.measure import Partner
from tests.bench.steps import commits_a_step


def test_a_step_is_four_commits_its_turn_its_intent_its_result_and_its_end():
    with Partner("tests.bench.steps_steward") as steward:
        assert commits_a_step(steward) == 4


def test_a_step_of_the_bare_engine_is_one_commit():
    with Partner("tests.bench.steps_dbos") as bare:
        assert commits_a_step(bare) == 1
