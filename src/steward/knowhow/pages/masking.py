"""Mask secrets in Markdown so that it stays the same Markdown: a mask that ate a backtick would free what follows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from steward.knowhow.pages.page import Page

_SPAN = re.compile(r"`([^`\n]*)`")
_HIDDEN = "`…`"
_STRUCTURE = "`|[]()<>#"


def masked_page(page: Page, masked: Callable[[str], str]) -> Page:
    """Mask what Steward wrote on a page."""
    return replace(page, before=masked_markdown(page.before, masked), after=masked_markdown(page.after, masked))


def masked_markdown(text: str, masked: Callable[[str], str]) -> str:
    """Mask within each pair of backticks, then in each line as far as that leaves its structure alone."""
    if masked(text) == text:
        return text
    spans = _SPAN.sub(lambda span: f"`{masked(span[1])}`", text)
    lines = "\n".join(_line(line, masked) for line in spans.split("\n"))
    return lines if masked(lines) == lines else _SPAN.sub(_HIDDEN, lines)


def _line(line: str, masked: Callable[[str], str]) -> str:
    for candidate in (line, _SPAN.sub(_HIDDEN, line)):
        shown = masked(candidate)
        if all(shown.count(mark) == candidate.count(mark) for mark in _STRUCTURE):
            return shown
    return "…"
