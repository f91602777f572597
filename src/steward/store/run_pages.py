"""Pages of runs with their plans, newest first: each filter is narrowed by the database and decided on the record.

The plan lies in one JSON column, so a word in it is first looked for as text; only then is the plan read and asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.ids import RunId
from steward.model.plan import Plan
from steward.model.run import Run, RunState
from steward.store import plans, runs
from steward.store.database import Connection
from steward.store.plans import PLANS
from steward.store.rows import from_row
from steward.store.runs import RUNS

_R = RUNS.c
_BODY: sa.ColumnElement[str] = sa.type_coerce(PLANS.c.body, sa.Text())
_AT_ONCE = 200


@record
class Wanted:
    """Which runs are wanted; what is left out is free."""

    states: tuple[RunState, ...] = ()
    """In one of these states."""
    machine: str = ""
    """Touching the machine of this id."""
    text: str = ""
    """With this in the title or the id; the case of letters of the English alphabet does not matter."""
    commands: tuple[str, ...] = ()
    """Whose steps are exactly these commands, in this order."""
    command: str = ""
    """With a step of this command."""
    since: datetime | None = None
    """Proposed since then."""
    before: RunId | None = None
    """Listed after this run."""

    def holds(self, run_id: str, body: Mapping[str, Any]) -> bool:
        """Tell whether a run is wanted, by its plan as it lies in its row."""
        used = tuple(step["command"]["name"] for step in body["steps"])
        return (
            (not self.machine or any(target["machine"] == self.machine for target in body["targets"]))
            and (not self.text or self.text.casefold() in f"{body['title']}\n{run_id}".casefold())
            and (not self.commands or used == self.commands)
            and (not self.command or self.command in used)
        )


def page(
    connection: Connection, wanted: Wanted, *, limit: int, reach: int | None = None
) -> tuple[tuple[Run, Plan], ...]:
    """Return the newest runs that are wanted, each with its plan; with `reach` only so many plans are read for it."""
    last = runs.get(connection, wanted.before) if wanted.before else None
    found: list[tuple[Run, Plan]] = []
    read, at_once = 0, min(limit, _AT_ONCE)
    while reach is None or read < reach:
        taken = 0
        for row, plan in _candidates(connection, wanted, last, limit=at_once):
            taken, last = taken + 1, from_row(Run, row)
            if wanted.holds(last.id, plan.body):
                found.append((last, plans.of_row(plan)))
            if len(found) == limit:
                return tuple(found)
        if taken < at_once:
            break
        read += taken
    return tuple(found)


def _candidates(
    connection: Connection, wanted: Wanted, last: Run | None, *, limit: int
) -> Iterator[tuple[sa.Row[Any], sa.Row[Any]]]:
    """Yield rows of runs with the rows of their plans; only what is wanted is read as a plan, which takes longer."""
    rows: Sequence[sa.Row[Any]] = connection.execute(query_of(wanted, last, limit=limit)).all()
    by_id = plans.rows_of(connection, [row.plan for row in rows])
    for row in rows:
        yield row, by_id[row.plan]


def query_of(wanted: Wanted, last: Run | None, *, limit: int) -> sa.Select[Any]:
    """Return the question for runs that may be wanted, after `last` in the order of the list."""
    query = sa.select(RUNS).order_by(_R.created.desc(), _R.id).limit(limit)
    if wanted.states:
        query = query.where(_R.state.in_([state.value for state in wanted.states]))
    if wanted.since is not None:
        query = query.where(_R.created >= wanted.since)
    if last is not None:
        # Begins with a plain bound, so that the index leads there whatever the page.
        query = query.where(_R.created <= last.created, sa.or_(_R.created < last.created, _R.id > last.id))
    hints = [_said("machine", wanted.machine), _said("name", wanted.command)]
    hints += [_said("name", wanted.commands[0])] if wanted.commands else []
    if any(hints) or wanted.text:
        query = query.join(PLANS, PLANS.c.id == _R.plan)
    for hint in filter(None, hints):
        query = query.where(_BODY.contains(hint, autoescape=True))
    return query.where(_has(wanted.text)) if wanted.text else query


def _said(name: str, value: str) -> str:
    """Return how a field of the plan is written in its row; empty when it is not asked for."""
    return f'"{name}":{json.dumps(value)}' if value else ""


def _has(text: str) -> sa.ColumnElement[bool]:
    """Ask for a text in the title, which stands before the goal in the row, or in the id.

    A wider net would have every plan read where the text is a word that all plans hold.
    """
    word = json.dumps(text)[1:-1]
    for sign in ("/", "%", "_"):
        word = word.replace(sign, f"/{sign}")
    in_title = _BODY.ilike(f'%"title":"%{word}%","goal":"%', escape="/")
    return sa.or_(in_title, _R.id.ilike(f"%{word}%", escape="/"))
