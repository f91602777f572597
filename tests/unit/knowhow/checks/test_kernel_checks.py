"""Kernels that wait for a restart, and distributions that end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from steward.knowhow.end_of_life import end_of_life
from steward.model.finding import Severity
from steward.model.machine import Transport
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import MACHINE, PACKAGES, found_by, recorded, snapshot, unit, units
from tests.unit.knowhow.uses_system import SYSTEM


@pytest.mark.parametrize(
    ("case", "severity"),
    [
        ("debian_12_newer_installed", Severity.WATCH),
        ("debian_12_rebuilt", Severity.WATCH),
        ("fedora_41", Severity.WATCH),
        ("arch_modules_gone", Severity.WARNING),
        ("ubuntu_24_04", None),
        ("alpine_3_20", None),
        ("proxmox_8_chosen", None),
        ("container", None),
    ],
)
def test_a_kernel_is_judged_by_what_is_installed_beside_it(case: str, severity: Severity | None) -> None:
    found = found_by("outdated_kernels", recorded(kernel=case))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_a_newer_kernel_is_named_and_can_be_started() -> None:
    found = found_by("outdated_kernels", recorded(kernel="debian_12_newer_installed"))["kernel"]
    assert found.title == "m1 runs kernel 6.1.0-25-amd64; 6.1.0-28-amd64 is installed"
    assert found.fix == "restart_machine"


def test_what_the_distribution_itself_asks_for_is_not_said_twice() -> None:
    seen = recorded(kernel="debian_12_newer_installed")
    both = replace(seen, values={**seen.values, "packages": replace(PACKAGES, is_restart_wanted=True)})
    assert found_by("outdated_kernels", both) == {}


def test_the_machine_steward_runs_on_is_not_offered_a_restart() -> None:
    seen = replace(recorded(kernel="debian_12_newer_installed"), machine=replace(MACHINE, transport=Transport.LOCAL))
    assert CHECKS["outdated_kernels"].run(seen)[0].fix is None


def test_a_container_that_wants_a_restart_is_not_offered_one() -> None:
    wants = {"packages": replace(PACKAGES, is_restart_wanted=True)}
    assert CHECKS["restart_wanted"].run(snapshot(**wants))[0].fix == "restart_machine"
    inside = recorded(kernel="container").values["kernel"]
    assert CHECKS["restart_wanted"].run(snapshot(kernel=inside, **wants))[0].fix is None


@pytest.mark.parametrize(
    ("identity", "version", "date"),
    [
        ("debian", "12", "2028-06-30"),
        ("raspbian", "11", "2026-08-31"),
        ("alpine", "3.19.4", "2025-11-01"),
        ("rocky", "9.5", "2032-05-31"),
        ("ubuntu", "24.04", "2029-05-31"),
        ("arch", "", None),
        ("debian", "", None),
        ("fedora", "99", None),
    ],
)
def test_the_end_of_a_release_is_looked_up_by_its_longest_known_version(
    identity: str, version: str, date: str | None
) -> None:
    known = end_of_life(identity, version)
    assert (None if known is None else known.at.date().isoformat()) == date


def over(at: datetime, **changes: object):
    found = CHECKS["end_of_life_systems"].run(replace(snapshot(os=replace(SYSTEM, **changes)), at=at))
    return [(one.severity, one.title) for one in found]


def test_a_release_is_told_of_ninety_days_before_its_end() -> None:
    end = datetime(2028, 6, 30, tzinfo=UTC)
    assert over(end - timedelta(days=90, seconds=1)) == []
    assert [severity for severity, _ in over(end - timedelta(days=90))] == [Severity.WATCH]
    assert [severity for severity, _ in over(end)] == [Severity.WARNING]
    assert over(end + timedelta(days=3))[0][1] == (
        "Debian GNU/Linux 12 (bookworm) on m1 has had no security updates for 3 d"
    )


def test_proxmox_ends_before_the_debian_it_calls_itself() -> None:
    seen = snapshot(os=SYSTEM, units=units(unit("pvedaemon.service")))
    assert [one.severity for one in CHECKS["end_of_life_systems"].run(seen)] == [Severity.WARNING]
    assert over(seen.at) == []
