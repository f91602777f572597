"""How occurrences of triggers look: a word and its color, a strip, and bars as high as they took long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from steward.surfaces.web import gantt
from steward.surfaces.web.texts import Texts
from steward.surfaces.web.words import tone_of

_STRIP = 30
ENDED = "ended"
"""State in which the result of the run says how it went."""


def tone_and_word(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return status word and key of the text that tell how an occurrence stands; the end of its run says most."""
    if row["state"] == ENDED and row["result"]:
        return tone_of("run", row["result"]), f"state.run.{row['result']}"
    return tone_of("occurrence", row["state"]), f"state.occurrence.{row['state']}"


def beats(rows: Sequence[Mapping[str, Any]], words: Texts) -> list[dict[str, str]]:
    """Return occurrences as the strip shows them, oldest first; one that was late is never green."""
    nothing = {"tone": "none", "says": words("schedules.nothing")}
    return [nothing] * (_STRIP - len(rows)) + [_beat(row, words) for row in reversed(rows)]


def columns(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return those that ran to their end as bars, oldest first."""
    ran = [row for row in rows if row["seconds"] is not None and row["result"]]
    return gantt.columns([{"id": row["id"], "state": row["result"], "seconds": row["seconds"]} for row in ran])


def _beat(row: Mapping[str, Any], words: Texts) -> dict[str, str]:
    tone, word = tone_and_word(row)
    late = f", {words('schedules.late')}" if row["is_late"] else ""
    return {
        "tone": "warning" if late and tone == "ok" else tone,
        "says": f"{str(row['due'])[:16].replace('T', ' ')} UTC: {words(word)}{late}",
    }
