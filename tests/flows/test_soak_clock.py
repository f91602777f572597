"""The soak of the clock, short: six hours with a fault a minute lose nothing and double nothing."""

from __future__ import annotations

from pathlib import Path

from tests.real.soak_clock import soak


async def test_hours_of_faults_lose_nothing_and_double_nothing(tmp_path: Path):
    outcome = await soak(tmp_path, days=0.25, a_day=64, seed=7, say=lambda _text: None)
    assert outcome.is_good, str(outcome)
    assert outcome.lives > 5
    assert outcome.due >= 8
