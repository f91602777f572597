"""Every word the pages say of themselves, by key: a language is a folder, and each part of the pages a file in it."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
ENGLISH = "en"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""Languages by code, each named in its own words."""


class Texts:
    """Looks words up in one language."""

    def __init__(self, language: str = ENGLISH) -> None:
        self.language = language
        self._words: dict[str, str] = {}
        for part in sorted((FOLDER / language).glob("*.json")):
            self._words.update(json.loads(part.read_text("utf-8")))

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with `{name}` filled in.

        Raises:
            KeyError: there is no such text; a page that asks for one is wrong.
        """
        text = self._words[key]
        return text.format(**values) if values else text


def preferred(accepted: str) -> str:
    """Return the language a browser asks for with `Accept-Language`: the first one we speak, else English."""
    wishes: list[tuple[float, str]] = []
    for wish in accepted.split(","):
        code, _, weight = wish.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), code.partition("-")[0].lower()))
        except ValueError:
            continue
    spoken = (code for _, code in sorted(wishes, key=lambda wish: wish[0]) if code in LANGUAGES)
    return next(spoken, ENGLISH)
