"""What suspended runs wait for, in one word each."""

from __future__ import annotations

from collections.abc import Mapping

from steward.model.hold import Hold, HoldKind, HoldRecord
from steward.model.ids import RunId
from steward.model.plan import Plan
from steward.store import holds
from steward.store.database import Connection

PERSON, HANDS, TIME, CONDITION, EVENT = "person", "hands", "time", "condition", "event"
"""Somebody's answer, somebody's hands, a moment, a readable line, an event."""


def waits_of(connection: Connection, plans: Mapping[RunId, Plan]) -> dict[RunId, tuple[str, ...]]:
    """Return what each of these runs waits for now, each word once; nothing for runs that wait for nothing."""
    found: dict[RunId, tuple[str, ...]] = {}
    for run, plan in plans.items():
        open_ones = [record for record in holds.of_run(connection, run) if record.ended is None]
        known = {hold.id: hold for hold in plan.course.holds} if plan.course else {}
        words = tuple(dict.fromkeys(word_of(record, known.get(record.hold)) for record in open_ones))
        if words:
            found[run] = words
    return found


def word_of(record: HoldRecord, hold: Hold | None) -> str:
    """Return what a hold waits for, in one word."""
    if record.kind is HoldKind.ASK:
        return PERSON
    if record.kind is HoldKind.PHYSICAL:
        return HANDS
    wait = hold.wait if hold else None
    if wait is not None and wait.condition:
        return CONDITION
    return EVENT if wait is not None and wait.event else TIME
