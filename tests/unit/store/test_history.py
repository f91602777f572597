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
    assert known[0] == Point(at=BEGIN, low=0, mean=5.5, high=11, seconds=3600)
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


def test_many_machines_are_told_at_once_coarse_and_up_to_now(database: Database):
    machines = [MachineId(f"mach-{number}") for number in (1, 2)]
    with database.write() as connection:
        for machine in machines:
            for number in range(3 * 24 * 12 + 5):
                keep(connection, number * 5, machine, used=number)
        now = BEGIN + timedelta(days=3, minutes=25)
        told = history.many(connection, machines=machines, facts=["memory"], begin=now - timedelta(days=2), step=3600)
    for machine in machines:
        points = told[machine].of("memory", "used")
        assert [each.at for each in points] == sorted({each.at for each in points})
        assert points[0].at == BEGIN + timedelta(days=1)
        assert points[-1].mean == 3 * 24 * 12 + 4
        assert {each.seconds for each in points} == {300, 3600}
        assert sum(each.seconds for each in points) == (2 * 86_400 + 5 * 300)
    kept = told[machines[0]]
    assert (kept.first("memory", "used"), kept.last("memory", "used")) == (293.5, 3 * 24 * 12 + 4)
    assert kept.names("memory") == {"used"}
    assert 293.5 < kept.mean("memory", "used") < 3 * 24 * 12 + 4
    assert (kept.of("memory", "other"), kept.last("memory", "other"), kept.mean("x", "y")) == ((), None, 0.0)


def test_how_finely_is_told_depends_on_how_long():
    assert history.step_for(timedelta(hours=6)) == 300
    assert history.step_for(timedelta(days=7)) == 3600
    assert history.step_for(timedelta(days=30)) == 86_400
    assert history.step_for(timedelta(days=3 * 365)) == 86_400


def hours(*values: float, begin: int = 0) -> tuple[Point, ...]:
    return tuple(
        Point(at=BEGIN + timedelta(hours=begin + number), low=value, mean=value, high=value + 1, seconds=3600)
        for number, value in enumerate(values)
    )


def test_hours_of_others_are_kept_once_and_do_not_replace_what_is_known(database: Database):
    with database.write() as connection:
        assert history.fill(connection, machine=M, fact="memory", points={"used": hours(1, 2, begin=23)}) == ()
        history.fill(connection, machine=M, fact="memory", points={"used": hours(7, 8, 9, begin=23)})
        known = points(connection)
        assert known == hours(1, 2, 9, begin=23)
        assert rows(connection, 3600) == 2
        assert history.known(connection, M, ["memory", "load"]) == {"memory"}


def test_what_comes_after_hours_of_others_goes_on_from_them(database: Database):
    with database.write() as connection:
        history.fill(connection, machine=M, fact="memory", points={"used": hours(1, 2)})
        for number in range(12 * 3):
            keep(connection, 120 + number * 5, used=5)
        known = points(connection)
    assert [each.mean for each in known[:2]] == [1, 2]
    assert [each.at for each in known] == sorted({each.at for each in known})
    assert known[-1].mean == 5


def test_names_that_come_and_go_do_not_make_a_row_grow(database: Database):
    many = {f"job-{number:03}": 1.0 for number in range(history.MOST_NUMBERS)}
    with database.write() as connection:
        for half in range(2):
            fresh = {f"{name}-{half}": value for name, value in list(many.items())[: history.MOST_NUMBERS // 2]}
            assert history.add(connection, machine=M, fact="x", at=BEGIN + half * 5 * MINUTE, numbers=fresh) == ()
        dropped = history.add(connection, machine=M, fact="x", at=BEGIN + 10 * MINUTE, numbers={"one-more": 1.0})
        assert dropped == ("one-more",)
        history.add(connection, machine=M, fact="x", at=BEGIN + 60 * MINUTE, numbers=many)
        history.add(connection, machine=M, fact="x", at=BEGIN + 120 * MINUTE, numbers={"job-000": 1.0})
        bodies = [row.body for row in connection.execute(sa.select(HISTORY).where(HISTORY.c.fact == "x"))]
        assert max(len(body) for body in bodies) == history.MOST_NUMBERS
        known = history.load(connection, machine=M, facts=["x"])
        assert len(known.of("x", "job-000-0")) == 1
