"""One page: its front matter, what Steward writes, and the section that belongs to its owner.

The section between the marks is carried over byte for byte; a file without our front matter is its owner's whole.
"""

from __future__ import annotations

import json
import re
from datetime import date

from steward.lib.record import record
from steward.model.errors import InvalidFile

BEGIN = "<!-- notes: yours, kept -->"
"""The line above the owner's notes."""
END = "<!-- notes: end -->"
"""The line below them."""
WRITTEN = "\ue000"
"""Stands for the day a page is written; no text of a machine can hold it, for it is invisible."""
NO_NOTES = "\n"
_FENCE = "---"
_FIELD = re.compile(r'(steward|id|machine|source|written|gone): ("(?:[^"\\]|\\.)*"|[a-z0-9-]+)')
_MOST_FIELDS = 8


@record
class Page:
    """What Steward writes on one page."""

    path: str
    """Where it lies in the workspace."""
    kind: str
    """`machine`, `service`, or the name of the only page of its kind."""
    id: str
    """What it is about; stays the same when a name changes."""
    before: str
    """Markdown above the owner's notes, from the title on."""
    after: str = ""
    """Markdown below them."""
    notes: str = NO_NOTES
    """What stands between the marks until somebody writes there."""
    machine: str = ""
    """Id of the machine that what it is about lives on; empty for none."""
    source: str = ""
    """Fact that told it; empty where it was only declared."""
    has_date: bool = False
    """Whether it tells the day it was written."""


@record
class Front:
    """What the front matter of a page says."""

    kind: str
    """Kind of page."""
    id: str
    """What it is about."""
    machine: str = ""
    """Id of the machine that lives on."""
    source: str = ""
    """Fact that told it."""
    written: date | None = None
    """When it was written, for a page that tells."""
    gone: date | None = None
    """Since when what it is about is gone."""


def text_of(page: Page, notes: str, day: date) -> str:
    """Write a page with these notes in it."""
    fields = [f"steward: {page.kind}", f"id: {json.dumps(page.id)}"]
    fields += [f"machine: {json.dumps(page.machine)}"] if page.machine else []
    fields += [f"source: {json.dumps(page.source)}"] if page.source else []
    fields += [f"written: {day.isoformat()}"] if page.has_date else []
    head = "\n".join((_FENCE, *fields, _FENCE, "", ""))
    before = page.before.rstrip("\n").replace(WRITTEN, day.isoformat())
    after = page.after.strip("\n").replace(WRITTEN, day.isoformat())
    return f"{head}{before}\n\n{BEGIN}\n{notes}{END}\n" + (f"\n{after}\n" if after else "")


def front_of(text: str) -> Front | None:
    """Return what a page's front matter says; None for a file that is not ours."""
    lines = text.split("\n", _MOST_FIELDS + 2)[: _MOST_FIELDS + 2]
    lines = [line.rstrip("\r") for line in lines]
    if lines[0] != _FENCE or _FENCE not in lines[1:]:
        return None
    fields = dict(_field(line) for line in lines[1 : lines.index(_FENCE, 1)])
    if not fields.get("steward") or not fields.get("id"):
        return None
    return Front(
        kind=fields["steward"],
        id=fields["id"],
        machine=fields.get("machine", ""),
        source=fields.get("source", ""),
        written=_day(fields.get("written", "")),
        gone=_day(fields.get("gone", "")),
    )


def notes_of(text: str, path: str) -> str:
    """Return the owner's notes of a page, byte for byte.

    Raises:
        InvalidFile: a mark is missing, twice there, or in the wrong order; with the line to look at.
    """
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    begins = [number for number, line in enumerate(lines, start=1) if line.strip() == BEGIN]
    ends = [number for number, line in enumerate(lines, start=1) if line.strip() == END]
    for marks, mark in ((begins, BEGIN), (ends, END)):
        if not marks:
            raise _broken(path, len(lines), f"the line `{mark}` is missing")
        if len(marks) > 1:
            raise _broken(path, marks[1], f"the line `{mark}` is there twice")
    if ends[0] < begins[0]:
        raise _broken(path, ends[0], "the notes end before they begin")
    return "".join(lines[begins[0] : ends[0] - 1])


def _broken(path: str, line: int, why: str) -> InvalidFile:
    step = f"put your notes between one line `{BEGIN}` and one line `{END}`, or take the front matter away to keep all"
    what = "the marks around your notes are broken"
    return InvalidFile(what, file=path, line=max(1, line), column=1, why=why, next_step=step)


def gone_text(text: str, day: date) -> str:
    """Return the text of a page whose subject is gone: as it last was, with the day on top."""
    front, found, rest = text.removeprefix(f"{_FENCE}\n").partition(f"\n{_FENCE}\n")
    if not found:
        return text
    told = f"> Gone: Steward no longer saw this on {day.isoformat()}. The page stays as it last was."
    return f"{_FENCE}\n{front}\ngone: {day.isoformat()}\n{_FENCE}\n\n{told}\n{rest}"


def _field(line: str) -> tuple[str, str]:
    match = _FIELD.fullmatch(line)
    if not match:
        return "", ""
    value = match[2]
    if not value.startswith('"'):
        return match[1], value
    try:
        return match[1], str(json.loads(value))
    except ValueError:
        return "", ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
