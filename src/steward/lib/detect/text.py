"""A text as the detectors read it: folded, and with a list of its words, so that what is not there costs next to nothing.

Most texts hold no secret, and a search for each of some hundred words would cost more than everything else. So the
distinct words are collected once, and the distinct runs of letters in them, which is a small part of a log; only what is
found among these is looked for in the text. A word that is part of names (`key`) is looked for only when some name with it
says that its value is secret (`api_key`, not `publickey`).
"""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from steward.lib.detect.names import Named, Weight, judge

_DOTTED_I = "\u0130"
"""The one letter that folding would make longer; indices must stay the same."""
_WORD_BYTES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"
_SPLIT = bytes(byte if byte in _WORD_BYTES else 32 for byte in range(256))
_RUNS = bytes(byte | 32 if chr(byte).isascii() and chr(byte).isalpha() else 32 for byte in range(256))
_CORE = re.compile(rb"[a-z]+")
_SIGN_BEHIND = re.compile(r"[\"'`\\\])*%&<>,:=?+]|[ \t]{1,40}[:=?+(]")
_ZEROS = bytes(48 if 48 <= byte <= 57 else byte for byte in range(256))
_MANY = 200
_LONG = 18
_LONGEST_NAME = 128


LINE_START = r"(?:^|(?<=: ))[ \t]{0,80}"
"""Where something that stands at the start of a line begins, be it behind the prefix of a log; needs `re.MULTILINE`."""
_PREFIX = re.compile(r"[^\n:]{0,60}(?::\d\d){0,2}[^\n:]{0,60}: ")


def beginnings(text: str, start: int, end: int) -> tuple[int, ...]:
    """Return where what a line says may begin: at its start, behind the prefix of a log, in a block."""
    prefix = _PREFIX.match(text, start, end)
    brace = text.find("{ ", start, min(end, start + 120))
    return (start, *([prefix.end()] if prefix else []), *([brace + 2] if brace >= 0 else []))


@dataclass(frozen=True)
class Triggers:
    """Lower-case pieces of text to look for, each with the part of it that stands in one word."""

    pieces: tuple[tuple[str, bytes], ...]
    """Piece and part; the part is empty when the piece holds no letter."""


def triggers(*pieces: str) -> Triggers:
    """Return triggers, each looked for only when its longest run of letters occurs in some word."""
    return Triggers(tuple((piece, max(_CORE.findall(piece.encode()), key=len, default=b"")) for piece in pieces))


class Text:
    """A text, its lower-case twin of the same length, and its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        """As it is."""
        self.lowered = text.replace(_DOTTED_I, "i").lower()
        """In lower case, index by index."""
        self._found: dict[str, list[int]] = {}
        self._judged: dict[str, Named | None] = {}

    @cached_property
    def words(self) -> set[bytes]:
        """Distinct words: letters, digits, dots, dashes and underscores; anything else parts them."""
        return set(self.text.encode("ascii", "replace").translate(_SPLIT).split())

    @cached_property
    def vocabulary(self) -> bytes:
        """The distinct runs of letters in lower case, a line each."""
        runs = set(self._joined[1].translate(_RUNS).split())
        return b"\n%b\n" % b"\n".join(runs)

    @cached_property
    def _joined(self) -> tuple[bytes, bytes]:
        """The distinct words with every digit a zero, a line each, and the same in lower case."""
        alike = set(b"\n".join(self.words).translate(_ZEROS).split())
        joined = b"\n%b\n" % b"\n".join(alike)
        return joined, joined.lower()

    @cached_property
    def long_words(self) -> list[bytes]:
        """Distinct words that are long enough for a token."""
        return [word for word in self.words if len(word) >= _LONG]

    def has(self, *parts: bytes) -> bool:
        """Tell whether any of these parts, of lower-case letters only, occurs in a word."""
        vocabulary = self.vocabulary
        return any(part in vocabulary for part in parts)

    def hinted(self, looked_for: Triggers) -> list[str]:
        """Return the pieces that may occur, as their parts do."""
        vocabulary = self.vocabulary
        return [piece for piece, part in looked_for.pieces if part in vocabulary]

    def places(self, looked_for: Triggers) -> list[int]:
        """Return where any of the triggers begins, in order."""
        hinted = self.hinted(looked_for)
        if not hinted:  # as nearly always
            return []
        found: list[int] = []
        for piece in hinted:
            known = self._found.get(piece)
            found += self._find(piece) if known is None else known
        found.sort()
        return found

    def named(self, roots: Triggers, *, least: Weight, is_before_sign: bool) -> list[int]:
        """Return where those roots of names begin with which some name of the text is judged secret, in order.

        With `is_before_sign` such a name must stand before a sign that may part it from its value.
        """

        def is_one(name: str) -> bool:
            if name not in self._judged:
                self._judged[name] = judge(name[-_LONGEST_NAME:])
            named = self._judged[name]
            return named is not None and named.weight >= least and (not is_before_sign or self._has_sign(name))

        return self.worded(roots, is_one)

    def worded(self, roots: Triggers, is_one: Callable[[str], bool]) -> list[int]:
        """Return where those roots begin that are part of some word that is one; digits of words are given as zeros."""
        vocabulary = self.vocabulary
        here = [root for root in roots.pieces if root[1] in vocabulary]
        worth = tuple(root for root in here if not root[1] or self._is_worth(root[1], is_one))
        return self.places(Triggers(worth)) if worth else []

    def _is_worth(self, part: bytes, is_one: Callable[[str], bool]) -> bool:
        joined, lowered = self._joined
        at, asked = lowered.find(part), 0
        while at >= 0:
            start, end = joined.rfind(b"\n", 0, at) + 1, joined.find(b"\n", at)
            asked += 1
            if asked > _MANY or is_one(joined[start:end].decode()):
                return True
            at = lowered.find(part, end)
        return False

    def _has_sign(self, name: str) -> bool:
        """Tell whether a name stands before a sign anywhere, or begins a tag of XML."""
        if "0" in name or f"<{name}" in self.text or f":{name}" in self.text:
            return True
        at = self.text.find(name)
        while at >= 0:
            if _SIGN_BEHIND.match(self.text, at + len(name)):
                return True
            at = self.text.find(name, at + len(name))
        return False

    def _find(self, piece: str) -> list[int]:
        """Return every place of one trigger, and remember them: detectors share words."""
        found: list[int] = []
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
