"""Numbers over time, kept small: five minutes apart for two days, hours for two months, days for three years.

One row holds one stretch of one fact of one machine, all its numbers together, so that fifty machines cost some
hundred small rows an hour. A row is thinned into the next coarser one when the next of its kind begins.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from steward.model.history import Past, Point, merged
from steward.model.ids import MachineId
from steward.store.database import Connection
from steward.store.kept import Body, Kept, kept_of, point_of
from steward.store.schema import KEY, METADATA, NUMBER, JsonText, Moment

HISTORY = sa.Table(
    "history",
    METADATA,
    sa.Column("machine", KEY, primary_key=True),
    sa.Column("fact", KEY, primary_key=True),
    sa.Column("step", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("begin", Moment(), primary_key=True),
    sa.Column("body", JsonText(), nullable=False),
)
_H = HISTORY.c
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_NUMBERS = 300
"""Names that are kept of one fact of one machine; what comes after them, in the order of the alphabet, is dropped."""


@dataclass(frozen=True, kw_only=True)
class Grain:
    """How fine numbers are kept, and for how long."""

    step: int
    """Seconds between two points."""
    stretch: int
    """Seconds that one row holds."""
    kept: timedelta
    """How long."""

    def begin(self, at: datetime) -> datetime:
        """Return where the row begins that holds a time."""
        return _floor(at, self.stretch)


@dataclass(frozen=True, kw_only=True)
class _Row:
    """Which row."""

    machine: MachineId
    fact: str
    grain: Grain
    begin: datetime

    def key(self) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            _H.machine == self.machine,
            _H.fact == self.fact,
            _H.step == self.grain.step,
            _H.begin == self.begin,
        )


GRAINS = (
    Grain(step=300, stretch=3_600, kept=timedelta(hours=48)),
    Grain(step=3_600, stretch=86_400, kept=timedelta(days=60)),
    Grain(step=86_400, stretch=30 * 86_400, kept=timedelta(days=3 * 365)),
)
_JUDGED = (timedelta(hours=6), timedelta(days=7), timedelta(days=3 * 365))
"""For how long back a judgment looks at each."""


def add(
    connection: Connection, *, machine: MachineId, fact: str, at: datetime, numbers: Mapping[str, float]
) -> tuple[str, ...]:
    """Keep the numbers of one look, unless the five minutes have theirs already; return the names that were dropped.

    Names come and go, those of short-lived containers for example. A row holds so many and no more, or it would grow
    with every name there ever was.
    """
    grain = GRAINS[0]
    row = _Row(machine=machine, fact=fact, grain=grain, begin=grain.begin(at))
    offset = int((_floor(at, grain.step) - row.begin).total_seconds())
    body = _body(connection, row)
    if body is not None and any(points and points[-1][0] >= offset for points in body.values()):
        return ()
    if body is None:
        _thin(connection, row)
    kept: Body = body or {}
    dropped: list[str] = []
    for name, value in sorted(numbers.items()):
        if name in kept or len(kept) < MOST_NUMBERS:
            kept.setdefault(name, []).append([offset, value, value, value])
        else:
            dropped.append(name)
    _put(connection, row, kept, is_new=body is None)
    return tuple(dropped)


def fill(
    connection: Connection, *, machine: MachineId, fact: str, points: Mapping[str, Sequence[Point]]
) -> tuple[str, ...]:
    """Keep hours that somebody else measured; hours that are known stay as they are. Return the names dropped."""
    grain = GRAINS[1]
    by_row: dict[datetime, dict[str, list[Point]]] = {}
    for name in sorted(points):
        for point in points[name]:
            by_row.setdefault(grain.begin(point.at), {}).setdefault(name, []).append(point)
    dropped: set[str] = set()
    for begin, names in sorted(by_row.items()):
        row = _Row(machine=machine, fact=fact, grain=grain, begin=begin)
        body = _body(connection, row)
        if body is None:
            _thin(connection, row)
        kept: Body = body or {}
        for name, told in names.items():
            if name in kept or len(kept) < MOST_NUMBERS:
                _insert(kept, name, told, row)
            else:
                dropped.add(name)
        _put(connection, row, kept, is_new=body is None)
    return tuple(sorted(dropped))


def _insert(kept: Body, name: str, points: Sequence[Point], row: _Row) -> None:
    known = {int(each[0]): each for each in kept.get(name, ())}
    for point in points:
        offset = int((_floor(point.at, row.grain.step) - row.begin).total_seconds())
        known.setdefault(offset, [offset, point.low, point.mean, point.high])
    kept[name] = [known[offset] for offset in sorted(known)]


def load(connection: Connection, *, machine: MachineId, facts: Collection[str], now: datetime | None = None) -> Past:
    """Return what is known of these facts, each stretch as finely as it is kept.

    With `now` as finely as a judgment needs, which takes a fourth of the time and memory: five minutes apart for six
    hours, hours for a week, days before. Every row but the newest of its kind has been thinned into coarser ones.
    """
    query = sa.select(HISTORY).where(_H.machine == machine, _H.fact.in_(sorted(facts)))
    if now is not None:
        windows = [
            sa.and_(_H.step == grain.step, _H.begin >= grain.begin(now - span))
            for grain, span in zip(GRAINS, _JUDGED, strict=True)
        ]
        query = query.where(sa.or_(_H.begin == _newest(), *windows))
    kept = kept_of(connection.execute(query)).get(machine, Kept())
    return Past(points={fact: {name: kept.of(fact, name) for name in kept.names(fact)} for fact in kept.rows})


def many(
    connection: Connection,
    *,
    machines: Collection[MachineId],
    facts: Collection[str],
    begin: datetime,
    step: int,
) -> Mapping[MachineId, Kept]:
    """Return what is known of machines since a time, told in stretches of one length, and finer where that is newer.

    One question for all of them. Whatever is finer has been thinned into stretches of this length, but for the newest
    row of each finer grain.
    """
    grain = next(grain for grain in GRAINS if grain.step == step)
    rows = connection.execute(
        sa.select(HISTORY).where(
            _H.machine.in_(sorted(machines)),
            _H.fact.in_(sorted(facts)),
            sa.or_(
                sa.and_(_H.step == step, _H.begin >= grain.begin(begin)),
                sa.and_(_H.step < step, _H.begin == _newest()),
            ),
        )
    )
    return {MachineId(machine): kept for machine, kept in kept_of(rows).items()}


def known(connection: Connection, machine: MachineId, facts: Collection[str]) -> frozenset[str]:
    """Return those of these facts of which there is something."""
    query = sa.select(_H.fact).where(_H.machine == machine, _H.fact.in_(sorted(facts))).distinct()
    return frozenset(connection.execute(query).scalars())


def step_for(span: timedelta) -> int:
    """Return how far apart numbers are told for so long a time: about two hundred of them, from what is still kept."""
    fitting = (grain.step for grain in GRAINS if grain.kept >= span and span.total_seconds() <= grain.step * 200)
    return next(fitting, GRAINS[-1].step)


def _newest() -> sa.ScalarSelect[datetime]:
    """Select where the newest row begins of those that a row belongs to."""
    other = HISTORY.alias("other")
    same = (other.c.machine == _H.machine, other.c.fact == _H.fact, other.c.step == _H.step)
    return sa.select(sa.func.max(other.c.begin)).where(*same).scalar_subquery()


def forget(connection: Connection, machine: MachineId) -> None:
    """Drop the numbers of a machine that left."""
    connection.execute(sa.delete(HISTORY).where(_H.machine == machine))


def prune(connection: Connection, now: datetime) -> None:
    """Drop what is kept coarser by now, and what is too old for that."""
    for grain in GRAINS:
        oldest = grain.begin(now - grain.kept)
        connection.execute(sa.delete(HISTORY).where(_H.step == grain.step, _H.begin < oldest))


def _thin(connection: Connection, row: _Row) -> None:
    """Merge the row that ended before this one into the coarser one; a machine that was off for days loses nothing."""
    coarse = next((grain for grain in GRAINS if grain.step > row.grain.step), None)
    ended = connection.execute(
        sa.select(_H.begin, _H.body)
        .where(_H.machine == row.machine, _H.fact == row.fact, _H.step == row.grain.step, _H.begin < row.begin)
        .order_by(_H.begin.desc())
        .limit(1)
    ).first()
    if coarse is None or ended is None:
        return
    target = _Row(machine=row.machine, fact=row.fact, grain=coarse, begin=coarse.begin(ended.begin))
    body = _body(connection, target)
    if body is None:
        _thin(connection, target)
    _put(connection, target, _thinned(ended.begin, ended.body, target, body or {}), is_new=body is None)


def _thinned(begin: datetime, fine: Body, target: _Row, known: Body) -> Body:
    """Return the coarse numbers with those of a fine row, whose points are merged where they fall together."""
    whole = {name: list(raw) for name, raw in known.items()}
    for name, raw in fine.items():
        if name not in whole and len(whole) >= MOST_NUMBERS:
            continue
        by_offset: dict[int, list[Point]] = {}
        for point in (point_of(begin, each, target.grain.step) for each in raw):
            offset = int((_floor(point.at, target.grain.step) - target.begin).total_seconds())
            by_offset.setdefault(offset, []).append(point)
        there = {int(each[0]) for each in whole.get(name, ())}
        for offset, points in sorted(by_offset.items()):
            one = merged(points)
            if one is not None and offset not in there:
                whole.setdefault(name, []).append([offset, one.low, one.mean, one.high])
    return {name: sorted(raw) for name, raw in whole.items()}


def _body(connection: Connection, row: _Row) -> Body | None:
    return connection.execute(sa.select(_H.body).where(*row.key())).scalar_one_or_none()


def _put(connection: Connection, row: _Row, body: Body, *, is_new: bool) -> None:
    columns = {"machine": row.machine, "fact": row.fact, "step": row.grain.step, "begin": row.begin}
    change = sa.insert(HISTORY).values(columns) if is_new else sa.update(HISTORY).where(*row.key())
    connection.execute(change.values(body=body))


def _floor(at: datetime, seconds: int) -> datetime:
    whole = int((at - _EPOCH).total_seconds()) // seconds * seconds
    return _EPOCH + timedelta(seconds=whole)
