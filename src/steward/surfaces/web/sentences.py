"""What commands say, on a page of any language: it stays English and is marked so; numbers follow the language."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from steward.lib.text import size, visible
from steward.surfaces.web.texts import ENGLISH, Texts

_CODE = Markup("<code>{}</code>")
_ENGLISH = Markup('<span lang="en">{}</span>')
_WORD = re.compile(r"[a-z]+\b(?![-./:])")


class Sentences:
    """Writes sentences that Steward says elsewhere too, and sizes."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def said(self, text: str) -> Markup:
        """Write a sentence of a command as it is, such as the title of a finding."""
        return self._marked(escape(visible(text)))

    def prose(self, text: str) -> Markup:
        """Write a sentence of a command: begun with a capital, what stands in backticks as code."""
        parts = visible(text).split("`")
        if _WORD.match(parts[0]):
            parts[0] = parts[0][0].upper() + parts[0][1:]
        if len(parts) % 2 == 0:
            return self._marked(escape("`".join(parts)))
        shown = (_CODE.format(part) if number % 2 else escape(part) for number, part in enumerate(parts))
        return self._marked(Markup().join(shown))

    def size(self, count: float) -> str:
        """Write a number of bytes as the language writes numbers."""
        return size(count).replace(".", self._texts("number.point"))

    def _marked(self, shown: Markup) -> Markup:
        """Tell readers aloud that it is English, where the page is not."""
        return shown if self._texts.language == ENGLISH or not shown else _ENGLISH.format(shown)
