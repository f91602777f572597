"""What a program printed, for a page: escaped piece by piece, its terminal colors as classes of ours."""

from __future__ import annotations

from markupsafe import Markup

from steward.lib.ansi import pieces
from steward.lib.text import visible

_PIECE = Markup('<span class="{}">{}</span>')
_LONGEST_LINE = 2_000


def colored(text: str) -> Markup:
    """Return what was printed with its colors; every word of it is escaped, every class is one of `lib.ansi`."""
    shown = [(visible(piece.text), " ".join(f"ansi-{mark}" for mark in piece.marks)) for piece in pieces(text)]
    return Markup().join(_PIECE.format(marks, said) if marks else Markup.escape(said) for said, marks in shown)


def last_lines(text: str, most: int) -> tuple[str, int]:
    """Return the last lines of what was printed, and how many there are in all; a very long line is cut."""
    lines = text.rstrip("\n").split("\n") if text.strip() else []
    return "\n".join(line[:_LONGEST_LINE] for line in lines[-most:]), len(lines)
