"""Text for people: nothing invisible passes, sizes and ages read well, names have neighbors."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

_KEPT = {"\n", "\t"}
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"}
_BLANKS = ((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164))
_SELECTORS = ((0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF))
_INVISIBLE = frozenset(chr(code) for first, last in (*_BLANKS, *_SELECTORS) for code in range(first, last + 1))
"""Letters and marks that draw nothing: fillers, joiners, variation selectors, the empty braille pattern."""


def visible(text: str) -> str:
    """Escape control, bidirectional, zero-width and other invisible characters as `\\u{hex}`.

    Newline and tab stay, and of the spaces only the ordinary one; every other character a reader could not see or
    tell apart is written out, so that what is shown is what is there.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char) for char in text)


def visible_line(text: str) -> str:
    """Escape like `visible`, and newlines and tabs too: the result is always one line."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def _shown(char: str) -> str:
    if char in _KEPT or char == " ":
        return char
    is_hidden = unicodedata.category(char) in _HIDDEN_CATEGORIES or char in _INVISIBLE
    if is_hidden or unicodedata.combining(char) > 0:
        return f"\\u{{{ord(char):x}}}"
    return char


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None when none is near."""
    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def size(count: float) -> str:
    """Write a number of bytes as people read it: `512 B`, `1.5 GB` (powers of 1024)."""
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if abs(count) < 1024 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def age(span: timedelta) -> str:
    """Write a time span as people read it: `14 s`, `3 min`, `5 h`, `2 d`."""
    seconds = max(0, int(span.total_seconds()))
    for limit, divisor, unit in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds // divisor} {unit}"
    return f"{seconds // 86400} d"


def lasting(seconds: float) -> str:
    """Write how long something takes or may take: whole where a unit fits it, `150 min`, else to the unit below."""
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length:.0f} {unit}"
    return age(timedelta(seconds=seconds))


def time_left(span: timedelta) -> str:
    """Write a time span to the nearest unit: what has just begun to wait 12 hours is not 11."""
    half = timedelta(hours=12) if span >= timedelta(days=2) else timedelta(minutes=30)
    half = timedelta(seconds=30) if span < timedelta(hours=2) else half
    return age(span if span < timedelta(minutes=2) else span + half)


def moment_of(text: str | None) -> datetime | None:
    """Read an RFC 3339 time; None for what is no time or has no zone."""
    try:
        then = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return then if then.tzinfo else None


def plural(count: int, noun: str) -> str:
    """Write `1 machine`, `3 machines`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
