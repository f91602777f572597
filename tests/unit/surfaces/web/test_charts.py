"""Numbers of a machine as charts: the right ones together, with their units, and what happened meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from steward.surfaces.web.charts import CHARTS, chart_named, drawn, event_of, label_of, lines_of

WINDOW = {"begin": "2026-03-01T00:00:00Z", "end": "2026-03-01T04:00:00Z"}
BEGIN = 1772323200


def line(fact: str, name: str, *, unit: str = "percent", is_rate: bool = False) -> dict[str, Any]:
    return {"fact": fact, "name": name, "unit": unit, "is_rate": is_rate, "trend": [1.0, None, 3.0, 4.0]}


def test_a_chart_takes_its_own_numbers_and_no_others():
    memory = next(chart for chart in CHARTS if chart.name == "memory")
    told = lines_of(
        memory, [line("memory", "used_percent"), line("memory", "total_bytes"), line("load", "used_percent")]
    )
    assert [each["label"] for each in told] == ["used"]


def test_a_rate_is_told_in_a_second():
    network = next(chart for chart in CHARTS if chart.name == "network")
    (told,) = lines_of(network, [line("traffic", "eth0 received_bytes", unit="bytes", is_rate=True)])
    assert told["unit_says"] == "bytes/s"


def test_times_are_the_middles_of_equal_parts_and_gaps_stay_gaps():
    memory = next(chart for chart in CHARTS if chart.name == "memory")
    told = drawn(WINDOW, lines_of(memory, [line("memory", "used_percent")]), [])
    assert told["times"] == [BEGIN + 1800, BEGIN + 5400, BEGIN + 9000, BEGIN + 12600]
    assert told["series"] == [{"name": "used", "unit": "percent", "values": [1.0, None, 3.0, 4.0]}]


def test_what_happened_outside_of_the_time_is_left_out():
    change = {"difference": {"at": "2026-03-01T01:00:00Z", "subject": "image", "before": "1", "after": "2"}}
    before = {"difference": {**change["difference"], "at": "2026-02-01T01:00:00Z"}}
    told = drawn(WINDOW, [], [event_of(change), event_of(before)])
    assert told["events"] == [{"at": BEGIN + 3600, "says": "image: 1 → 2"}]


def test_nothing_measured_is_an_empty_chart():
    assert drawn(WINDOW, [], [])["times"] == []


@pytest.mark.parametrize(
    ("name", "label"),
    [("/ used_bytes", "/ used"), ("cpu_waiting_percent", "cpu waiting"), ("k10temp Tctl celsius", "k10temp Tctl")],
)
def test_names_lose_their_units(name: str, label: str):
    assert label_of(name) == label


def test_a_chart_nobody_knows_is_none():
    assert chart_named("nonsense") is None
