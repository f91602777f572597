"""A text as the detectors read it: folded, and with a list of its words, so that what is not there costs next to nothing.

Most texts hold no secret, and a search for each of some hundred words would cost more than everything else. So the
distinct words are collected once, which is a small part of a log; only words found among them are looked for in the text.
"""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

_DOTTED_I = "\u0130"
"""The one letter that folding would make longer; indices must stay the same."""
_WORD_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_SPLIT = bytes(byte if byte in _WORD_BYTES else 32 for byte in range(256))
_CORE = re.compile(rb"[\w.-]+")
_LONG = 18


LINE_START = r"(?:^|(?<=: ))[ \t]{0,80}"
"""Where something that stands at the start of a line begins, be it behind the prefix of a log; needs `re.MULTILINE`."""
_PREFIX = re.compile(r"[^\n:]{0,60}(?::\d\d){0,2}[^\n:]{0,60}: ")


def beginnings(text: str, start: int, end: int) -> tuple[int, ...]:
    """Return where what a line says may begin: at its start, and behind the prefix of a log."""
    prefix = _PREFIX.match(text, start, end)
    return (start, prefix.end()) if prefix else (start,)


@dataclass(frozen=True)
class Triggers:
    """Lower-case pieces of text to look for, each with the part of it that stands in one word."""

    pieces: tuple[tuple[str, bytes], ...]
    """Piece and part; the part is empty when the piece holds no letter."""


def triggers(*pieces: str) -> Triggers:
    """Return triggers, each looked for only when its longest run of word characters occurs in some word."""
    return Triggers(tuple((piece, max(_CORE.findall(piece.encode()), key=len, default=b"")) for piece in pieces))


class Text:
    """A text, its lower-case twin of the same length, and its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        """As it is."""
        self.lowered = text.replace(_DOTTED_I, "i").lower()
        """In lower case, index by index."""
        self._found: dict[str, list[int]] = {}

    @cached_property
    def words(self) -> set[bytes]:
        """Distinct words: letters, digits, dots, dashes and underscores; anything else parts them."""
        return set(self.text.encode("ascii", "replace").translate(_SPLIT).split())

    @cached_property
    def vocabulary(self) -> bytes:
        """The distinct words in lower case, a line each."""
        return b"\n%b\n" % b"\n".join({word.lower() for word in self.words})

    @cached_property
    def long_words(self) -> list[bytes]:
        """Distinct words that are long enough for a token."""
        return [word for word in self.words if len(word) >= _LONG]

    def has(self, *parts: bytes) -> bool:
        """Tell whether any of these lower-case parts occurs in a word."""
        vocabulary = self.vocabulary
        return any(part in vocabulary for part in parts)

    def places(self, looked_for: Triggers) -> list[int]:
        """Return where any of the triggers begins, in order."""
        found: list[int] = []
        for piece, part in looked_for.pieces:
            known = self._found.get(piece)
            found += self._find(piece, part) if known is None else known
        found.sort()
        return found

    def _find(self, piece: str, part: bytes) -> list[int]:
        """Return every place of one trigger, and remember them: detectors share words."""
        found: list[int] = []
        if part in self.vocabulary:
            at = self.lowered.find(piece)
            while at >= 0:
                found.append(at)
                at = self.lowered.find(piece, at + len(piece))
        self._found[piece] = found
        return found

    def line_start(self, at: int, limit: int) -> int:
        """Return where the line around this index begins, or `limit` characters before when it is longer."""
        floor = max(0, at - limit)
        return max(floor, self.text.rfind("\n", floor, at) + 1)

    def line_end(self, at: int, limit: int) -> int:
        """Return where the line around this index ends, or `limit` characters behind when it is longer."""
        ceiling = min(len(self.text), at + limit)
        end = self.text.find("\n", at, ceiling)
        end = ceiling if end < 0 else end
        return end - 1 if end > at and self.text[end - 1] == "\r" else end

    def lines(self, places: Iterable[int], limit: int) -> Iterator[tuple[int, int]]:
        """Yield start and end of the line around each place, once; a longer one in pieces of `limit` characters."""
        done = -1
        for place in places:
            if place >= done:
                start = max(done, self.line_start(place, limit), 0)
                done = max(self.line_end(place, limit), place + 1)
                yield start, done
