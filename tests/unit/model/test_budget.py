"""Which short histories are loops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.model.budget import TRIPPED_FOR, WINDOW, Asked, Breaker, loop_in, may_loop
from steward.model.principal import STEWARD, Principal, PrincipalKind
from steward.model.risk import Strength

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def history(told: str, *, every: timedelta = timedelta(minutes=1)) -> list[Asked]:
    """A letter for each request, oldest first: small ones were served, capitals refused."""
    count = len(told)
    return [
        Asked(
            requester="token-1",
            what=letter.lower(),
            result="refused" if letter.isupper() else "ask",
            is_refused=letter.isupper(),
            at=NOW - every * (count - 1 - number),
        )
        for number, letter in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("told", "loop"),
    [
        ("", ""),
        ("aa", ""),
        ("aaa", "the same request"),
        ("baaa", "the same request"),
        ("aaab", ""),
        ("AAA", ""),
        ("AAAA", ""),
        ("AAAAA", "5 requests in a row"),
        ("ABCDE", "5 requests in a row"),
        ("ABCDe", ""),
        ("abab", "take turns"),
        ("AbAb", "take turns"),
        ("abba", ""),
        ("abac", ""),
        ("abcab", ""),
    ],
)
def test_loops_are_told_from_work(told: str, loop: str):
    found = loop_in(history(told), NOW)
    assert found == "" if not loop else loop in found


def test_another_result_is_no_loop():
    first, second, third = history("aaa")
    other = Asked(requester="token-1", what="a", result="allow", is_refused=False, at=second.at)
    assert loop_in([first, other, third], NOW) == ""


@given(st.text(alphabet="abAB", max_size=12))
def test_what_lies_further_back_than_an_hour_is_no_loop(told: str):
    slow = history(told, every=WINDOW / 2 + timedelta(seconds=1))
    assert loop_in(slow, NOW) == ""


@pytest.mark.parametrize("kind", PrincipalKind)
def test_only_programs_are_stopped(kind: PrincipalKind):
    actor = Principal(id="a", kind=kind, name="a", strength=Strength.PASSKEY)
    assert may_loop(actor) == (kind not in {PrincipalKind.PERSON, PrincipalKind.SCHEDULE, PrincipalKind.STEWARD})
    assert not may_loop(STEWARD)


def test_a_breaker_holds_until_its_time_or_a_person():
    tripped = Breaker(subject="token-1", since=NOW, why="a loop", until=NOW + TRIPPED_FOR)
    assert tripped.holds(NOW + TRIPPED_FOR - timedelta(seconds=1))
    assert not tripped.holds(NOW + TRIPPED_FOR)
    assert not Breaker(subject="token-1", since=NOW, why="a loop", lifted=NOW).holds(NOW)
    assert Breaker(subject="find-1", since=NOW, why="a loop").holds(NOW + timedelta(days=400))
