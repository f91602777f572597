"""Find secrets in tables: a column whose head names a secret, in CSV, Markdown, answers of databases, `INSERT`."""

# ruff: noqa: E501 - tables read best a row a line

from __future__ import annotations

import re
from collections.abc import Iterator

from steward.lib.detect.names import Named, Weight, judge
from steward.lib.detect.span import Span
from steward.lib.detect.text import Text, beginnings, triggers
from steward.lib.detect.values import is_opaque, is_secret

_ROOTS = triggers("pass", "pwd", "secret", "token", "key", "psk", "otp")
_INSERTS = triggers("insert into", "replace into")
_HEAD = re.compile(
    r"[ \t|]{0,20}[\"']?[A-Za-z][\w .-]{0,40}[\"']?(?:[ \t]{0,40}[,;|\t][ \t]{0,40}[\"']?[A-Za-z_][\w .-]{0,40}[\"']?){1,30}[ \t|]{0,20}$"
)
_RULE = re.compile(r"[-+|:= \t]{3,500}$")
_CELL = re.compile(
    r"\"(?:[^\"\n]|\"\"){0,2000}\"|'(?:[^'\\\n]|\\.|''){0,2000}'|[^,;|\t\n\"'][^,;|\t\n]{0,2000}|(?=[,;|\t])"
)
_LINE, _ROWS = 2000, 1000
_INSERT = re.compile(
    r"(?:insert|replace)\s{1,8}into\s{1,8}[\w.`\"\[\]]{1,128}\s{0,8}\((?P<names>[^()]{1,2000})\)\s{0,8}values\s{0,8}",
    re.IGNORECASE,
)
_TUPLE = re.compile(
    r"\((?P<cells>(?:[^()'\"\n]{0,500}(?:'(?:[^'\\\n]|\\.|''){0,2000}'|\"[^\"\n]{0,2000}\"))(?:[^()'\"\n]{0,500}(?:'(?:[^'\\\n]|\\.|''){0,2000}'|\"[^\"\n]{0,2000}\")){0,40}[^()'\"\n]{0,500})\)\s{0,4},?\s{0,4}"
)


def spans(text: Text) -> Iterator[Span]:
    """Yield what stands in a column of secrets."""
    done = 0
    for start, end in text.lines(text.named(_ROOTS, least=Weight.LIKELY, is_before_sign=False), _LINE):
        for begin in beginnings(text.text, start, end) if start >= done else ():
            sign = _sign(text.text, begin, end)
            columns = _columns(text.text[begin:end].strip(" |\t").split(sign)) if sign else {}
            for span in _rows(text, end, sign, columns) if sign and columns else ():
                yield span
                done = span.end
    for place in text.places(_INSERTS):
        match = _INSERT.match(text.text, place)
        columns = _columns(match["names"].split(",")) if match else {}
        row = _TUPLE.match(text.text, match.end()) if match and columns else None
        for _ in range(_ROWS):
            if row is None:
                break
            yield from _cells(text.text, *row.span("cells"), ",", columns)
            row = _TUPLE.match(text.text, row.end())


def _sign(text: str, start: int, end: int) -> str | None:
    """Return what parts the cells of a line that may be the head of a table."""
    if end - start > 1000 or end >= len(text):
        return None
    counts = {sign: text.count(sign, start, end) for sign in "|,;\t"}
    sign = max(counts, key=lambda one: counts[one])
    return sign if counts[sign] and _HEAD.match(text, start, end) else None


def _columns(heads: list[str]) -> dict[int, Named]:
    judged = ((index, judge(head.strip(" \t\"'`[]*"))) for index, head in enumerate(heads))
    return {index: named for index, named in judged if named and named.weight is not Weight.WEAK}


def _rows(text: Text, at: int, sign: str, columns: dict[int, Named]) -> Iterator[Span]:
    for _ in range(_ROWS):
        start = at + 1
        at = text.line_end(start, _LINE)
        if start >= len(text.text) or sign not in text.text[start:at]:
            return
        if not _RULE.match(text.text, start, at):
            shift = len(text.text[start:at]) - len(text.text[start:at].lstrip(" |\t" if sign == "|" else " "))
            yield from _cells(text.text, start + shift, at, sign, columns)
        if text.text[at : at + 1] == "\r":
            at += 1


def _cells(text: str, at: int, end: int, sign: str, columns: dict[int, Named]) -> Iterator[Span]:
    for index in range(max(columns) + 1):
        at += len(text[at:end]) - len(text[at:end].lstrip(" "))
        cell = _CELL.match(text, at, end)
        if cell is None:
            return
        if index in columns:
            value = cell.group().strip(" `*\"'")
            start = text.find(value, cell.start())
            if is_secret(value, columns[index].weight) and is_opaque(value):
                yield Span(start, start + len(value), columns[index].kind)
        at = text.find(sign, cell.end(), end) + 1
        if at <= 0:
            return
