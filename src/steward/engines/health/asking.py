"""Runs that wait for a person: for an answer, or for something done by hand."""

from __future__ import annotations

from datetime import datetime

from steward.core.runs import load
from steward.lib.record import record
from steward.model.hold import HoldKind
from steward.model.ids import RunId
from steward.store import holds
from steward.store.database import Connection

_FOR_PEOPLE = frozenset({HoldKind.ASK, HoldKind.PHYSICAL})
_MOST = 20


@record
class AskingRun:
    """One thing a run waits for from a person."""

    run: RunId
    """The run."""
    title: str
    """What the run does."""
    hold: str
    """What is waited for, as `holds ls` names it."""
    kind: HoldKind
    """Whether it is a question or work for hands."""
    says: str
    """What is waited for, in one line."""
    since: datetime
    """Since when (UTC)."""


def asking(connection: Connection) -> tuple[AskingRun, ...]:
    """Return what runs wait for from people, the longest first; at most twenty."""
    found = [known for known in holds.listing(connection) if known.kind in _FOR_PEOPLE][:_MOST]
    lines: list[AskingRun] = []
    for known in found:
        plan = load(connection, known.run)[1].plan
        says = {hold.id: hold.says for hold in (plan.course.holds if plan.course else ())}
        lines.append(
            AskingRun(
                run=known.run,
                title=plan.title,
                hold=known.hold,
                kind=known.kind,
                says=says.get(known.hold, known.hold),
                since=known.opened,
            )
        )
    return tuple(lines)
