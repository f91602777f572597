"""Write Markdown in which words of a machine stay words: no link, no heading, no HTML and no new line comes of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from steward.lib.text import visible_line

NONE = "-"
_LONGEST = 160
_SIMPLE = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_PLAIN_WORD = re.compile(r"\(?/?[^\W_](?:[^\W_]|[%'/:=-])*[,.;:!?)]*|[-=]|\(?[^\W_]*%?\)?[,.;:]?")
_LIST_MARK = re.compile(r"\d+[.)]+|[-=+]+")
_WRITTEN_OUT = {"`": "\\u{60}", "|": "\\u{7c}"}


def code(text: str, *, longest: int = _LONGEST) -> str:
    """Write any text as it is, between backticks: nothing in it means anything there."""
    shown = visible_line(text).strip()
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    for mark, written in _WRITTEN_OUT.items():
        shown = shown.replace(mark, written)
    return f"`{shown}`" if shown else NONE


def name(text: str) -> str:
    """Write a name: as it is when it is made of letters, digits and dashes, else between backticks."""
    return text if len(text) <= _LONGEST and _SIMPLE.fullmatch(text) else code(text)


def prose(text: str, *, longest: int = 2 * _LONGEST) -> str:
    """Write a sentence that may hold words of a machine: each word that could mean something stands in backticks."""
    shown = visible_line(text).strip()
    shown = shown if len(shown) <= longest else shown[: longest - 1] + "…"
    words = [word for word in shown.split(" ") if word]
    told = [word if _is_plain(word) else _quoted(word) for word in words]
    if told and _LIST_MARK.fullmatch(told[0]):
        told[0] = code(told[0])
    return " ".join(told) or NONE


def _quoted(word: str) -> str:
    """Put a word between backticks, and what ends a sentence behind them."""
    bare = word.rstrip(",.;:!?") or word
    return f"{code(bare)}{word[len(bare) :]}"


def _is_plain(word: str) -> bool:
    return "//" not in word and bool(_PLAIN_WORD.fullmatch(word))


def link(text: str, path: str) -> str:
    """Write a link to another page; the path is one of ours, made of letters, digits, dots and dashes."""
    return f"[{name(text)}]({path})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, most: int = 0) -> str:
    """Write a table of cells that are Markdown already; beyond `most` rows only their number is told."""
    all_rows = list(rows)
    shown = all_rows[:most] if most else all_rows
    if not shown:
        return ""
    titles, rule = f"| {' | '.join(head)} |", _row(["---"] * len(head))
    lines = [titles, rule, *(_row(row) for row in shown)]
    left = len(all_rows) - len(shown)
    return "\n".join(lines) + (f"\n\nAnd {left} more.\n" if left else "\n")


def bullets(items: Iterable[str], *, most: int = 0) -> str:
    """Write a list of lines that are Markdown already; beyond `most` only their number is told."""
    every = list(items)
    shown = every[:most] if most else every
    left = len(every) - len(shown)
    lines = [f"- {item}" for item in (*shown, *([f"and {left} more"] if left else []))]
    return "\n".join(lines) + "\n" if lines else ""


def numbered(items: Iterable[str]) -> str:
    """Write a list whose order counts."""
    lines = [f"{number}. {item}" for number, item in enumerate(items, start=1)]
    return "\n".join(lines) + "\n" if lines else ""


def sections(*parts: str) -> str:
    """Join parts with one empty line between, leaving out empty ones."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def section(title: str, *parts: str, level: int = 2) -> str:
    """Write a heading over parts; nothing where all of them are empty."""
    body = [part for part in parts if part.strip()]
    return sections(f"{'#' * level} {title}", *body) if body else ""


def listed(items: Sequence[str], *, most: int = 12) -> str:
    """Write a few words one after the other: `nas, web and 3 more`."""
    shown, left = items[:most], len(items) - most
    return ", ".join(shown) + (f" and {left} more" if left > 0 else "")


def day(value: date) -> str:
    """Write a day."""
    return value.isoformat()[:10]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or NONE for cell in cells)} |"
