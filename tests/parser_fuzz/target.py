"""What is fuzzed: a reader, texts to begin from, and what must hold for any text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Target:
    """One reader under test."""

    name: str
    """Its name on the command line."""
    check: Callable[[str], Any]
    """Gives it a text. What may leave it is caught inside; whatever leaves `check` is a defect."""
    seeds: tuple[str, ...]
    """Texts to begin from, each of them understood."""
    words: tuple[str, ...] = ()
    """What its texts are made of, for changing them."""
    longest: int = 2_000
    """Most characters of a text."""


def text_of(data: bytes) -> str:
    """Return the text of an input as a reader of files gives it: what is no UTF-8 is replaced."""
    return data.decode("utf-8", "replace")
