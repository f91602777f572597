"""Short words that tell values apart within ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_LONGEST = 30


def slugs(values: Sequence[Any]) -> list[str]:
    """Return a short word for each of some values, as a part of ids: the value where it can be one, else its number."""
    words = [str(value).lower() if isinstance(value, str | int) else "" for value in values]
    if all(map(_is_plain, words)) and len(set(words)) == len(words):
        return words
    return [str(number) for number in range(1, len(values) + 1)]


def _is_plain(word: str) -> bool:
    letters = word.replace("-", "")
    return 0 < len(word) <= _LONGEST and letters.isascii() and letters.isalnum() and word[0] != "-"
