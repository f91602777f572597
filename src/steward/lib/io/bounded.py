"""Read small text files of others: never a pipe, never more than a limit."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from steward.lib.text import size


class Unfit(Exception):
    """A file that is not read; the text says why."""


def bounded_text(path: Path, most_bytes: int) -> str:
    """Return the text of a regular file; links are followed.

    Raises:
        Unfit: it is not there, no regular file, too long, or no text.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                msg = "it is no regular file"
                raise Unfit(msg)
            content = file.read(most_bytes + 1)
    except OSError as error:
        msg = error.strerror or str(error)
        raise Unfit(msg) from error
    if len(content) > most_bytes:
        msg = f"it has more than {size(most_bytes)}"
        raise Unfit(msg)
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        msg = "it is no text in UTF-8"
        raise Unfit(msg) from error


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)
