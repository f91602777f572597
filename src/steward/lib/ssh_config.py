"""Lines of an OpenSSH client configuration, without what they mean."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

_LINE = re.compile(r"(?P<keyword>[A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+)(?P<rest>.*)")
_LONGEST_LINE = 4_096


def directives(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield line, keyword in lower case and arguments of every directive."""
    for number, line in enumerate(text.split("\n"), start=1):
        plain = line.strip()
        if not plain or plain.startswith("#") or len(plain) > _LONGEST_LINE:
            continue
        match = _LINE.fullmatch(plain)
        if match is not None:
            yield number, match["keyword"].lower(), _arguments(match["rest"])


def _arguments(rest: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(rest, comments=True))
    except ValueError:  # a quote that is never closed
        return tuple(rest.split())
