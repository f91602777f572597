"""Tries are counted before they are looked at, by address and overall, and no lockout lasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.limits import Attempts, Limit, household
from steward.model.errors import TooMany
from steward.testing.clock import MovedClock

LIMIT = Limit(what="keys", per_address=3, overall=5, window_seconds=60.0)


def test_one_address_gets_so_many_tries_and_is_told_how_long_to_wait():
    clock = MovedClock()
    attempts = Attempts(LIMIT, clock=clock)
    for _ in range(3):
        attempts.begin("10.0.0.1")
        clock.advance(10)
    with pytest.raises(TooMany) as refused:
        attempts.begin("10.0.0.1")
    assert refused.value.after_seconds == 30
    attempts.begin("10.0.0.2")
    clock.advance(30)
    attempts.begin("10.0.0.1")


def test_many_addresses_together_get_no_more_than_the_overall_limit():
    attempts = Attempts(LIMIT, clock=MovedClock())
    for number in range(5):
        attempts.begin(f"10.0.0.{number}")
    with pytest.raises(TooMany):
        attempts.begin("10.0.0.99")


def test_a_try_that_proved_right_does_not_count():
    attempts = Attempts(LIMIT, clock=MovedClock())
    for _ in range(100):
        attempts.forgive(attempts.begin("10.0.0.1"))


def test_tries_at_once_are_counted_before_any_is_looked_at():
    attempts = Attempts(LIMIT, clock=MovedClock())
    begun = [attempts.begin("10.0.0.1") for _ in range(3)]
    with pytest.raises(TooMany):
        attempts.begin("10.0.0.1")
    attempts.forgive(begun[0])
    attempts.begin("10.0.0.1")


def test_memory_stays_bounded_whoever_comes():
    clock = MovedClock()
    attempts = Attempts(LIMIT, clock=clock)
    for number in range(10_050):
        attempts.begin(f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
        clock.advance(61)
    assert len(attempts._by_address) <= 10_000
    assert len(attempts._overall) <= 5


def test_one_household_of_ipv6_is_one_address():
    assert household("2001:db8:1:2:aaaa::1") == household("2001:db8:1:2:bbbb::2")
    assert household("2001:db8:1:2::1") != household("2001:db8:1:3::1")
    assert household("::ffff:10.0.0.1") == household("10.0.0.1")


@given(moves=st.lists(st.tuples(st.integers(0, 3), st.floats(0, 40), st.booleans()), max_size=60))
def test_no_window_ever_holds_more_wrong_tries_than_the_limit_and_waiting_always_helps(moves):
    clock = MovedClock()
    attempts = Attempts(LIMIT, clock=clock)
    wrong: list[tuple[int, float]] = []
    waits: list[int] = []
    for address, pause, is_right in moves:
        clock.advance(pause)
        now = clock.monotonic()
        try:
            attempt = attempts.begin(f"10.0.0.{address}")
        except TooMany as refused:
            waits.append(refused.after_seconds)
            continue
        if is_right:
            attempts.forgive(attempt)
        else:
            wrong.append((address, now))
        recent = [each for each in wrong if each[1] > now - 60]
        assert len(recent) <= 5
        assert len([each for each in recent if each[0] == address]) <= 3
    assert all(1 <= wait <= 60 for wait in waits)
    clock.advance(61)
    attempts.begin("10.0.0.0")
