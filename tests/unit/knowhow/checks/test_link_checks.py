"""Links that are not connected, slow or faulty, and the way out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import NOW, found_by, recorded

OURS = ("missing_links", "slow_links", "faulty_links", "missing_default_route")


def point(minutes: float, value: float) -> Point:
    return Point(at=NOW - timedelta(minutes=minutes), low=value, mean=value, high=value)


def with_past(case: str, **numbers: tuple[Point, ...]) -> Snapshot:
    points = {name.replace("__", " "): kept for name, kept in numbers.items()}
    return replace(recorded(links=case), past=Past(points={"links": points}))


@pytest.mark.parametrize("case", ["virtual_machine_virtio", "debian_12_gigabit", "raspberry_pi_3", "container"])
@pytest.mark.parametrize("check", OURS)
def test_healthy_machines_are_left_alone(check: str, case: str) -> None:
    assert CHECKS[check].run(with_past(case, default_routes=(point(60, 1),))) == ()


def test_a_port_of_a_bridge_that_is_not_connected_is_found() -> None:
    found = found_by("missing_links", recorded(links="cable_broken"))
    assert [one.title for one in found.values()] == ["Link enp4s0, part of vmbr0, on m1 is set up and not connected"]


def test_a_link_below_what_both_ends_offer_is_a_warning() -> None:
    found = found_by("slow_links", recorded(links="cable_broken"))
    assert {name: one.title for name, one in found.items()} == {
        "eno1": "Link eno1 on m1 runs at 100 Mb/s instead of 1000 Mb/s"
    }
    assert found["eno1"].severity is Severity.WARNING


def test_a_slow_switch_is_none_and_a_hub_is_a_warning() -> None:
    found = found_by("slow_links", recorded(links="old_switch"))
    assert {name: one.severity for name, one in found.items()} == {"eno2": Severity.WARNING}


@pytest.mark.parametrize(("days", "is_found"), [(1, True), (29, True), (31, False)])
def test_a_link_that_was_faster_lately_is_worth_knowing(days: int, is_found: bool) -> None:
    seen = with_past("raspberry_pi_3", eth0__speed_megabits=(point(days * 1440, 1000),))
    found = found_by("slow_links", seen)
    assert [one.severity for one in found.values()] == ([Severity.WATCH] if is_found else [])


@pytest.mark.parametrize(
    ("errors", "packets", "is_found"), [(59, 1000, False), (60, 1000, True), (60, 120_000, True), (60, 121_000, False)]
)
def test_lost_frames_count_by_number_and_share(errors: int, packets: int, is_found: bool) -> None:
    seen = with_past(
        "debian_12_gigabit",
        eno1__error_count=(point(60, 10_000), point(0, 10_000 + errors)),
        eno1__packet_count=(point(60, 0), point(0, packets)),
    )
    assert bool(found_by("faulty_links", seen)) is is_found


@pytest.mark.parametrize(("changes", "is_found"), [(5, False), (6, True)])
def test_a_link_that_comes_and_goes_is_found(changes: int, is_found: bool) -> None:
    seen = with_past("debian_12_gigabit", eno1__carrier_change_count=(point(60, 2), point(0, 2 + changes)))
    assert bool(found_by("faulty_links", seen)) is is_found


def test_counters_that_began_anew_say_nothing() -> None:
    seen = with_past("debian_12_gigabit", eno1__error_count=(point(60, 90_000), point(0, 3)))
    assert found_by("faulty_links", seen) == {}


@pytest.mark.parametrize(
    ("routes", "before", "is_found"), [(0, 1.0, True), (0, 0.0, False), (1, 1.0, False), (0, None, False)]
)
def test_only_a_way_out_that_was_there_is_missed(routes: int, before: float | None, is_found: bool) -> None:
    seen = with_past("container", default_routes=() if before is None else (point(60, before),))
    links = replace(seen.values["links"], default_routes=routes)
    assert bool(found_by("missing_default_route", replace(seen, values={"links": links}))) is is_found
