"""Heat, fans, weak supplies, and power supplies with a battery."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.sensors import Sensors, Temperature
from steward.knowhow.facts.supplies import Supplies, Supply
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot

DISK = Temperature(celsius=40.0, critical=85.0, maximum=80.0, is_processor=False)
SUPPLY = Supply(
    model="EATON Ellipse PRO 850",
    status=("OL",),
    charge_percent=100.0,
    runtime_seconds=2160,
    load_percent=21.0,
    trouble="",
)


def sensors(**changes: object) -> Sensors:
    none = Sensors(temperatures={}, fans={}, throttle_count=None, is_undervolted=None, was_undervolted=None)
    return replace(none, **changes)


def past(name: str, values: list[float]) -> Past:
    count = len(values)
    points = [
        Point(at=NOW - timedelta(minutes=5) * (count - place), low=value, mean=value, high=value)
        for place, value in enumerate(values)
    ]
    return Past(points={"sensors": {name: tuple(points)}})


@pytest.mark.parametrize(
    ("celsius", "severity"),
    [
        (79.9, None),
        (80.0, Severity.WARNING),
        (84.9, Severity.WARNING),
        (85.0, Severity.DOWN),
    ],
)
def test_a_disk_is_judged_by_its_own_limits(celsius: float, severity: Severity | None) -> None:
    seen = snapshot(sensors=sensors(temperatures={"nvme nvme0 Composite": replace(DISK, celsius=celsius)}))
    assert [one.severity for one in found_by("hot_sensors", seen).values()] == ([severity] if severity else [])


def test_a_disk_above_what_it_should_have_for_long_is_worth_knowing() -> None:
    warm = replace(DISK, celsius=72.0, maximum=70.0)
    found = found_by("hot_sensors", snapshot(sensors=sensors(temperatures={"nvme nvme0 Composite": warm})))
    assert found["nvme nvme0 Composite"].severity is Severity.WATCH


def test_only_the_hot_disk_of_the_server_is_found() -> None:
    found = found_by("hot_sensors", recorded(sensors="intel_server"))
    assert {name: one.severity for name, one in found.items()} == {"nvme nvme1 Composite": Severity.DOWN}


@pytest.mark.parametrize("case", ["container", "raspberry_pi_5", "amd_desktop"])
def test_a_cool_machine_is_no_finding(case: str) -> None:
    for check in ("hot_sensors", "throttled_processors", "stopped_fans"):
        assert found_by(check, recorded(sensors=case)) == {}


@pytest.mark.parametrize(("looks", "is_found"), [(3, True), (2, False)])
def test_a_processor_is_hot_only_for_long(looks: int, is_found: bool) -> None:
    name = "coretemp coretemp.0 Package id 0"
    hot = replace(DISK, celsius=96.0, critical=100.0, maximum=None, is_processor=True)
    seen = replace(
        snapshot(sensors=sensors(temperatures={name: hot})), past=past(f"{name} celsius", [60.0] + [96.0] * looks)
    )
    assert [one.severity for one in found_by("hot_sensors", seen).values()] == ([Severity.WARNING] if is_found else [])


@pytest.mark.parametrize(("times", "is_found"), [(99, False), (100, True)])
def test_slowing_down_by_heat_is_counted_within_the_hour(times: int, is_found: bool) -> None:
    seen = snapshot(sensors=sensors(throttle_count=5000 + times))
    seen = replace(seen, past=past("throttle_count", [5000.0] * 3))
    assert bool(found_by("throttled_processors", seen)) is is_found


def test_a_count_from_long_ago_is_old_news() -> None:
    assert found_by("throttled_processors", snapshot(sensors=sensors(throttle_count=99_999))) == {}


def test_too_little_voltage_is_a_warning_while_it_lasts() -> None:
    found = found_by("throttled_processors", recorded(sensors="raspberry_pi_4_undervolted"))["processors"]
    assert (found.severity, found.title) == (Severity.WARNING, "m1 gets too little voltage")
    over = snapshot(sensors=sensors(is_undervolted=False, was_undervolted=True))
    assert found_by("throttled_processors", over)["processors"].severity is Severity.WATCH


@pytest.mark.parametrize(
    ("turned", "now", "is_found"),
    [
        ([1200.0] * 24, 0, True),
        ([1200.0] * 24 + [0.0], 0, True),
        ([1200.0] * 23, 0, False),
        ([1200.0] * 24, 900, False),
        ([1200.0] * 12 + [0.0] + [1200.0] * 12, 0, False),
        ([0.0] * 30, 0, False),
    ],
    ids=["stopped", "stopped before", "little known", "turns", "stops at times", "not connected"],
)
def test_a_fan_has_stopped_when_it_always_turned(turned: list[float], now: int, is_found: bool) -> None:
    seen = replace(snapshot(sensors=sensors(fans={"nct6775 fan2": now})), past=past("nct6775 fan2 fan", turned))
    assert bool(found_by("stopped_fans", seen)) is is_found


def powered(**changes: object) -> Snapshot:
    return snapshot(supplies=Supplies(supplies={"eaton": replace(SUPPLY, **changes)}))


@pytest.mark.parametrize(
    ("changes", "severity"),
    [
        ({}, None),
        ({"status": ("OL", "CHRG")}, None),
        ({"status": ("OB", "DISCHRG")}, Severity.WARNING),
        ({"status": ("OB",), "runtime_seconds": 300}, Severity.WARNING),
        ({"status": ("OB",), "runtime_seconds": 299}, Severity.DOWN),
        ({"status": ("OB", "LB")}, Severity.DOWN),
        ({"status": ("OB", "CAL")}, None),
    ],
)
def test_a_supply_on_battery_is_judged_by_how_long_it_lasts(
    changes: dict[str, object], severity: Severity | None
) -> None:
    found = found_by("supplies_on_battery", powered(**changes))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"status": ("OL", "RB")}, "wants a new battery"),
        ({"status": ("OL", "OVER")}, "is overloaded"),
        ({"runtime_seconds": 179}, "would last only 179 s although its battery is full"),
        ({"runtime_seconds": 180}, ""),
        ({"runtime_seconds": 100, "charge_percent": 40.0}, ""),
        ({}, ""),
    ],
)
def test_a_supply_that_will_not_help_is_told_before_it_is_needed(changes: dict[str, object], says: str) -> None:
    found = found_by("worn_supplies", powered(**changes))
    assert [one.title for one in found.values()] == ([f"the UPS eaton of m1 {says}"] if says else [])


@pytest.mark.parametrize("case", ["nut_driver_not_connected", "apcupsd_lost"])
def test_a_supply_that_does_not_answer_is_a_warning(case: str) -> None:
    found = found_by("worn_supplies", recorded(supplies=case))
    assert [one.severity for one in found.values()] == [Severity.WARNING]
    assert found_by("supplies_on_battery", recorded(supplies=case)) == {}


def test_both_programs_tell_of_an_empty_battery_alike() -> None:
    found = found_by("supplies_on_battery", recorded(supplies="apcupsd_low"))["ups"]
    assert (found.severity, found.title) == (Severity.DOWN, "the UPS ups of m1 runs on battery, 2 min left")
    assert set(found_by("supplies_on_battery", recorded(supplies="nut_2_8_on_battery"))) == {"eaton"}
