"""Variables of compose files, form by form."""

from __future__ import annotations

import pytest

from steward.knowhow.declared.compose_variables import fill

VALUES = {"A": "a", "EMPTY": "", "B": "b"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("$A", "a"),
        ("${A}-x", "a-x"),
        ("$$A", "$A"),
        ("$${A}", "${A}"),
        ("${A:-b}", "a"),
        ("${X:-b}", "b"),
        ("${X-b}", "b"),
        ("${EMPTY:-b}", "b"),
        ("${EMPTY-b}", ""),
        ("${A:+c}", "c"),
        ("${X:+c}", ""),
        ("${EMPTY+c}", "c"),
        ("${EMPTY:+c}", ""),
        ("${X:-${B}}", "b"),
        ("${X:-${Y:-z}}/tail", "z/tail"),
        ("${X:-a:b}", "a:b"),
        ("${X}", "${X}"),
        ("${X:?say}", "${X}"),
        ("${A?say}", "a"),
        ("no variable", "no variable"),
    ],
)
def test_a_text_is_filled_as_compose_does_it(text, filled):
    assert fill(text, VALUES).text == filled


def test_names_are_told_with_what_follows_them():
    used = fill("$A ${B:?e} ${C:-${D}} ${E:+f}", {}).used
    assert [(each.name, each.operator, each.has_default, each.is_demanded) for each in used] == [
        ("A", "", False, False),
        ("B", ":?", False, True),
        ("C", ":-", True, False),
        ("D", "", False, False),
        ("E", ":+", True, False),
    ]


@pytest.mark.parametrize("text", ["${", "${}", "${1}", "a $ b", "${A!b}", "${A", "$1"])
def test_what_begins_no_variable_is_told(text):
    assert fill(text, VALUES).invalid


@pytest.mark.parametrize("text", ["$A", "$$ ", "$$1", "${A:-$$}", "plain"])
def test_what_is_right_is_not(text):
    assert fill(text, VALUES).invalid == []


def test_the_value_of_a_secret_is_never_filled_in():
    values = {"DB_PASSWORD": "hunter2", "API_TOKEN": "abc"}
    filled = fill("$DB_PASSWORD ${API_TOKEN} ${DB_PASSWORD:-hunter3}", values).text
    assert filled == "$DB_PASSWORD ${API_TOKEN} ${DB_PASSWORD}"


def test_many_braces_in_each_other_come_to_an_end():
    assert fill("${A:-" * 5000, {}).text
