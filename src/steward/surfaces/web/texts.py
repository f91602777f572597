"""Every word the pages say of themselves, by key, so that another language is another file."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "texts"
ENGLISH = "en"


class Texts:
    """Looks words up in one language."""

    def __init__(self, language: str = ENGLISH) -> None:
        self.language = language
        self._words: dict[str, str] = json.loads((FOLDER / f"{language}.json").read_text("utf-8"))

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with `{name}` filled in.

        Raises:
            KeyError: there is no such text; a page that asks for one is wrong.
        """
        text = self._words[key]
        return text.format(**values) if values else text
