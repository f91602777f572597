"""What a program printed for a terminal, as pieces of text with their colors; every other control is dropped.

A lone carriage return begins a line of its own: what it would have painted over on a terminal stays readable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from steward.lib.record import record

_CONTROL = re.compile(
    r"\x1b\[(?P<select>[0-9;:]{0,64})m"  # colors and weight, the only thing that is kept
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # other control sequences: cursor, erase, modes
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"  # the rest of what begins with escape
)
_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_MARKS = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 9: "struck"}
_ENDS = {22: ("bold", "dim"), 23: ("italic",), 24: ("underline",), 29: ("struck",)}
_EXTENDED = 38
_INDEXED, _DIRECT = 5, 2


@record
class Piece:
    """Text of one look."""

    text: str
    """The text, without any terminal control that was understood."""
    marks: tuple[str, ...] = ()
    """Color and weight: `red`, `bold`; sorted."""


def pieces(text: str) -> tuple[Piece, ...]:
    """Split what was printed into pieces of one look each."""
    return tuple(Piece(text=part, marks=tuple(sorted(marks))) for part, marks in _parts(text) if part)


def _parts(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    marks: frozenset[str] = frozenset()
    at = 0
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for control in _CONTROL.finditer(plain):
        yield plain[at : control.start()], marks
        at = control.end()
        if (select := control["select"]) is not None:
            marks = _selected(marks, select)
    yield plain[at:], marks


def _selected(marks: frozenset[str], select: str) -> frozenset[str]:
    """Return the look after one selection; a number nobody knows changes nothing."""
    numbers = [int(part or 0) for part in re.split("[;:]", select)]
    chosen = set(marks)
    at = 0
    while at < len(numbers):
        number = numbers[at]
        if number == 0:
            chosen.clear()
        elif number in _MARKS:
            chosen.add(_MARKS[number])
        elif number in _ENDS:
            chosen.difference_update(_ENDS[number])
        elif number in {_EXTENDED, _EXTENDED + 10}:
            color, used = _extended(numbers[at + 1 :])
            at += used
            if number == _EXTENDED:
                _paint(chosen, color)
        elif number == _EXTENDED + 1:
            _paint(chosen, "")
        elif 30 <= number < 38 or 90 <= number < 98:
            _paint(chosen, _COLORS[number % 10])
        at += 1
    return frozenset(chosen)


def _paint(chosen: set[str], color: str) -> None:
    chosen.difference_update(_COLORS)
    if color:
        chosen.add(color)


def _extended(rest: Sequence[int]) -> tuple[str, int]:
    """Return the color of `38;5;n` where it is one of the sixteen, and how many numbers it used."""
    if rest[:1] == [_INDEXED]:
        index = rest[1] if len(rest) > 1 else 16
        return (_COLORS[index % 8] if index < 16 else ""), 2
    return "", 4 if rest[:1] == [_DIRECT] else 1
