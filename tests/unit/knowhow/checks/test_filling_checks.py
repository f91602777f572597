"""Filesystems that will be full, and SSDs nobody trims."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.snapshots import GIGABYTE, NOW, disk, filesystems, found_by, recorded, snapshot, unit, units

SIZE = 100 * GIGABYTE


def measured(value_at: Callable[[float], float], *, days: int = 14, name: str = "/ used_bytes") -> Past:
    """Return a point an hour, from what a number was so many days ago."""
    hours = range(days * 24, -1, -1)
    points = [(NOW - timedelta(hours=hour), value_at(hour / 24)) for hour in hours]
    return Past(points={"filesystems": {name: tuple(Point(at=at, low=v, mean=v, high=v) for at, v in points)}})


def seen(used_percent: float, past: Past, **changes: Any) -> Snapshot:
    return replace(snapshot(filesystems=filesystems(disk(used_percent, SIZE, **changes))), past=past)


def steady(used_percent: float, gigabytes_per_day: float, *, days: int = 14) -> Snapshot:
    now = SIZE * used_percent / 100
    return seen(used_percent, measured(lambda ago: now - ago * gigabytes_per_day * GIGABYTE, days=days))


@pytest.mark.parametrize(
    ("gigabytes_per_day", "severity"),
    [(0.0, None), (-2.0, None), (1.4, None), (1.5, Severity.WATCH), (6.5, Severity.WATCH), (6.9, Severity.WARNING)],
)
def test_a_filesystem_that_grows_is_judged_by_when_it_is_full(
    gigabytes_per_day: float, severity: Severity | None
) -> None:
    found = found_by("filling_filesystems", steady(80.0, gigabytes_per_day))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_the_finding_tells_the_day() -> None:
    found = found_by("filling_filesystems", steady(80.0, 5.0))
    assert found["/"].title == "/ on m1 grows by 5.0 GB a day and is full in 4 d"
    told = {one.name: one.value for one in found["/"].evidence}
    assert told["full_at"] == (NOW + timedelta(days=4)).isoformat(timespec="minutes")


def test_less_than_a_day_of_measurements_says_nothing() -> None:
    now = 80 * GIGABYTE
    young = measured(lambda ago: now - ago * 20 * GIGABYTE, days=1)
    short = tuple(point for point in young.of("filesystems", "/ used_bytes") if NOW - point.at < timedelta(hours=20))
    assert found_by("filling_filesystems", seen(80.0, Past(points={"filesystems": {"/ used_bytes": short}}))) == {}
    assert list(found_by("filling_filesystems", seen(80.0, young))) == ["/"]


def test_one_large_copy_is_no_trend_and_a_trend_that_ended_is_none() -> None:
    now = 80 * GIGABYTE
    copied = measured(lambda ago: now if ago < 0.5 else now - 15 * GIGABYTE)
    assert found_by("filling_filesystems", seen(80.0, copied)) == {}
    ended = measured(lambda ago: now if ago < 3 else now - (ago - 3) * 3 * GIGABYTE)
    assert found_by("filling_filesystems", seen(80.0, ended)) == {}


def test_a_filesystem_that_is_cleaned_every_night_does_not_grow() -> None:
    now = 80 * GIGABYTE
    saw = measured(lambda ago: now - ((ago * 24) % 24) / 24 * 10 * GIGABYTE)
    assert found_by("filling_filesystems", seen(80.0, saw)) == {}


def test_images_and_unknown_pasts_are_no_finding() -> None:
    assert found_by("filling_filesystems", snapshot(filesystems=filesystems(disk(99.0)))) == {}
    growing = steady(80.0, 5.0)
    assert found_by("filling_filesystems", seen(80.0, growing.past, is_read_only=True)) == {}


@pytest.mark.parametrize(("percent_per_day", "severity"), [(1.0, None), (2.0, Severity.WATCH), (8.0, Severity.WARNING)])
def test_inodes_run_out_by_the_same_rule(percent_per_day: float, severity: Severity | None) -> None:
    past = measured(lambda ago: max(0.0, 80.0 - ago * percent_per_day), name="/ inodes_used_percent")
    found = found_by("filling_inodes", seen(10.0, past, inodes_used_percent=80.0))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])
    assert found_by("filling_inodes", seen(10.0, past, inodes_used_percent=None)) == {}


SOLID = recorded(disks="proxmox_8_sata_sas_nvme").values["disks"]
TIMER = unit("fstrim.timer", file_state="disabled", active_state="inactive")


def test_an_ssd_nobody_trims_is_worth_knowing() -> None:
    facts: dict[str, Any] = {"disks": SOLID, "filesystems": filesystems(disk(10.0)), "units": units(TIMER)}
    found = found_by("untrimmed_disks", snapshot(**facts))
    assert found["fstrim.timer"].severity is Severity.WATCH
    assert found["fstrim.timer"].fix == "enable_trim"


@pytest.mark.parametrize(
    "changes",
    [
        {"filesystems": filesystems(disk(10.0, options="rw,discard"))},
        {"filesystems": filesystems(disk(10.0, type="btrfs", options="rw,ssd,discard=async"))},
        {"filesystems": filesystems(disk(10.0, type="zfs", source="rpool/ROOT"))},
        {"units": units(replace(TIMER, file_state="enabled", active_state="active"))},
        {"units": units(replace(TIMER, active_state="active"))},
        {"units": units()},
        {"disks": recorded(disks="container_without_disks").values["disks"]},
    ],
)
def test_disks_that_are_trimmed_or_cannot_be_are_no_finding(changes: dict[str, Any]) -> None:
    facts: dict[str, Any] = {"disks": SOLID, "filesystems": filesystems(disk(10.0)), "units": units(TIMER)}
    assert found_by("untrimmed_disks", snapshot(**(facts | changes))) == {}
