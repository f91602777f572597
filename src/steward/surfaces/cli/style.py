"""How text looks on this terminal: colors, width, status words, ages.

Status is icon + word + color, never color alone. Texts given here must be free of control characters (see `render`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TypeAlias

from steward.lib.record import record
from steward.lib.text import age, moment_of, time_left
from steward.lib.tones import ICONS
from steward.surfaces.cli.layout import wrapped

_CODES = {
    "ok": "32",
    "watch": "36",
    "warning": "33",
    "down": "31",
    "unknown": "35",
    "paused": "34",
    "dim": "2",
    "bold": "1",
}
_NARROWEST_TERMINAL = 40
_WIDEST_PROSE = 100

Cell: TypeAlias = "str | tuple[str, str]"
"""Text, or text with a tone: one of the six statuses, `dim` or `bold`."""


@record
class Style:
    """What the output may look like."""

    color: bool
    """Whether ANSI colors may be used."""
    is_terminal: bool
    """Whether a person reads it right now; else tables are not cut to the width."""
    width: int
    """Columns."""
    now: datetime = field(repr=False)
    """Wall clock in the zone times are shown in."""

    @property
    def can_move(self) -> bool:
        """Tell whether a line may be written anew in its place: a person watches, and the terminal is no dumb one."""
        return self.is_terminal and self.color

    def paint(self, text: str, tone: str) -> str:
        """Color a text; an unknown tone leaves it as it is."""
        code = _CODES.get(tone)
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and code and text else text

    def cell(self, cell: Cell) -> str:
        """Color a cell."""
        return cell if isinstance(cell, str) else self.paint(*cell)

    def heading(self, text: str) -> str:
        """Write the title of a section."""
        return self.paint(text, "bold")

    def prose(self, text: str, indent: int = 0) -> str:
        """Break paragraphs at the width, at most 100 columns."""
        return wrapped(text, self.prose_width, indent)

    @property
    def prose_width(self) -> int:
        """Return the columns sentences may take."""
        return min(self.width, _WIDEST_PROSE)

    def ago(self, moment: str) -> str:
        """Write how long ago an RFC 3339 time was; other text stays as it is."""
        then = moment_of(moment)
        return moment if then is None else f"{age(self.now - then)} ago"

    def when(self, moment: str) -> str:
        """Write an RFC 3339 time as a date with how long ago that was, or is until then; other text stays as it is."""
        then = moment_of(moment)
        if then is None:
            return moment
        far = self.left(moment) if then > self.now else self.ago(moment)
        return f"{then.astimezone(self.now.tzinfo):%Y-%m-%d %H:%M:%S} ({far})"

    def left(self, moment: str) -> str:
        """Write how long it is until an RFC 3339 time, to the nearest minute or hour; other text stays as it is."""
        then = moment_of(moment)
        if then is None:
            return moment
        left = then - self.now
        return f"in {time_left(left)}" if then > self.now else "over"

    def clock(self, moment: str) -> str:
        """Write the time of day of an RFC 3339 time; other text stays as it is."""
        then = moment_of(moment)
        return moment if then is None else f"{then.astimezone(self.now.tzinfo):%H:%M:%S}"


def styled(*, is_terminal: bool, width: int, environment: Mapping[str, str], now: datetime) -> Style:
    """Choose colors: never with NO_COLOR, always with FORCE_COLOR, else on a terminal that is not dumb."""
    forced = bool(environment.get("FORCE_COLOR"))
    able = is_terminal and environment.get("TERM", "") != "dumb"
    color = not environment.get("NO_COLOR") and (forced or able)
    return Style(color=color, is_terminal=is_terminal, width=max(_NARROWEST_TERMINAL, width), now=now)


def status(word: str) -> Cell:
    """Write one of the six status words with its icon; another word gets the icon of unknown, never of good."""
    tone = word if word in ICONS else "unknown"
    return f"{ICONS[tone]} {'OK' if word == 'ok' else word.capitalize()}", tone


def toned(text: str, tone: str) -> Cell:
    """Write a text with the icon and color of a status."""
    return f"{ICONS[tone]} {text}", tone
