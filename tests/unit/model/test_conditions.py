"""A condition fires once when it comes true, again when its state changes, and is quiet otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.lib.canonical import canonical
from steward.model.conditions import Verdict, Watched, verdict_of, watched_of


def asked(*verdicts: tuple[float, bool, Any], seconds: int = 0) -> list[bool]:
    watched, told = Watched(), list[bool]()
    for now, fire, state in verdicts:
        is_due, watched = watched.judged(Verdict(fire=fire, message="", state=state), now=now, seconds=seconds)
        watched = watched_of(json.loads(json.dumps(watched.memory())))
        told.append(is_due)
    return told


def test_it_is_told_when_it_comes_true_and_when_it_comes_true_again() -> None:
    assert asked((0, False, None), (1, True, None), (2, True, None), (3, False, None), (4, True, None)) == [
        False,
        True,
        False,
        False,
        True,
    ]


def test_a_changed_state_is_told_while_it_is_true_and_never_while_it_is_not() -> None:
    assert asked((0, True, 1), (1, True, 1), (2, True, 2), (3, False, 3), (4, False, 4)) == [
        True,
        False,
        True,
        False,
        False,
    ]


def test_it_must_last_also_over_a_restart_and_a_clock_that_was_put_back_begins_anew() -> None:
    assert asked((0, True, None), (299, True, None), (300, True, None), (900, True, None), seconds=300) == [
        False,
        False,
        True,
        False,
    ]
    assert asked((1000, True, None), (0, True, None), (299, True, None), (300, True, None), seconds=300) == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("printed", "why"),
    [
        ("", "no JSON"),
        ("[1]", "no `fire`"),
        ('{"fire": 1}', "no `fire`"),
        ('{"fire": NaN}', "no JSON"),
        ('{"fire": true, "state": "%s"}' % ("x" * 5000), "longer than"),
        ("[" * 100_000, "too deep"),
    ],
)
def test_what_is_no_verdict_is_refused_in_words(printed: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        verdict_of(printed)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=100),
        st.recursive(
            st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(), st.lists, max_leaves=8
        ).map(lambda state: json.dumps({"fire": True, "message": state, "state": state})),
    )
)
def test_any_text_gives_a_verdict_that_can_be_kept_or_says_why_not(printed: str) -> None:
    try:
        verdict = verdict_of(printed)
    except ValueError:
        return
    canonical([verdict.state])
    assert "\n" not in verdict.message
    assert "\0" not in json.dumps(verdict.state, ensure_ascii=False)
