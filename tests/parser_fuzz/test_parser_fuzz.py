"""A sample of the fuzz, without its guide; `make parser-fuzz` runs each target for as long as you like."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parser_fuzz.target import Target
from tests.parser_fuzz.targets import TARGETS

EACH = pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
_ANY = (
    "\0",
    "\n",
    "\t",
    " ",
    "\u2028",
    "\u202e",
    "\ud7ff",
    "é",
    "٣",
    "²",
    "9" * 40,
    "-1",
    "0",
    "(" * 40,
    "[" * 40,
    "{" * 40,
)


@st.composite
def damaged(draw: st.DrawFn, target: Target) -> str:
    """Return a text of the target with a few of its parts taken out, doubled or put in."""
    text = draw(st.sampled_from(target.seeds))
    words = st.sampled_from((*target.words, *_ANY)) | st.text(max_size=6)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        end = draw(st.integers(at, min(len(text), at + 12)))
        put = draw(st.sampled_from(("", text[at:end] * 2, None)))
        text = text[:at] + (draw(words) if put is None else put) + text[end:]
    return text[: target.longest]


@EACH
def test_every_text_to_begin_from_holds_what_must_hold(target: Target):
    for seed in target.seeds:
        assert len(seed) <= target.longest
        target.check(seed)


@EACH
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_damaged_text_is_read_or_refused_in_our_own_words(target: Target, data: st.DataObject):
    target.check(data.draw(damaged(target)))
