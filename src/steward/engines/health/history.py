"""Numbers over time, for people: how it was, how it grows, how often it was up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from steward.core.catalogue import CommandSpec
from steward.core.desk import Desk
from steward.core.look import AnyFact
from steward.engines.health.remember import REACH, REACH_SERIES
from steward.engines.health.series import SeriesLine, Teller, Window, that_matter
from steward.lib.record import record
from steward.lib.span import span_of
from steward.lib.text import age, plural, visible_line
from steward.model.access import Right
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.history import NO_PAST, Past, Series, Unit, outside
from steward.model.ids import MachineId
from steward.model.machine import Machine
from steward.model.risk import Risk
from steward.store import history

_SHORTEST, _LONGEST = timedelta(minutes=15), timedelta(days=3 * 365)
_MOST = 500
_WORST_UP = 3
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
    machines = (desk.workspace.require(given.machine),) if given.machine else desk.workspace.inventory().machines
    facts = {name: fact for name, fact in desk.look.facts.items() if fact.samples is not None}
    specs: Mapping[str, Sequence[Series]] = {REACH: REACH_SERIES} | {name: fact.series for name, fact in facts.items()}
    chosen = None if given.machine or given.name else that_matter(facts) | {REACH: frozenset({"up"})}
    sources = tuple(source.name for source in desk.telemetry.file().sources)
    past = await _past(desk, machines, window, chosen or dict.fromkeys(specs, None), sources)
    found: list[SeriesLine] = []
    for machine in machines:
        known = past.get(machine.id, NO_PAST)
        teller = Teller(machine=machine.name, past=known, sources=sources, window=window)
        lines = [line for fact in (chosen or specs) for line in teller.lines(fact, specs[fact])]
        found += [line for line in lines if _is_asked(line, given.name)]
    told = _standing_out(found, specs) if chosen else found
    return History(
        sentence=_sentence(told, window),
        window=window,
        series=tuple(told[:_MOST]),
        left_out=len(found) - len(told[:_MOST]),
        not_kept=_not_kept(desk, machines[0], facts) if given.machine else (),
    )


async def _past(
    desk: Desk,
    machines: Sequence[Machine],
    window: Window,
    endings: Mapping[str, frozenset[str] | None],
    sources: Sequence[str],
) -> Mapping[MachineId, Past]:
    """Ask the store once, for Steward's own numbers and those of others."""
    by_name = {
        name: wanted for fact, wanted in endings.items() for name in (fact, *(outside(fact, each) for each in sources))
    }

    def is_wanted(fact: str, name: str) -> bool:
        wanted = by_name[fact]
        return wanted is None or name.rpartition(" ")[2] in wanted

    return await desk.storage.read(
        history.many,
        machines=[machine.id for machine in machines],
        facts=by_name.keys(),
        begin=window.begin,
        step=history.step_for(window.end - window.begin),
        wanted=is_wanted,
    )


def _window(desk: Desk, given: str) -> Window:
    span = span_of(given)
    if span is None or not _SHORTEST <= span <= _LONGEST:
        why = "it must be a span of time from 15 minutes to 1095 days"
        raise InvalidInput(f"`{visible_line(given)}` cannot be used", why=why, next_step="write `--since 7d`")
    now = desk.clock.now()
    return Window(begin=now - span, end=now)


def _is_asked(line: SeriesLine, wanted: str) -> bool:
    return wanted.lower() in f"{line.fact} {line.name}".lower()


def _standing_out(lines: Iterable[SeriesLine], specs: Mapping[str, Sequence[Series]]) -> list[SeriesLine]:
    """Return of each kind on each machine the one that stands out: the fullest, the hottest, the most often down."""
    kinds: dict[tuple[str, str, str], list[SeriesLine]] = {}
    for line in lines:
        ending = line.name.rpartition(" ")[2]
        if any(each.matters and each.ending == ending for each in specs[line.fact]):
            kinds.setdefault((line.machine, line.fact, ending), []).append(line)
    told: list[SeriesLine] = []
    for group in kinds.values():
        ordered = sorted(group, key=_weight, reverse=True)
        worst = [line for line in ordered[:_WORST_UP] if line.unit is Unit.UP and line.mean < 1]
        told += worst or ordered[:1]
    return told


def _weight(line: SeriesLine) -> float:
    """Return how much a number stands out among those of its kind."""
    if line.unit is Unit.UP:
        return -line.mean
    return line.now / line.room if line.room else line.mean


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
        positional=frozenset({"machine", "name"}),
        examples=(
            Example(line="history", does="Show the few numbers that matter of every machine, over a week"),
            Example(line="history nas used_bytes --since 90d", does="Show how the filesystems of nas grew"),
        ),
    ),
)
