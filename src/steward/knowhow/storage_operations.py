"""What the operations on disks, pools, arrays and mounts share: their probes, and the words for what is not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from steward.lib.text import nearest, visible_line
from steward.model.errors import InvalidInput
from steward.model.fact import Fact, Snapshot
from steward.model.probe import Comparison, Probe, Scalar


def expects(
    snapshot: Snapshot, fact: Fact[Any], path: tuple[str, ...], says: str, *, is_now: Scalar, within: int = 0
) -> Probe:
    """Return the question whether a value of a fact is this one now, or within so many seconds."""
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=fact.name,
        path=path,
        expected=is_now,
        within_seconds=within,
    )


def differs(
    snapshot: Snapshot, fact: Fact[Any], path: tuple[str, ...], says: str, *, was: Scalar, within: int
) -> Probe:
    """Return the question whether a value of a fact is another one than before, within so many seconds."""
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=fact.name,
        path=path,
        comparison=Comparison.NOT_EQUAL,
        expected=was,
        within_seconds=within,
    )


def unread(snapshot: Snapshot, fact: Fact[Any], what: str) -> InvalidInput:
    """Return the refusal for what could not be read."""
    why = snapshot.unread.get(fact.name, "they were not read")
    return InvalidInput(f"cannot work on {what}", where=snapshot.machine.name, why=why)


def not_there(snapshot: Snapshot, what: str, name: str, known: Iterable[str]) -> InvalidInput:
    """Return the refusal for a name nobody has, with the nearest one."""
    near = nearest(name, known)
    hint = f"did you mean `{near}`?" if near else ""
    return InvalidInput(f"there is no {what} `{visible_line(name)}`", where=snapshot.machine.name, next_step=hint)
