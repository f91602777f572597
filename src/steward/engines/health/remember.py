"""Remember a look: its numbers for later, and what is not as it was at the look before."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, TypeVar

from steward.core.look import AnyFact
from steward.lib.text import visible_line
from steward.model.difference import Author, Difference, compared
from steward.model.fact import Snapshot
from steward.model.history import Series, Unit
from steward.model.ids import MachineId
from steward.store import differences, history
from steward.store.database import Connection
from steward.store.differences import Known

V = TypeVar("V")
_MOST_TRAITS = 5_000
_LONGEST_TRAIT = 300
_log = logging.getLogger("steward.remember")
REACH = "reach"
"""Under which it is kept whether a machine answered, beside the facts."""
REACH_SERIES = (Series(ending="up", unit=Unit.UP, matters=True),)
"""How that is told."""


def answered(connection: Connection, machine: MachineId, *, at: datetime, is_up: bool) -> None:
    """Keep whether a machine answered."""
    history.add(connection, machine=machine, fact=REACH, at=at, numbers={"up": float(is_up)})


def remembered(
    connection: Connection, facts: Mapping[str, AnyFact], snapshot: Snapshot, fresh: Collection[str]
) -> tuple[Difference, ...]:
    """Keep the numbers and the state of the facts read at this look; return what changed since the look before."""
    found: list[Difference] = []
    machine = snapshot.machine.id
    known = differences.known(connection, machine)
    unchanged: list[str] = []
    for name in sorted(fresh):
        fact, value = facts[name], snapshot.values.get(name)
        if value is None:
            continue
        numbers = _told(fact, fact.samples, value)
        if numbers is not None:
            finite = {key: number for key, number in numbers.items() if math.isfinite(number)}
            dropped = history.add(connection, machine=snapshot.machine.id, fact=name, at=snapshot.at, numbers=finite)
            if dropped:
                _log.warning("of %s on %s more is told than kept: %s", name, snapshot.machine.name, _some(dropped))
        traits = _told(fact, fact.traits, value)
        if traits is not None:
            now, before = _bounded(traits), known.get(name)
            if before is not None and before.traits == now:
                unchanged.append(name)
            else:
                found += _changed(connection, snapshot, name, before, now)
    differences.still(connection, machine=machine, facts=unchanged, at=snapshot.at)
    differences.append(connection, found)
    return tuple(found)


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(visible_line(name[:_LONGEST_TRAIT]) for name in names[:3]) + more


def _told(fact: AnyFact, tell: Callable[[Any], Mapping[str, V] | None] | None, value: object) -> Mapping[str, V] | None:
    if tell is None:
        return None
    try:
        return tell(value)
    except Exception:  # noqa: BLE001 - a plug-in's mistake costs its own memory, not the look at the machine
        _log.exception("fact %s cannot be remembered", fact.name)
        return None


def _bounded(traits: Mapping[str, str]) -> dict[str, str]:
    chosen = sorted(traits.items())[:_MOST_TRAITS]
    return {visible_line(subject[:_LONGEST_TRAIT]): visible_line(state[:_LONGEST_TRAIT]) for subject, state in chosen}


def _changed(
    connection: Connection, snapshot: Snapshot, fact: str, known: Known | None, now: Mapping[str, str]
) -> list[Difference]:
    machine = snapshot.machine.id
    differences.keep(connection, machine=machine, fact=fact, at=snapshot.at, traits=now)
    changed = compared(known.traits, now) if known is not None else ()
    if known is None or not changed:
        return []
    run = differences.run_between(connection, machine, known.at, snapshot.at)
    return [
        Difference(
            machine=machine,
            fact=fact,
            subject=subject,
            before=before,
            after=after,
            since=known.at,
            at=snapshot.at,
            author=Author.STEWARD if run else Author.UNKNOWN,
            run=run,
        )
        for subject, before, after in changed
    ]
