"""The store of a large lab: thirty days of numbers of every machine, and what changed in that time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from steward.core.look import AnyFact
from steward.model.difference import Difference
from steward.model.fact import Snapshot
from steward.model.ids import MachineId
from steward.store import differences
from steward.store.database import Connection
from steward.store.history import GRAINS, HISTORY

DAYS = 30
DIFFERENCES = 2_000


def fill_history(connection: Connection, facts: Sequence[AnyFact], snapshot: Snapshot, now: datetime) -> None:
    """Write the numbers of one machine; what they are called comes from the facts themselves."""
    connection.execute(sa.insert(HISTORY), list(_history(facts, snapshot, now)))


def fill_changes(connection: Connection, machines: Sequence[MachineId], now: datetime) -> None:
    """Write what changed, evenly over the days and the machines."""
    differences.append(connection, [_difference(number, machines, now) for number in range(DIFFERENCES)])


def _history(facts: Sequence[AnyFact], snapshot: Snapshot, now: datetime) -> Iterator[dict[str, Any]]:
    for fact in facts:
        value = snapshot.values.get(fact.name)
        numbers = fact.samples(value) if fact.samples and value is not None else {}
        for grain in GRAINS if numbers else ():
            reach = min(grain.kept, timedelta(days=DAYS))
            # The newest stretch is left to the looks themselves: they would find their five minutes taken.
            begin = grain.begin(now - timedelta(seconds=grain.stretch))
            while begin > now - reach:
                offsets = range(0, grain.stretch, grain.step)
                body = {name: [[each, one, one, one] for each in offsets] for name, one in numbers.items()}
                yield {
                    "machine": snapshot.machine.id,
                    "fact": fact.name,
                    "step": grain.step,
                    "begin": begin,
                    "body": body,
                }
                begin -= timedelta(seconds=grain.stretch)


def _difference(number: int, machines: Sequence[MachineId], now: datetime) -> Difference:
    at = now - timedelta(days=DAYS) * (number / DIFFERENCES)
    return Difference(
        machine=machines[number % len(machines)],
        fact="containers",
        subject=f"container service-{number % 10}: image",
        before=f"registry.home/app{number % 10}:1.{number}",
        after=f"registry.home/app{number % 10}:1.{number + 1}",
        since=at - timedelta(minutes=1),
        at=at,
    )
