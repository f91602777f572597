"""Regular expressions that people write, searched in what machines print."""

from __future__ import annotations

import pytest

from steward.lib.pattern import LONGEST, Pattern, PatternError


@pytest.mark.parametrize(
    ("text", "printed", "found"),
    [
        ("^version=(.*)$", "name=x\nversion=1.2\nend", "1.2"),
        ("[0-9]+", "port 8080, then 9090", "8080"),
        ("(?i)VERSION ([0-9]+)", "version 7", "7"),
        ("größe=(.+)", "größe=zwölf", "zwölf"),
        ("(a)|b", "b", None),
        ("absent", "nothing of it", None),
    ],
)
def test_the_first_group_is_found_where_it_fits_first(text: str, printed: str, found: str | None) -> None:
    assert Pattern(text).first(printed) == found


def test_an_expression_that_backtracks_for_ages_elsewhere_ends_at_once() -> None:
    assert Pattern(r"^(\w+\s?)+$").first("a" * 60_000 + "!") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("v([0-9]+", "missing"),
        ("(?=a)b", "invalid perl operator"),
        (r"(a)\1", "invalid escape"),
        ("(a{900}){900}", "repetition"),
        ("a" * (LONGEST + 1), "longer than"),
        ("\udc80", "surrogates"),
    ],
)
def test_what_is_no_expression_is_told_why(text: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        Pattern(text)
