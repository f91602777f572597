"""A day of numbers in hours, and how many services run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from steward.core.glances import HOURS, ServiceTally, tallies, trend_of
from steward.model.graph import Graph, Thing, ThingKind
from steward.store.kept import Kept, KeptRow

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def hourly(name: str, values: list[float]) -> KeptRow:
    """Return a row that ends now, a value for each hour."""
    body = {name: [[number * 3600, one, one, one] for number, one in enumerate(values)]}
    return KeptRow(step=3600, begin=NOW - timedelta(hours=len(values)), body=body)


def test_processors_are_told_as_a_share_of_all_of_them():
    busy = hourly("busy_seconds", [number * 7200.0 for number in range(HOURS)])
    many = hourly("processors", [4.0] * HOURS)
    trend = trend_of(Kept(rows={"load": [KeptRow(step=3600, begin=busy.begin, body=busy.body | many.body)]}), NOW)
    assert trend.cpu_percent[0] == 50
    assert len(trend.cpu_percent) == HOURS


def test_of_the_filesystems_the_fullest_is_told():
    places = {"/ used_bytes": 10.0, "/ available_bytes": 90.0, "/srv used_bytes": 80.0, "/srv available_bytes": 20.0}
    body = {name: hourly(name, [value] * HOURS).body[name] for name, value in places.items()}
    row = KeptRow(step=3600, begin=NOW - timedelta(hours=HOURS), body=body)
    trend = trend_of(Kept(rows={"filesystems": [row]}), NOW)
    assert trend.disk == "/srv"
    assert set(trend.disk_percent) == {80}


def test_an_hour_nobody_looked_is_unknown_and_no_zero():
    trend = trend_of(Kept(rows={"memory": [hourly("used_percent", [50.0, 60.0])]}), NOW)
    assert trend.memory_percent == (None,) * (HOURS - 2) + (50, 60)
    assert trend.cpu_percent == ()


def test_services_are_counted_by_machine_and_other_things_are_not():
    def thing(name: str, state: str, kind: ThingKind = ThingKind.SERVICE) -> Thing:
        return Thing(id=f"{kind.value}:nas/{name}", kind=kind, name=name, machine="nas", state=state)

    graph = Graph(things=(thing("a", "up"), thing("b", "down"), thing("c", ""), thing("tank", "up", ThingKind.STORAGE)))
    assert tallies(graph) == {"nas": ServiceTally(up=1, down=1, unknown=1)}
