"""Fit text into columns: width, cutting, wrapping."""

from __future__ import annotations

import unicodedata


def columns(text: str) -> int:
    """Count the columns a text takes; wide characters take two."""
    return len(text) if text.isascii() else sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def padded(text: str, width: int) -> str:
    """Fill a text with spaces up to a width."""
    return text + " " * (width - columns(text))


def cut(text: str, width: int) -> str:
    """Cut a text to a width and mark the cut."""
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 1:
        text = text[:-1]
    return text + "…"


def one_line(text: str) -> str:
    """Put a text on one line."""
    return " ".join(text.split()) if "\n" in text or "\t" in text else text


def wrapped(text: str, width: int, indent: int = 0) -> str:
    """Break each line at a width and indent it; a word longer than a line stays whole."""
    return "\n".join(" " * indent + line for each in text.split("\n") for line in _broken(each, width - indent))


def hanging(text: str, width: int, indent: int) -> str:
    """Wrap like `wrapped`, for text that starts behind something: the first line gets no indent."""
    return wrapped(text, width, indent).lstrip(" ")


def _broken(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and columns(joined) > width:
            lines.append(word)
        else:
            lines[-1] = joined
    return lines
