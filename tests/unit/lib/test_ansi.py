"""Colors of a terminal are kept as marks; nothing else that a terminal would obey is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.lib.ansi import pieces

ESC = "\x1b"


def looks(text):
    return [(piece.text, piece.marks) for piece in pieces(text)]


@pytest.mark.parametrize(
    ("printed", "seen"),
    [
        ("plain", [("plain", ())]),
        (f"{ESC}[31mred{ESC}[0m plain", [("red", ("red",)), (" plain", ())]),
        (f"{ESC}[1;91mloud{ESC}[22m less{ESC}[m", [("loud", ("bold", "red")), (" less", ("red",))]),
        (f"{ESC}[38;5;2mgreen{ESC}[39mplain", [("green", ("green",)), ("plain", ())]),
        (f"{ESC}[38;5;200mnone{ESC}[38;2;1;2;3mnone", [("none", ()), ("none", ())]),
        (f"{ESC}[48;5;1;32mgreen", [("green", ("green",))]),
        (f"{ESC}[38;2;1mnone", [("none", ())]),
        ("", []),
    ],
)
def test_colors_become_marks(printed, seen):
    assert looks(printed) == seen


@pytest.mark.parametrize(
    "control", [f"{ESC}[2J", f"{ESC}[1;1H", f"{ESC}[?25l", f"{ESC}]0;title\x07", f"{ESC}]8;;http://x{ESC}\\", f"{ESC}c"]
)
def test_every_other_control_is_dropped(control):
    assert "".join(piece.text for piece in pieces(f"a{control}b")) == "ab"


def test_what_a_terminal_would_paint_over_stays_readable():
    assert looks("rm -rf /\rall is well\r\nend") == [("rm -rf /\nall is well\nend", ())]


@given(st.text(alphabet=st.sampled_from(f"{ESC}[]0123456789;:mJ\x07\\ab<\r\n")))
def test_no_text_breaks_it_and_no_escape_is_left(printed):
    assert ESC not in "".join(piece.text for piece in pieces(printed))
