"""Disks that fail, lose sectors, are worn, hot or badly plugged in; and old troubles that are none any more."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.knowhow.facts.disk_health import DiskHealth, DisksHealth, SelfTest
from steward.knowhow.facts.disks import Disks
from steward.model.fact import Snapshot
from steward.model.finding import Finding, Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot

HEALTHY = recorded(disk_health="debian_12_healthy", disks="proxmox_8_sata_sas_nvme")
FAILING = recorded(disk_health="failing")
SERIAL = "WD-WCC7K0000001"
CHECKS_OF_DISKS = (
    "failing_disks",
    "bad_sectors",
    "disk_cable_errors",
    "worn_disks",
    "hot_disks",
    "disk_self_tests",
    "offline_disks",
)


def plain() -> DiskHealth:
    health: DisksHealth = HEALTHY.values["disk_health"]  # type: ignore[assignment]
    return health.disks[SERIAL]


def past(**counters: Sequence[tuple[float, float]]) -> Past:
    """Return a past of one disk: for each counter pairs of days ago and value, the oldest first."""
    points: Mapping[str, tuple[Point, ...]] = {
        f"{SERIAL} {name}": tuple(
            Point(at=NOW - timedelta(days=days), low=value, mean=value, high=value) for days, value in pairs
        )
        for name, pairs in counters.items()
    }
    return Past(points={"disk_health": points})


def seen(before: Past | None = None, **changes: Any) -> Snapshot:
    one = replace(plain(), **changes)
    now = snapshot(disk_health=DisksHealth(program="/usr/sbin/smartctl", disks={SERIAL: one}))
    return replace(now, past=before) if before else now


def found(check: str, before: Past | None = None, **changes: Any) -> Finding | None:
    return found_by(check, seen(before, **changes)).get(SERIAL)


@pytest.mark.parametrize("check", CHECKS_OF_DISKS)
def test_healthy_disks_are_no_finding(check: str) -> None:
    assert CHECKS[check].run(HEALTHY) == ()
    assert CHECKS[check].run(recorded(disk_health="without_disks", disks="container_without_disks")) == ()


def test_a_disk_that_expects_to_fail_is_down_by_its_serial_number() -> None:
    told = found_by("failing_disks", FAILING)
    assert list(told) == ["WD-WMC4N0000009", "S466NX0M700009H"]
    assert {one.severity for one in told.values()} == {Severity.DOWN}
    assert told["WD-WMC4N0000009"].title == (
        "WDC WD40EFRX-68N32N0 (sda, serial number WD-WMC4N0000009) on m1 fails: Reallocated_Sector_Ct below the limit"
        " of its maker"
    )
    assert told["S466NX0M700009H"].title.endswith("can only be read any more")


def test_a_failing_disk_goes_on_failing_while_it_sleeps() -> None:
    asleep: dict[str, Any] = {"is_asleep": True, "has_passed": None}
    told = found("failing_disks", past(is_failing=[(0.1, 1)]), **asleep)
    assert told is not None
    assert told.severity is Severity.DOWN
    assert found("failing_disks", past(is_failing=[(0.1, 0)]), **asleep) is None
    assert found("failing_disks", None, **asleep) is None


@pytest.mark.parametrize(
    ("warning", "severity"),
    [(0, None), (1, Severity.WARNING), (2, None), (4, Severity.DOWN), (9, Severity.DOWN), (32, Severity.DOWN)],
)
def test_an_nvme_disk_is_judged_by_what_it_warns_of(warning: int, severity: Severity | None) -> None:
    told = found("failing_disks", critical_warning=warning, has_passed=warning == 0)
    assert (None if told is None else told.severity) is severity


def test_sectors_that_cannot_be_read_are_a_warning_at_once() -> None:
    told = found("bad_sectors", pending_sectors=1)
    assert told is not None
    assert told.severity is Severity.WARNING
    assert "has 1 sector that it cannot read" in told.title


def test_old_replaced_sectors_are_no_alarm_for_ever_and_new_ones_are() -> None:
    old = past(reallocated_sectors=[(40, 60), (20, 64), (1, 64)])
    assert found("bad_sectors", past(reallocated_sectors=[(29, 64), (1, 64)]), reallocated_sectors=64) is None
    told = found("bad_sectors", old, reallocated_sectors=65)
    assert told is not None
    assert told.severity is Severity.WARNING
    assert "has replaced 1 sector within 20 days" in told.title


@pytest.mark.parametrize(("count", "is_found"), [(49, False), (50, True)])
def test_a_disk_that_comes_with_many_replaced_sectors_is_worth_knowing_for_a_week(count: int, is_found: bool) -> None:
    told = found("bad_sectors", reallocated_sectors=count)
    assert (told is not None) is is_found
    assert told is None or told.severity is Severity.WATCH
    assert found("bad_sectors", past(reallocated_sectors=[(7, count)]), reallocated_sectors=count) is None


def test_bad_sectors_are_not_mended_by_sleep() -> None:
    asleep: dict[str, Any] = {"is_asleep": True, "pending_sectors": None}
    assert found("bad_sectors", past(pending_sectors=[(1, 24)]), **asleep) is not None
    assert found("bad_sectors", past(pending_sectors=[(1, 0)]), **asleep) is None


@pytest.mark.parametrize(
    ("count", "severity"),
    [(12, None), (14, None), (15, Severity.WATCH), (111, Severity.WATCH), (112, Severity.WARNING)],
)
def test_only_new_damaged_transfers_count(count: int, severity: Severity | None) -> None:
    told = found("disk_cable_errors", past(cable_errors=[(30, 2), (6, 12), (1, 12)]), cable_errors=count)
    assert (None if told is None else told.severity) is severity


def test_damaged_transfers_of_a_disk_nobody_knew_before_are_none() -> None:
    assert found("disk_cable_errors", None, cable_errors=40_000) is None


@pytest.mark.parametrize(
    ("percent", "severity"), [(84, None), (85, Severity.WATCH), (99, Severity.WATCH), (100, Severity.WARNING)]
)
def test_a_disk_is_worn_by_percent(percent: int, severity: Severity | None) -> None:
    told = found("worn_disks", worn_percent=percent)
    assert (None if told is None else told.severity) is severity


@pytest.mark.parametrize(
    ("degrees", "is_rotating", "severity"),
    [
        (54, True, None),
        (55, True, Severity.WATCH),
        (60, True, Severity.WARNING),
        (74, False, None),
        (75, False, Severity.WATCH),
        (80, False, Severity.WARNING),
    ],
)
def test_a_disk_is_hot_by_its_kind(degrees: int, is_rotating: bool, severity: Severity | None) -> None:
    changes: dict[str, Any] = {"is_rotating": is_rotating, "temperature_limit_celsius": None}
    told = found("hot_disks", None, temperature_celsius=degrees, **changes)
    assert (None if told is None else told.severity) is severity


def test_one_hot_moment_is_no_finding_and_one_cool_moment_ends_none() -> None:
    cool, hot = [(0.1, 40), (0.08, 40), (0.04, 40)], [(0.1, 62), (0.08, 62), (0.04, 62)]
    assert found("hot_disks", past(temperature_celsius=cool), temperature_celsius=64) is None
    told = found("hot_disks", past(temperature_celsius=hot), temperature_celsius=56)
    assert told is not None
    assert told.severity is Severity.WARNING


def test_a_failed_self_test_is_a_warning_and_an_interrupted_one_is_none() -> None:
    assert found_by("disk_self_tests", FAILING)["WD-WMC4N0000009"].severity is Severity.WARNING
    stopped = SelfTest(says="Aborted by host", is_failed=False, hours_ago=3)
    assert found("disk_self_tests", None, self_test=stopped) is None


@pytest.mark.parametrize(("hours", "is_found"), [(1439, False), (1440, True), (None, False)])
def test_a_disk_whose_tests_stopped_is_worth_knowing(hours: int | None, is_found: bool) -> None:
    test = SelfTest(says="Completed without error", is_failed=False, hours_ago=hours)
    told = found("disk_self_tests", None, self_test=test)
    assert (told is not None) is is_found
    assert told is None or (told.severity, told.fix) == (Severity.WATCH, "test_disk")
    assert found("disk_self_tests", None, self_test=test, is_testing=True) is None


def test_a_disk_that_answers_no_more_is_down() -> None:
    disks: Disks = HEALTHY.values["disks"]  # type: ignore[assignment]
    gone = {key: replace(one, state="offline") for key, one in disks.disks.items() if one.name == "sdb"}
    told = found_by("offline_disks", snapshot(disks=Disks(disks={**disks.disks, **gone})))
    assert [(key, one.severity) for key, one in told.items()] == [("WD-WCC7K0000002", Severity.DOWN)]


def test_a_self_test_goes_on_having_failed_while_the_disk_sleeps() -> None:
    asleep: dict[str, Any] = {"is_asleep": True, "self_test": None}
    told = found("disk_self_tests", past(failed_self_test=[(1, 1)], self_test_hours_ago=[(1, 20)]), **asleep)
    assert told is not None
    assert (told.severity, told.fix) == (Severity.WARNING, None)
    assert found("disk_self_tests", past(failed_self_test=[(1, 0)], self_test_hours_ago=[(1, 20)]), **asleep) is None


@pytest.mark.parametrize(("counter", "says"), [("lost_sectors", "could not read"), ("media_errors", "could not read")])
def test_every_counter_that_grew_is_told_in_its_own_words(counter: str, says: str) -> None:
    told = found("bad_sectors", past(**{counter: [(10, 1)]}), **{counter: 3})
    assert told is not None
    assert says in told.title
    assert found("bad_sectors", past(**{counter: [(10, 3)]}), **{counter: 3}) is None


@pytest.mark.parametrize(("limit", "severity"), [(30, None), (70, Severity.WARNING), (85, None)])
def test_a_disk_is_hot_by_its_own_limit_unless_that_is_nonsense(limit: int, severity: Severity | None) -> None:
    changes: dict[str, Any] = {"is_rotating": False, "temperature_limit_celsius": limit}
    told = found("hot_disks", None, temperature_celsius=71, **changes)
    assert (None if told is None else told.severity) is severity
