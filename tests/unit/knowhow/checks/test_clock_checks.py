"""Clocks that are wrong, and clocks that will be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.finding import Severity
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import MACHINE, NOW, found_by, recorded, snapshot
from tests.unit.knowhow.uses_system import CLOCK, SYSTEM


@pytest.mark.parametrize(
    ("seconds", "severity"),
    [
        (0, None),
        (-44, None),
        (-45, Severity.WARNING),
        (104, None),
        (105, Severity.WARNING),
        (-599, Severity.WARNING),
        (-600, Severity.DOWN),
        (86_400, Severity.DOWN),
    ],
)
def test_a_clock_is_compared_with_stewards(seconds: int, severity: Severity | None) -> None:
    seen = snapshot(clock=replace(CLOCK, shows=NOW + timedelta(seconds=seconds)))
    assert [one.severity for one in found_by("wrong_clocks", seen).values()] == ([severity] if severity else [])


def test_a_clock_that_was_read_a_while_ago_is_compared_with_the_time_of_that() -> None:
    before = NOW - timedelta(minutes=9)
    seen = replace(snapshot(clock=replace(CLOCK, shows=before)), read={"clock": before})
    assert found_by("wrong_clocks", seen) == {}


def test_a_container_behind_its_machine_does_not_repeat_what_that_says() -> None:
    wrong = snapshot(clock=replace(CLOCK, shows=NOW + timedelta(hours=1), is_container=True))
    assert len(CHECKS["wrong_clocks"].run(wrong)) == 1
    assert CHECKS["wrong_clocks"].run(replace(wrong, machine=replace(MACHINE, via="nas"))) == ()


@pytest.mark.parametrize(
    ("case", "severity"),
    [
        ("debian_12_timesyncd", None),
        ("fedora_chrony", None),
        ("alpine_ntpd", None),
        ("debian_12_container", None),
        ("chrony_without_server", Severity.WARNING),
        ("nothing_keeps_it", Severity.WATCH),
    ],
)
def test_what_keeps_a_clock_right_is_judged(case: str, severity: Severity | None) -> None:
    found = found_by("unsynchronized_clocks", recorded(clock=case))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_a_young_machine_is_still_asking_for_the_time() -> None:
    for uptime, count in ((1799, 0), (1800, 1)):
        seen = snapshot(clock=CLOCK, os=replace(SYSTEM, uptime_seconds=uptime))
        assert len(found_by("unsynchronized_clocks", seen)) == count


def test_a_second_off_by_the_word_of_its_daemon_is_a_warning() -> None:
    kept = replace(CLOCK, daemon="chrony", is_enabled=True, is_synchronized=True)
    for offset, count in ((0.99, 0), (1.0, 1)):
        seen = snapshot(clock=replace(kept, offset_seconds=offset))
        assert len(found_by("unsynchronized_clocks", seen)) == count


def test_synchronization_is_turned_on_only_where_it_is_off() -> None:
    assert found_by("unsynchronized_clocks", snapshot(clock=CLOCK))["clock"].fix == "synchronize_clock"
    assert found_by("unsynchronized_clocks", recorded(clock="chrony_without_server"))["clock"].fix is None
