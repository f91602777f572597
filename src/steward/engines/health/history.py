"""Numbers over time, for people: how it was, how it grows, how often it was up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.look import AnyFact
from steward.engines.health.remember import REACH, REACH_SERIES
from steward.engines.health.series import TREND_POINTS, SeriesLine, Teller, Window, spec_of
from steward.lib.record import record
from steward.lib.span import span_of
from steward.lib.text import age, plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.history import Series, Unit, outside
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.store import history
from steward.store.kept import Kept

_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(days=3 * 365)
_MOST = 500
_FEWEST_POINTS, _MOST_POINTS = 12, 300
_SOON = timedelta(days=90)


@record
class HistoryInput:
    """Show numbers over time: processors, memory, disks, temperatures, network, and how often services were up.

    Without a machine: the few that matter of each. They are five minutes apart for two days, then hours, then days.
    """

    machine: str = ""
    """Only this machine, by name or id, and all of its numbers."""
    name: str = ""
    """Only numbers in whose name or fact this stands: `used_bytes`, `memory`, `nginx`."""
    since: str = "7d"
    """How far back: `1h`, `7d`, `52w`; from 15 minutes to 1095 days."""
    fact: str = ""
    """Only numbers of this fact: `load`, `memory`."""
    points: int = TREND_POINTS
    """Into how many averages the time is cut, from 12 to 300."""


@record
class History:
    """Numbers over time."""

    sentence: str
    """The answer in one sentence."""
    window: Window
    """The time it tells of."""
    series: tuple[SeriesLine, ...]
    """Numbers, by machine; at most five hundred."""
    left_out: int
    """How many more there are: of each kind only the one that stands out is shown for all machines."""
    not_kept: tuple[str, ...]
    """Numbers of the machine asked for that are told and not kept, for there are too many of them."""


async def shown(desk: Desk, given: HistoryInput) -> History:
    """Show numbers over time."""
    window = _window(desk, given.since)
    points = max(_FEWEST_POINTS, min(_MOST_POINTS, given.points))
    machines = (desk.workspace.require(given.machine),) if given.machine else desk.workspace.inventory().machines
    facts = {name: fact for name, fact in desk.look.facts.items() if fact.samples is not None}
    specs: Mapping[str, Sequence[Series]] = {REACH: REACH_SERIES} | {name: fact.series for name, fact in facts.items()}
    is_whole = bool(given.machine or given.name)
    chosen = {
        fact: each
        for fact, each in specs.items()
        if (is_whole or any(one.matters for one in each)) and given.fact in {"", fact}
    }
    sources = tuple(source.name for source in desk.telemetry.file().sources)
    kept = await _kept(desk, machines, window, chosen, sources)
    found: list[SeriesLine] = []
    left_out = 0
    for machine in machines:
        known = kept.get(machine.id, Kept())
        teller = Teller(machine=machine.name, kept=known, sources=sources, window=window, points=points)
        for fact, each in chosen.items():
            names, more = _asked(teller, fact, given.name) if is_whole else _standing_out(teller, fact, each)
            lines = (teller.line(fact, name, spec_of(name, each)) for name in names)
            found += [line for line in lines if line is not None]
            left_out += more
    return History(
        sentence=_sentence(found, window),
        window=window,
        series=tuple(found[:_MOST]),
        left_out=left_out + len(found[_MOST:]),
        not_kept=_not_kept(desk, machines[0], facts) if given.machine else (),
    )


def _asked(teller: Teller, fact: str, wanted: str) -> tuple[list[str], int]:
    """Return the names in which a word stands, or in whose fact it does."""
    return [name for name in teller.names(fact) if wanted.lower() in f"{fact} {name}".lower()], 0


def _standing_out(teller: Teller, fact: str, specs: Sequence[Series]) -> tuple[list[str], int]:
    """Return the names of the numbers that matter and stand out, and how many of these kinds do not."""
    names = teller.names(fact)
    told: list[str] = []
    count = 0
    for spec in specs:
        mine = [name for name in names if spec.matters and spec_of(name, specs) is spec]
        told += teller.standing_out(fact, spec, mine)
        count += len(mine)
    return told, count - len(told)


async def _kept(
    desk: Desk,
    machines: Sequence[Machine],
    window: Window,
    facts: Collection[str],
    sources: Sequence[str],
) -> Mapping[MachineId, Kept]:
    """Ask the store once, for Steward's own numbers and those of others."""
    return await desk.storage.read(
        history.many,
        machines=[machine.id for machine in machines],
        facts=[name for fact in facts for name in (fact, *(outside(fact, each) for each in sources))],
        begin=window.begin,
        step=history.step_for(window.end - window.begin),
    )


def _window(desk: Desk, given: str) -> Window:
    span = span_of(given)
    if span is None or not _SHORTEST <= span <= _LONGEST:
        why = "it must be a span of time from 15 minutes to 1095 days"
        raise InvalidInput(f"`{visible_line(given)}` cannot be used", why=why, next_step="write `--since 7d`")
    now = desk.clock.now()
    return Window(begin=now - span, end=now)


def _not_kept(desk: Desk, machine: Machine, facts: Mapping[str, AnyFact]) -> tuple[str, ...]:
    seen = desk.seen(machine.id)
    if seen is None:
        return ()
    told = ((fact, seen.values[name]) for name, fact in facts.items() if name in seen.values)
    return tuple(
        visible_line(f"{fact.name} {name}"[:200])
        for fact, value in told
        if fact.samples
        for name in sorted(fact.samples(value))[history.MOST_NUMBERS :]
    )


def _sentence(lines: Sequence[SeriesLine], window: Window) -> str:
    if not lines:
        return "Nothing was measured in this time."
    machines = plural(len({line.machine for line in lines}), "machine")
    parts = [f"{plural(len(lines), 'number')} of {machines} over {age(window.end - window.begin)}."]
    full = min(((at, line) for line in lines if (at := line.full_at)), key=lambda each: each[0], default=None)
    if full is not None and full[0] - window.end < _SOON:
        where = full[1].name.removesuffix(" used_bytes")
        parts.append(f"{where} on {full[1].machine} is full in {age(full[0] - window.end)} if it grows on like this.")
    down = min((line for line in lines if line.unit is Unit.UP and line.mean < 1), key=lambda x: x.mean, default=None)
    if down is not None:
        what = down.machine if down.fact == REACH else f"{down.name.removesuffix(' up')} on {down.machine}"
        parts.append(f"{what} was up {min(99.99, down.mean * 100):.2f} % of the time.")
    return " ".join(parts)


COMMANDS = (
    CommandSpec(
        name="history",
        right=Right.READ,
        input=HistoryInput,
        output=History,
        handler=shown,
        risk=Risk.READ,
        live={"machine": "machine"},
        by_place=("machine", "name"),
        examples=(
            Example(line="history", does="Show the few numbers that matter of every machine, over a week"),
            Example(line="history nas used_bytes --since 90d", does="Show how the filesystems of nas grew"),
        ),
    ),
)
