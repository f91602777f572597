"""Numbers over time: every five minutes at first, coarser later, and small for ever."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from steward.model.history import Point
from steward.model.ids import MachineId
from steward.store import history
from steward.store.database import Connection, Database
from steward.store.history import GRAINS, HISTORY
from tests.databases import NOW

M = MachineId("mach-1")
MINUTE = timedelta(minutes=1)
BEGIN = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def keep(connection: Connection, minutes: float, machine: MachineId = M, **numbers: float) -> None:
    history.add(connection, machine=machine, fact="memory", at=BEGIN + minutes * MINUTE, numbers=numbers)


def points(connection: Connection, name: str = "used") -> tuple[Point, ...]:
    return history.load(connection, machine=M, facts=["memory"]).of("memory", name)


def judged_points(connection: Connection, now: datetime) -> tuple[Point, ...]:
    return history.load(connection, machine=M, facts=["memory"], now=now).of("memory", "used")


def rows(connection: Connection, step: int) -> int:
    query = sa.select(sa.func.count()).select_from(HISTORY).where(HISTORY.c.step == step)
    return connection.execute(query).scalar_one()


def test_numbers_come_back_in_order(database: Database):
    with database.write() as connection:
        keep(connection, 0, used=1, free=9)
        keep(connection, 6, used=2, free=8)
    with database.read() as connection:
        assert [(each.at, each.mean) for each in points(connection)] == [(BEGIN, 1), (BEGIN + 5 * MINUTE, 2)]
        assert [each.mean for each in points(connection, "free")] == [9, 8]


def test_five_minutes_have_one_number(database: Database):
    with database.write() as connection:
        for minute in range(10):
            keep(connection, minute, used=minute)
        assert [each.mean for each in points(connection)] == [0, 5]


def test_a_number_that_appears_later_does_not_disturb_the_others(database: Database):
    with database.write() as connection:
        keep(connection, 0, used=1)
        keep(connection, 5, used=2, free=7)
        keep(connection, 10, used=3)
        assert [each.mean for each in points(connection)] == [1, 2, 3]
        assert [each.at for each in points(connection, "free")] == [BEGIN + 5 * MINUTE]


def test_hours_and_days_are_thinned_and_nothing_is_told_twice(database: Database):
    days = 5
    with database.write() as connection:
        for number in range(days * 24 * 12):
            keep(connection, number * 5, used=number)
        history.prune(connection, BEGIN + timedelta(days=days))
        known = points(connection)
        assert rows(connection, 300) <= 49
        assert rows(connection, 3600) == days
    assert [each.at for each in known] == sorted({each.at for each in known})
    assert known[0] == Point(at=BEGIN, low=0, mean=5.5, high=11)
    assert known[-1].mean == days * 24 * 12 - 1
    gaps = {later.at - earlier.at for earlier, later in pairwise(known)}
    assert gaps == {timedelta(hours=1), timedelta(minutes=5)}


def test_after_three_months_there_are_days_and_they_are_few(database: Database):
    with database.write() as connection:
        for hour in range(24 * 100):
            keep(connection, hour * 60, used=hour)
        history.prune(connection, BEGIN + timedelta(days=100))
        known = points(connection)
        assert rows(connection, 300) + rows(connection, 3600) + rows(connection, 86_400) < 120
    assert known[0].low == 0
    assert known[0].high == 23
    assert known[-1].mean == 24 * 100 - 1
    assert all(earlier.mean < later.mean for earlier, later in pairwise(known))


def test_a_machine_that_was_off_keeps_what_it_had(database: Database):
    with database.write() as connection:
        keep(connection, 0, used=1)
        keep(connection, 60 * 24 * 10, used=2)
        history.prune(connection, BEGIN + timedelta(days=10))
        assert [each.mean for each in points(connection)] == [1, 2]


def test_a_judgment_gets_few_numbers_and_misses_no_time(database: Database):
    days = 30
    with database.write() as connection:
        for number in range(days * 24 * 12):
            keep(connection, number * 5, used=number)
        now = BEGIN + timedelta(days=days)
        history.prune(connection, now)
        whole, judged = points(connection), judged_points(connection, now)
    assert len(judged) < len(whole) / 3
    assert (judged[0].low, judged[-1]) == (0, whole[-1])
    assert [later.low - earlier.high for earlier, later in pairwise(judged)] == [1] * (len(judged) - 1)
    assert all(now - each.at < timedelta(hours=8) for each in judged if each.low == each.high)


@pytest.mark.parametrize("hours", [1, 7, 30, 24 * 8, 24 * 70])
def test_a_judgment_knows_the_last_of_a_machine_that_was_off(database: Database, hours: int):
    with database.write() as connection:
        for number in range(24 * 12 * 3):
            keep(connection, number * 5, used=number)
        now = BEGIN + timedelta(days=3, hours=hours)
        judged = judged_points(connection, now)
        assert (judged[0].low, judged[-1]) == (0, points(connection)[-1])
    assert [later.low - earlier.high for earlier, later in pairwise(judged)] == [1] * (len(judged) - 1)


def test_machines_are_kept_apart_and_forgotten(database: Database):
    with database.write() as connection:
        keep(connection, 0, used=1)
        keep(connection, 0, MachineId("mach-2"), used=2)
        history.forget(connection, M)
        assert points(connection) == ()
        assert rows(connection, 300) == 1


@pytest.mark.parametrize("grain", GRAINS)
def test_a_row_holds_whole_steps(grain: history.Grain):
    assert grain.stretch % grain.step == 0
    assert grain.begin(NOW) <= NOW < grain.begin(NOW) + timedelta(seconds=grain.stretch)
