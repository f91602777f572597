"""What the last look at a machine saw, fact by fact, each with its age: for whoever wants to know all of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.look import AnyFact
from steward.lib.codec import encode
from steward.lib.record import record
from steward.lib.text import nearest, plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import NotFound
from steward.model.risk import Risk
from steward.store import facts


@record
class FactsInput:
    """Show what the last look at a machine saw: all of it, or only these facts. The machine is not contacted."""

    machine: str
    """Name of the machine."""
    fact: tuple[str, ...] = ()
    """Only these, as `docs/reference/know-how.md` names them: `filesystems`, `timers`; none for all."""


@record
class SeenFact:
    """One fact about a machine."""

    name: str
    """Name of the fact."""
    summary: str
    """What it tells."""
    source: str
    """How it is learned: the programs that were asked, or `from outside`."""
    at: datetime | None
    """When it was read (UTC); None where it never was."""
    value: dict[str, Any] | None
    """What it says, in words of the machine; None where it could not be read."""
    unread: str
    """Why it could not be read; empty where it could."""


@record
class SeenFacts:
    """What is known of one machine."""

    sentence: str
    """How much it is, and how old."""
    machine: str
    """Name of the machine."""
    seen_at: datetime | None
    """When it was looked at last (UTC)."""
    facts: tuple[SeenFact, ...]
    """By name."""


async def shown(desk: Desk, given: FactsInput) -> SeenFacts:
    """Show the facts of a machine, after a restart those that were stored."""
    machine = desk.workspace.require(given.machine)
    chosen = _chosen(desk.look.facts, given.fact)
    snapshot = desk.seen(machine.id)
    if snapshot is not None:
        values = {name: encode(snapshot.values[name]) for name in chosen if name in snapshot.values}
        unread: Mapping[str, str] = snapshot.unread
        moments = {name: snapshot.read_at(name) for name in values}
        seen_at = snapshot.at
    else:
        stored = await desk.storage.read(facts.latest, machine.id)
        values = {name: stored.values[name] for name in chosen if name in stored.values} if stored else {}
        unread = stored.unread if stored else {}
        seen_at = stored.at if stored else None
        moments = dict.fromkeys(values, seen_at)
    told = tuple(
        SeenFact(
            name=name,
            summary=fact.summary,
            source=_source(fact),
            at=moments.get(name),
            value=values.get(name),
            unread="" if name in values else visible_line(unread.get(name, "")),
        )
        for name, fact in sorted(chosen.items())
        if name in values or name in unread or given.fact
    )
    known = sum(each.value is not None for each in told)
    sentence = f"{plural(known, 'fact')} about {machine.name}" + (f", {len(told) - known} unread." if known else ".")
    return SeenFacts(sentence=sentence, machine=machine.name, seen_at=seen_at, facts=told)


def _chosen(known: Mapping[str, AnyFact], wanted: tuple[str, ...]) -> dict[str, AnyFact]:
    for name in wanted:
        if name not in known:
            near = nearest(name, known)
            step = f"did you mean `{near}`?" if near else "`steward machines facts NAME` lists them"
            raise NotFound(f"there is no fact `{visible_line(name[:80])}`", next_step=step)
    return {name: known[name] for name in wanted or known}


def _source(fact: AnyFact) -> str:
    """Name the programs that a fact is read with."""
    programs = dict.fromkeys(reading.argv[0].rpartition("/")[2] for reading in fact.readings)
    return ", ".join(list(programs)[:3]) or "from outside"


COMMANDS = (
    CommandSpec(
        name="machines.facts",
        right=Right.READ,
        input=FactsInput,
        output=SeenFacts,
        handler=shown,
        risk=Risk.READ,
        live={"machine": "machine"},
        examples=(
            Example(line="machines facts nas --fact filesystems", does="Show the filesystems of nas as last seen"),
            Example(line="machines facts nas --json", does="Show everything the last look at nas saw"),
        ),
    ),
)
