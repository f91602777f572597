"""Updates that wait, and packages that are not whole."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot
from tests.unit.knowhow.uses_system import STATES, UPDATE, UPDATES


def waited(days: float, name: str, *, value: float = 3.0) -> Past:
    """Return a past in which so many updates waited since so many days, and none before."""
    begin = NOW - timedelta(days=days)
    points = [Point(at=begin - timedelta(hours=5), low=0, mean=0, high=0)]
    points += [
        Point(at=begin + timedelta(days=days) * part / 10, low=value, mean=value, high=value) for part in range(10)
    ]
    return Past(points={"updates": {name: tuple(points)}})


@pytest.mark.parametrize(("days", "severity"), [(0.2, Severity.WATCH), (6.9, Severity.WATCH), (7.0, Severity.WARNING)])
def test_a_security_update_becomes_a_warning_after_a_week(days: float, severity: Severity) -> None:
    seen = replace(snapshot(updates=UPDATES), past=waited(days, "security_count"))
    assert found_by("security_updates", seen)["packages"].severity is severity


def test_updates_that_were_installed_in_between_begin_anew() -> None:
    past = waited(30, "security_count")
    points = (*past.of("updates", "security_count"), Point(at=NOW - timedelta(hours=9), low=0, mean=1, high=3))
    seen = replace(snapshot(updates=UPDATES), past=Past(points={"updates": {"security_count": points}}))
    assert found_by("security_updates", seen)["packages"].severity is Severity.WATCH


def test_security_updates_are_named_with_both_versions_and_can_be_installed() -> None:
    found = found_by("security_updates", recorded(updates="debian_12"))["packages"]
    assert found.title == "5 security updates waiting on m1"
    assert "libgcrypt20 1.10.1-3 -> 1.10.1-3+deb12u1" in [one.value for one in found.evidence]
    assert found.fix == "install_security_updates"


def test_a_manager_that_steward_does_not_drive_is_left_to_a_person() -> None:
    assert found_by("security_updates", recorded(updates="fedora_41_dnf5"))["packages"].fix is None


@pytest.mark.parametrize("case", ["debian_12_up_to_date", "arch", "alpine_3_20", "unknown_manager"])
def test_ordinary_updates_are_no_security_updates(case: str) -> None:
    assert found_by("security_updates", recorded(updates=case)) == {}


@pytest.mark.parametrize("case", ["debian_12_up_to_date", "ubuntu_24_04_esm", "arch", "alpine_3_20", "unknown_manager"])
def test_a_few_updates_that_wait_are_nothing_to_tell(case: str) -> None:
    assert found_by("pending_updates", recorded(updates=case)) == {}


@pytest.mark.parametrize(("count", "days", "is_found"), [(99, 0, False), (100, 0, True), (1, 29, False), (1, 30, True)])
def test_many_or_old_updates_are_worth_knowing(count: int, days: int, is_found: bool) -> None:
    seen = replace(snapshot(updates=replace(UPDATES, count=count)), past=waited(days, "count") if days else Past())
    assert ("packages" in found_by("pending_updates", seen)) is is_found


@pytest.mark.parametrize(("days", "is_found"), [(13, False), (14, True)])
def test_old_lists_know_of_no_updates(days: int, is_found: bool) -> None:
    old = replace(UPDATES, count=0, security_count=0, updates={}, lists_at=NOW - timedelta(days=days))
    found = found_by("pending_updates", snapshot(updates=old))
    assert [one.title for one in found.values()] == (
        [f"m1 has not asked for {days} d whether there are updates"] if is_found else []
    )


def test_a_kernel_or_a_new_package_is_not_installed_by_name() -> None:
    kernel = replace(UPDATES, updates={"linux-image-amd64": UPDATE, "new-one": replace(UPDATE, installed="")})
    assert found_by("security_updates", snapshot(updates=kernel))["packages"].fix is None


def test_half_installed_packages_are_a_warning_that_dpkg_can_finish() -> None:
    found = found_by("broken_packages", recorded(package_states="debian_12_half_installed"))["packages"]
    assert found.title == "packages on m1: grub-pc and 3 others half installed"
    assert found.severity is Severity.WARNING
    assert found.fix == "finish_packages"


@pytest.mark.parametrize("case", ["debian_12_healthy", "ubuntu_24_04_at_work", "alpine_pinned", "unknown_manager"])
def test_whole_packages_and_packages_on_their_way_are_no_finding(case: str) -> None:
    assert found_by("broken_packages", recorded(package_states=case)) == {}


def test_a_lock_left_behind_needs_a_person() -> None:
    assert found_by("broken_packages", recorded(package_states="arch_interrupted"))["packages"].fix is None


def test_held_packages_are_worth_knowing_by_name() -> None:
    found = found_by("held_packages", snapshot(package_states=replace(STATES, held=("a", "b", "c", "d"))))
    assert found["held packages"].title == "4 packages held back on m1: a, b, c and 1 more"
    assert found_by("held_packages", recorded(package_states="debian_12_healthy")) == {}
