"""JSON from outside is what JSON has, or refused: it can always be written again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib.json_read import read_json


@pytest.mark.parametrize(
    "text", ["NaN", "[-Infinity]", "1e999", '{"a": [-1e400]}', "[" * 100_000, "9" * 5_000, "", "{'a': 1}", b"\xff"]
)
def test_what_could_not_be_written_again_is_refused(text):
    with pytest.raises(ValueError):
        read_json(text)


def test_what_is_json_is_read():
    assert read_json('{"a": [1, 2.5e3, null, true, "\\u00e9"]}') == {"a": [1, 2_500.0, None, True, "é"]}
    assert read_json(b"1e-999") == 0.0


@given(st.text(alphabet='0123456789eE+-.[]{}",:aNIn', max_size=30))
def test_any_text_is_read_and_written_again_or_refused(text: str):
    try:
        value = read_json(text)
    except ValueError:
        return
    assert json.loads(json.dumps(value, allow_nan=False)) == value
