"""Lines of a journal as journalctl prints them, recorded on Debian 12 and shortened."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.knowhow.journal_lines import MOST_LINES, fitting, parse, reading, why_no_expression
from steward.knowhow.triggers.journal import PLUGIN
from steward.model.fact import CommandOutput, FactUnavailable
from steward.model.watches import JournalWatch, Priority

RECORDED = """\
{"__CURSOR":"s=8e2d;i=1f4;b=77aa;m=9d0f;t=64a1;x=51","__REALTIME_TIMESTAMP":"1763800000000000","PRIORITY":"6",\
"_SYSTEMD_UNIT":"nginx.service","SYSLOG_IDENTIFIER":"nginx","MESSAGE":"upstream timed out (110: Connection timed out)"}
{"__CURSOR":"s=8e2d;i=1f5;b=77aa;m=9d10;t=64a2;x=52","__REALTIME_TIMESTAMP":"1763800001000000","PRIORITY":"3",\
"UNIT":"backup.service","_SYSTEMD_UNIT":"init.scope","MESSAGE":[78,111,32,115,112,97,99,101,255]}
{"__CURSOR":"s=8e2d;i=1f6;b=77aa;m=9d11;t=64a3;x=53","__REALTIME_TIMESTAMP":"1763800002000000","PRIORITY":"4",\
"SYSLOG_IDENTIFIER":"kernel","MESSAGE":null}
"""


def output(stdout: str, **fields: Any) -> dict[str, CommandOutput]:
    return {"lines": CommandOutput(**{"exit_code": 0, "stdout": stdout, **fields})}


def watch(**fields: Any) -> JournalWatch:
    return JournalWatch(**{"machine": "nas", "priority": Priority.WARNING, **fields})


def test_lines_are_read_with_their_writer_also_what_is_no_utf8_or_too_long() -> None:
    found = parse(output(RECORDED))
    assert [(line.unit, line.priority, line.text) for line in found] == [
        ("nginx.service", 6, "upstream timed out (110: Connection timed out)"),
        ("backup.service", 3, "No space\ufffd"),
        ("kernel", 4, ""),
    ]
    assert found[-1].cursor == "s=8e2d;i=1f6;b=77aa;m=9d11;t=64a3;x=53"


def test_a_line_that_was_cut_off_is_left_for_the_next_reading() -> None:
    assert len(parse(output(RECORDED[:-60], is_truncated=True))) == 2


@pytest.mark.parametrize(
    ("fields", "count"),
    [
        ({"contains": "TIMED OUT"}, 1),
        ({"matches": r"timed out \([0-9]+:"}, 1),
        ({"matches": "^No space"}, 1),
        ({"matches": "time", "contains": "space"}, 0),
        ({}, 3),
    ],
)
def test_lines_fit_by_text_and_by_expression(fields: dict[str, str], count: int) -> None:
    assert len(fitting(watch(**fields), parse(output(RECORDED)))) == count


def test_an_expression_that_would_take_for_ever_elsewhere_is_quick_and_what_looks_back_is_refused() -> None:
    line = json.dumps({"__CURSOR": "s=1", "MESSAGE": "a" * 1000})
    assert fitting(watch(matches="(a+)+b"), parse(output(line))) == ()
    assert why_no_expression(r"(a)\1")
    assert [problem[0] for problem in PLUGIN.check(watch(matches=r"(a)\1"))] == ["matches"]


def test_the_command_carries_every_word_by_itself_and_begins_after_the_cursor() -> None:
    words = reading(watch(unit="a b.service; reboot"), cursor="s=1;i=2", since=5).argv
    assert "--unit=a b.service; reboot" in words
    assert "--after-cursor=s=1;i=2" in words
    assert "--priority=4" in words
    assert "--since=@5" in reading(watch(), cursor="", since=5).argv
    assert f"head -n {MOST_LINES}" in words[2]


@pytest.mark.parametrize(
    "given_output",
    [
        output("", stderr="only the group systemd-journal may read it", exit_code=1),
        output("", stderr="Failed to seek to cursor: Invalid argument\njournalctl failed"),
        output("", exit_code=None, is_timed_out=True),
        {},
    ],
)
def test_a_journal_that_cannot_be_read_is_said_and_is_not_an_empty_one(given_output: dict[str, CommandOutput]) -> None:
    with pytest.raises(FactUnavailable):
        parse(given_output)


def test_every_line_of_a_machine_is_too_much() -> None:
    assert "every line would count" in PLUGIN.check(JournalWatch(machine="nas"))[0][1]


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.recursive(st.text() | st.integers(), st.lists, max_leaves=5).map(
            lambda value: json.dumps({"__CURSOR": "s=1", "MESSAGE": value, "PRIORITY": value})
        ),
    )
)
def test_any_output_gives_lines_or_our_own_error(text: str) -> None:
    assert all(len(line.text) <= 1000 for line in parse(output(text)))
