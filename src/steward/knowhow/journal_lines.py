"""Lines of a machine's journal since a cursor: what to run, what it printed, and which lines fit. Pure.

Expressions are RE2's, by the language of expressions: they take time in proportion to a line and cannot hang.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from steward.knowhow.outputs import complaint, lines, moment, whole
from steward.lib.expression import ExpressionError, compiled, evaluate
from steward.model.fact import CommandOutput, FactUnavailable, Reading
from steward.model.watches import JournalWatch, Priority

MOST_LINES = 500
"""Lines of one reading; what came after them is read next time."""
_LONGEST_LINE = 1000
_LONGEST_CURSOR = 400
_MOST_BYTES = 3 * 1024 * 1024
_FITS = "text.matches(pattern)"
_NAME = "lines"
_READ = f"""\
export LC_ALL=C
command -v journalctl >/dev/null 2>&1 || {{ echo 'there is no journal' >&2; exit 1; }}
if [ "$(id -u)" != 0 ] && ! id -Gn | tr ' ' '\\n' | grep -qx -e adm -e systemd-journal; then
    echo 'only the group systemd-journal may read it: sudo usermod -aG systemd-journal USER' >&2
    exit 1
fi
{{ journalctl "$@" || echo 'journalctl failed' >&2; }} | head -n {MOST_LINES}
"""
_ALWAYS = (
    "--quiet",
    "--no-pager",
    "--output=json",
    "--output-fields=MESSAGE,PRIORITY,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER",
)


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """One line."""

    cursor: str
    """Its place in the journal."""
    at: datetime | None
    """When it was written (UTC), by the machine's clock."""
    unit: str
    """Unit that wrote it, or the program's name."""
    priority: int | None
    """0 (emerg) to 7 (debug)."""
    text: str
    """What it says; cut at a thousand characters."""


def reading(watch: JournalWatch, *, cursor: str, since: int) -> Reading:
    """Return the command that gives the lines after a cursor; without one those since a time (seconds since 1970)."""
    place = f"--after-cursor={cursor}" if cursor else f"--since=@{since}"
    number = [*Priority].index(watch.priority)
    unit = (f"--unit={watch.unit}",) if watch.unit else ()
    words = (*_ALWAYS, place, f"--priority={number}", *unit)
    return Reading(name=_NAME, argv=("sh", "-c", _READ, "sh", *words), timeout_seconds=30, output_limit=_MOST_BYTES)


def newest() -> Reading:
    """Return the command that gives the newest line, whatever it is: where watching begins."""
    return Reading(name=_NAME, argv=("sh", "-c", _READ, "sh", *_ALWAYS, "--lines=1"), timeout_seconds=30)


def parse(outputs: Mapping[str, CommandOutput]) -> tuple[JournalLine, ...]:
    """Read what was printed; a line that was cut off is left for the next time.

    Raises:
        FactUnavailable: the journal could not be read.
    """
    output = outputs.get(_NAME)
    if output is None or output.exit_code is None or output.is_timed_out:
        msg = "the journal was not read in time"
        raise FactUnavailable(msg)
    found = [line for text in lines(output.stdout)[:MOST_LINES] if (line := _line(text)) is not None]
    if not found and (output.exit_code != 0 or output.stderr.strip()):
        msg = f"the journal cannot be read: {complaint(output)}"
        raise FactUnavailable(msg)
    return tuple(found)


def fitting(watch: JournalWatch, found: Sequence[JournalLine]) -> tuple[JournalLine, ...]:
    """Return the lines that fit what is watched."""
    return tuple(line for line in found if _fits(watch, line.text))


def why_no_expression(pattern: str) -> str:
    """Return why a text is no regular expression here, or an empty text when it is."""
    try:
        evaluate(compiled(_FITS, ("text", "pattern")), {"text": "", "pattern": pattern})
    except ExpressionError as error:
        return str(error)
    return ""


def _fits(watch: JournalWatch, text: str) -> bool:
    if watch.contains and watch.contains.casefold() not in text.casefold():
        return False
    if not watch.matches:
        return True
    return evaluate(compiled(_FITS, ("text", "pattern")), {"text": text, "pattern": watch.matches}) is True


def _line(text: str) -> JournalLine | None:
    try:
        told: Any = json.loads(text) if text.startswith("{") else None
    except (ValueError, RecursionError):
        return None
    one = cast("Mapping[str, Any]", told if isinstance(told, dict) else {})
    cursor, written = one.get("__CURSOR"), whole(str(one.get("__REALTIME_TIMESTAMP", "")))
    if not isinstance(cursor, str) or not 0 < len(cursor) <= _LONGEST_CURSOR:
        return None
    writers = (one.get(name) for name in ("UNIT", "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER"))
    return JournalLine(
        cursor=cursor,
        at=moment(written // 1_000_000) if written is not None else None,
        unit=next((_text(writer)[:200] for writer in writers if writer), ""),
        priority=whole(str(one.get("PRIORITY", ""))),
        text=_text(one.get("MESSAGE")),
    )


def _text(value: object) -> str:
    """Return a field as text: journalctl writes what is no UTF-8 as a list of bytes, and what is long as null."""
    if isinstance(value, list):
        numbers = cast("list[Any]", value)[:_LONGEST_LINE]
        if all(isinstance(number, int) and 0 <= number <= 255 for number in numbers):
            return bytes(numbers).decode("utf-8", "replace")
        return ""
    return value[:_LONGEST_LINE] if isinstance(value, str) else ""
