"""Commands are lists of words; this file alone turns them into shell text."""

from __future__ import annotations

import shlex
from collections.abc import Sequence


def quote(word: str) -> str:
    """Quote one word for a POSIX shell. A NUL byte cannot be carried and is refused."""
    if "\0" in word:
        msg = "a NUL byte cannot be part of a command"
        raise ValueError(msg)
    return shlex.quote(word)


def join(argv: Sequence[str]) -> str:
    """Write argv as one line that any POSIX shell reads back as exactly these words."""
    return " ".join(quote(word) for word in argv)
