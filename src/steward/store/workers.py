"""Which processes work on this store, when each last said so, and who took over the runs of one that fell silent.

Whoever joins takes the place with a higher epoch, beats with it and leaves; whoever adopts a silent one's runs raises
it too. So a beat with an older epoch is refused.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from steward.lib.record import record
from steward.model.run import JOB_STATES
from steward.store.database import Connection
from steward.store.rows import from_row, to_row
from steward.store.runs import RUNS
from steward.store.schema import KEY, METADATA, NUMBER, Moment

WORKERS = sa.Table(
    "workers",
    METADATA,
    sa.Column("id", KEY, primary_key=True),
    sa.Column("at", Moment(), nullable=False),
    sa.Column("name", KEY, nullable=False),
    sa.Column("role", KEY, nullable=False),
    sa.Column("version", KEY, nullable=False),
    sa.Column("boot", KEY, nullable=False),
    sa.Column("epoch", NUMBER, nullable=False),
    sa.Column("since", Moment(), nullable=False),
    sa.Column("runs", NUMBER, nullable=False),
    sa.Column("is_draining", sa.Boolean(), nullable=False),
    sa.Column("adopted_by", KEY, nullable=False),
)
_W = WORKERS.c


@record
class Worker:
    """A process that works on this store. All times are the database's own clock."""

    id: str
    """Name and installation: `shed-2@1f0c93aa`; runs are kept under it."""
    name: str
    """Name, unique among those alive."""
    role: str
    """`worker`, `control plane`, or `both`."""
    version: str
    """Version of the program."""
    boot: str
    """Boot of the machine it runs on."""
    epoch: int = 0
    """Rises whenever somebody takes this place; who holds an older one is refused."""
    since: datetime
    """When it joined."""
    at: datetime
    """When it last said that it is alive."""
    runs: int = 0
    """Runs it carries out."""
    is_draining: bool = False
    """Whether it takes no new runs and leaves when its steps have ended."""
    adopted_by: str = ""
    """Who gave its runs back to the queue after it fell silent."""


@record
class Waiting:
    """Runs that were approved and have not ended."""

    queued: int
    """Of these not begun."""
    open: int
    """All of them."""
    oldest: datetime | None
    """When the oldest that has not begun was proposed."""


def now(connection: Connection) -> datetime:
    """Return the time of the database: one clock for every process that works on it."""
    if connection.dialect.name == "postgresql":
        return connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one().astimezone(UTC)
    text = connection.execute(sa.select(sa.func.strftime("%Y-%m-%dT%H:%M:%f", "now"))).scalar_one()
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def join(connection: Connection, worker: Worker) -> int:
    """Take a worker's place, new or from whoever had it; return the epoch to beat with."""
    before = connection.execute(sa.select(_W.epoch).where(_W.id == worker.id)).scalar_one_or_none()
    row = to_row(worker, WORKERS) | {"epoch": (before or 0) + 1}
    connection.execute(sa.delete(WORKERS).where(_W.id == worker.id))
    connection.execute(sa.insert(WORKERS).values(row))
    return row["epoch"]


def beat(connection: Connection, worker: str, *, epoch: int, runs: int, at: datetime) -> bool:
    """Say that a worker is alive; False when somebody took its place or its runs."""
    mine = sa.update(WORKERS).where(_W.id == worker, _W.epoch == epoch)
    return connection.execute(mine.values(at=at, runs=runs)).rowcount == 1


def is_current(connection: Connection, worker: str, epoch: int) -> bool:
    """Tell whether nobody took a worker's place or its runs."""
    query = sa.select(_W.id).where(_W.id == worker, _W.epoch == epoch)
    return connection.execute(query).first() is not None


def adopt(connection: Connection, silent: Worker, *, by: str) -> None:
    """Refuse a silent worker from now on, because its runs are given to others."""
    mine = sa.update(WORKERS).where(_W.id == silent.id, _W.epoch == silent.epoch)
    connection.execute(mine.values(epoch=silent.epoch + 1, adopted_by=by, runs=0))


def drain(connection: Connection, worker: str) -> bool:
    """Ask a worker to take no new runs and to leave; False when there is none of this id."""
    asked = sa.update(WORKERS).where(_W.id == worker).values(is_draining=True)
    return connection.execute(asked).rowcount == 1


def leave(connection: Connection, worker: str, epoch: int) -> None:
    """Drop a worker that has ended and handed everything over."""
    connection.execute(sa.delete(WORKERS).where(_W.id == worker, _W.epoch == epoch))


def forget(connection: Connection, before: datetime) -> None:
    """Drop workers nobody has heard of since then."""
    connection.execute(sa.delete(WORKERS).where(_W.at < before))


def listing(connection: Connection) -> tuple[Worker, ...]:
    """Return every worker by name, silent ones included."""
    return tuple(from_row(Worker, row) for row in connection.execute(sa.select(WORKERS).order_by(_W.name, _W.id)))


def get(connection: Connection, worker: str) -> Worker | None:
    """Return a worker by its id."""
    row = connection.execute(sa.select(WORKERS).where(_W.id == worker)).one_or_none()
    return from_row(Worker, row) if row else None


def waiting(connection: Connection) -> Waiting:
    """Count what waits for a worker or is carried out by one."""
    is_queued = RUNS.c.state == "queued"
    counted = sa.select(
        sa.func.count().filter(is_queued), sa.func.count(), sa.func.min(RUNS.c.created).filter(is_queued)
    ).where(RUNS.c.state.in_([state.value for state in JOB_STATES]))
    queued, total, oldest = connection.execute(counted).one()
    return Waiting(queued=queued, open=total, oldest=oldest)
