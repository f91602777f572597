"""Two hundred secrets, the twelve encodings in which programs print them, and a search for what is left of any.

The encodings are written here once more, apart from the redactor's own. What is searched for is less than a whole form:
fourteen letters that each secret begins with, in each way they could show. So a mask that misses an escaped quote, or
leaves a tail, is found all the same.
"""

from __future__ import annotations

import base64
import html
import json
import random
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

COUNT = 200
_LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CORE = 14
_SHORTEST = 12
_NULS = ("\0", "\\0", "\\00", "\\000", "\\x00", "\\\\x00", "\\u0000", "\\\\u0000", "\\u{0}", "\\\\u{0}", "^@", "%00")


def hatched() -> tuple[str, ...]:
    """Return the secrets, each with signs that every encoding writes in its own way."""
    dice = random.Random(20)
    return tuple("".join(dice.choices(_LETTERS, k=_CORE)) + f"'{number:03d} &\"/é" for number in range(COUNT))


def _base64_behind(prefix: bytes) -> Callable[[str], str]:
    return lambda value: base64.b64encode(prefix + value.encode()).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "raw": str,
    "reversed": lambda value: value[::-1],
    "base64": _base64_behind(b""),
    "base64 one on": _base64_behind(b"x"),
    "base64 two on": _base64_behind(b"xy"),
    "base64 for addresses": lambda value: base64.urlsafe_b64encode(value.encode()).decode(),
    "hex": lambda value: value.encode().hex(),
    "address": lambda value: quote(value, safe=""),
    "json": lambda value: json.dumps(value)[1:-1],
    "shell": shlex.quote,
    "html": html.escape,
    "utf-16": lambda value: value.encode("utf-16-le").decode("latin-1").replace("\0", "\\x00"),
}
PLAIN = ("base64", "base64 one on", "base64 two on", "base64 for addresses", "hex")
"""Encodings without a blank or a sign: what may stand in a name."""


def printed(values: Iterable[str], encodings: Iterable[str] = ENCODINGS) -> Iterator[str]:
    """Yield every value in every encoding."""
    chosen = tuple(encodings)
    return (ENCODINGS[name](value) for value in values for name in chosen)


def dealt(values: Iterable[str]) -> Iterator[str]:
    """Yield every value in two encodings, so that twelve values show all of them twice."""
    names = tuple(ENCODINGS)
    for number, value in enumerate(values):
        yield from (ENCODINGS[names[(number + step) % len(names)]](value) for step in (0, 5))


class Search:
    """Finds what is left of secrets in bytes."""

    def __init__(self, values: Iterable[str], *, others: Iterable[str] = ()) -> None:
        """`others` are secrets that are looked for as they are."""
        self._needles: dict[bytes, list[tuple[bytes, str]]] = {}
        for value in values:
            for trace in _traces(value[:_CORE]):
                self._look_for(trace.encode(), value)
        for value in others:
            self._look_for(value.encode(), value)

    def found(self, data: bytes) -> set[str]:
        """Return every secret that shows."""
        text, needles = re.sub(rb"\x00{64,}", b"", data), self._needles
        return {
            value
            for at in range(len(text) - _SHORTEST + 1)
            if (prefix := text[at : at + _SHORTEST]) in needles
            for needle, value in needles[prefix]
            if text.startswith(needle, at)
        }

    def _look_for(self, needle: bytes, value: str) -> None:
        assert len(needle) >= _SHORTEST
        self._needles.setdefault(needle[:_SHORTEST], []).append((needle, value))


def _traces(core: str) -> Iterator[str]:
    """Yield each way in which the letters could show, whatever stands around them."""
    yield from (core, core[::-1], core.encode().hex(), core.encode().hex().upper())
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * shift + core.encode()).decode()
            yield text[-(-8 * shift // 6) : 8 * (shift + _CORE) // 6]
    yield from (nul.join(core) for nul in _NULS)
