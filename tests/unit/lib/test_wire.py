from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib.wire import (
    MAX_LINE_BYTES,
    Event,
    Problem,
    Progress,
    Request,
    Result,
    Terminal,
    WireError,
    decode_reply,
    decode_request,
    encode_reply,
    encode_request,
)

_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(command=_TEXT, data=st.dictionaries(_TEXT, _JSON), dry=st.booleans(), password=_TEXT, width=st.integers(0, 999))
def test_a_request_comes_out_as_it_went_in(command, data, dry, password, width):
    request = Request(
        command=command, input=data, dry_run=dry, password=password, terminal=Terminal(interactive=True, width=width)
    )
    line = encode_request(request)
    assert decode_request(line) == request
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


@given(
    st.builds(Event, data=st.dictionaries(_TEXT, _JSON))
    | st.builds(Progress, text=_TEXT, step=st.integers(0, 9), of=st.integers(0, 9))
    | st.builds(Result, value=_JSON, exit_code=st.integers(0, 255))
    | st.builds(Problem, kind=_TEXT, what=_TEXT, where=_TEXT, why=_TEXT, next_step=_TEXT, needs=_TEXT)
)
def test_a_reply_comes_out_as_it_went_in(reply):
    line = encode_reply(reply)
    assert decode_reply(line) == reply
    assert line.count(b"\n") == 1


def test_the_request_on_the_wire_has_the_documented_shape():
    line = encode_request(Request(command="approvals.approve", input={"code": "K7QM"}, password="secret"))
    assert json.loads(line) == {
        "command": "approvals.approve",
        "input": {"code": "K7QM"},
        "dry_run": False,
        "proof": {"password": "secret"},
        "terminal": {"interactive": False, "width": 80},
    }


def test_a_request_never_prints_its_password():
    assert "hunter2" not in repr(Request(command="x", input={}, password="hunter2"))


def test_a_request_needs_only_its_command():
    assert decode_request(b'{"command": "status"}') == Request(command="status", input={})


def test_fields_nobody_knows_are_ignored_so_that_either_side_may_be_newer():
    assert decode_request(b'{"command": "status", "color": true}').command == "status"
    assert decode_reply(b'{"result": 1, "took": 3}') == Result(value=1)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"{}",
        b'{"command": 3}',
        b'{"command": "x", "input": []}',
        b'{"command": "x", "dry_run": 1}',
        b'{"command": "x", "proof": "secret"}',
        b'{"command": "x", "proof": {"password": 4}}',
        b'{"command": "x", "terminal": {"width": true}}',
        b'{"command": "\xff"}',
        b"[" * 100_000,
        b" " * MAX_LINE_BYTES + b'{"command": "x"}',
    ],
)
def test_a_line_that_is_no_request_is_refused(line):
    with pytest.raises(WireError):
        decode_request(line)


@pytest.mark.parametrize("line", [b"{}", b'{"event": 1}', b'{"progress": []}', b'{"error": {}}', b'{"error": "no"}'])
def test_a_line_that_is_no_reply_is_refused(line):
    with pytest.raises(WireError):
        decode_reply(line)


def test_an_answer_that_is_too_long_is_refused_and_never_cut():
    encode_reply(Result(value="a" * (MAX_LINE_BYTES - 40)))
    with pytest.raises(WireError, match="the most is"):
        encode_reply(Result(value="a" * MAX_LINE_BYTES))


def test_what_cannot_be_written_as_utf8_is_refused():
    with pytest.raises(WireError, match="UTF-8"):
        encode_request(Request(command="x", input={"name": "\udcff"}))
