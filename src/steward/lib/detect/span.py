"""Where a secret stands in a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Span(NamedTuple):
    """One find: `text[start:end]` is a secret of this kind."""

    start: int
    """Index of its first character."""
    end: int
    """Index behind its last character."""
    kind: str
    """What it is, in lower-case letters and dashes, for example `password` or `github-token`."""


def apart(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, those that overlap joined; the kind is that of the one that begins first or is longest."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if joined and span.start < joined[-1].end:
            last = joined[-1]
            joined[-1] = Span(last.start, max(last.end, span.end), last.kind)
        elif span.end > span.start:
            joined.append(span)
    return joined
