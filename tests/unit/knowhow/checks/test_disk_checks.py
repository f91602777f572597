"""Disks that are full, without inodes, read-only or not there."""

import pytest

from steward.model.finding import Severity
from tests.unit.knowhow.snapshots import (
    GIGABYTE,
    disk,
    filesystems,
    found_by,
    journal,
    packages,
    recorded,
    snapshot,
)


@pytest.mark.parametrize(
    ("used_percent", "size", "severity"),
    [
        (79.9, 50 * GIGABYTE, None),
        (80.0, 50 * GIGABYTE, Severity.WATCH),
        (90.0, 50 * GIGABYTE, Severity.WARNING),
        (97.0, 50 * GIGABYTE, Severity.DOWN),
        (97.0, 2000 * GIGABYTE, Severity.WARNING),
        (97.0, 8000 * GIGABYTE, Severity.WATCH),
        (97.0, 20000 * GIGABYTE, None),
        (99.9, 20000 * GIGABYTE, Severity.WARNING),
    ],
)
def test_a_disk_is_full_by_percent_and_by_what_is_left(used_percent: float, size: int, severity: Severity) -> None:
    found = found_by("full_filesystems", snapshot(filesystems=filesystems(disk(used_percent, size))))
    assert [one.severity for one in found.values()] == ([severity] if severity else [])


def test_a_full_disk_opens_one_finding_for_all_its_mount_points() -> None:
    seen = recorded(filesystems="debian_12_bind_mounts", journal="debian_12", packages="debian_12")
    found = found_by("full_filesystems", seen)
    assert list(found) == ["/data"]
    assert found["/data"].title == "/data (with /var/cache/apt, /var/log) on m1 is 96 % full, 1.8 MB left"
    assert found["/data"].fix == "free_disk_space"
    assert {one.name: one.value for one in found["/data"].evidence}["package_cache_bytes"] == 16777216


def test_a_fix_is_named_only_when_it_would_be_enough() -> None:
    nearly = snapshot(filesystems=filesystems(disk(95.0)), packages=packages(100), journal=journal(80))
    enough = snapshot(filesystems=filesystems(disk(95.0)), packages=packages(4000), journal=journal(80))
    elsewhere = snapshot(
        filesystems=filesystems(disk(95.0)), packages=packages(4000, mount_point="/var", source="/dev/sdb1")
    )
    assert found_by("full_filesystems", nearly)["/"].fix is None
    assert found_by("full_filesystems", enough)["/"].fix == "free_disk_space"
    assert found_by("full_filesystems", elsewhere)["/"].fix is None


def test_images_that_are_always_full_are_no_finding() -> None:
    seen = snapshot(filesystems=filesystems(disk(100.0, is_read_only=True, inodes_used_percent=100.0)))
    assert found_by("full_filesystems", seen) == {}
    assert found_by("full_inodes", seen) == {}


def test_a_full_zfs_pool_is_one_finding() -> None:
    seen = filesystems(
        disk(91.0, type="zfs", source="tank", mount_point="/tank"),
        disk(98.0, type="zfs", source="tank/media", mount_point="/tank/media"),
        disk(91.0, type="zfs", source="rpool/ROOT", mount_point="/"),
    )
    assert list(found_by("full_filesystems", snapshot(filesystems=seen))) == ["/tank/media", "/"]


def test_a_disk_without_inodes_left_is_down_although_there_is_room() -> None:
    found = found_by("full_inodes", snapshot(filesystems=filesystems(disk(30.0, inodes_used_percent=99.5))))
    assert found["/"].severity is Severity.DOWN
    assert found_by("full_inodes", snapshot(filesystems=filesystems(disk(30.0, inodes_used_percent=None)))) == {}


def test_full_space_and_full_inodes_of_one_disk_are_two_findings() -> None:
    seen = snapshot(filesystems=filesystems(disk(99.0, inodes_used_percent=99.5)))
    assert found_by("full_inodes", seen)["/"].id != found_by("full_filesystems", seen)["/"].id


def test_a_disk_that_became_read_only_is_down() -> None:
    found = found_by("read_only_filesystems", recorded(filesystems="read_only_after_errors"))
    assert list(found) == ["/"]
    assert found["/"].severity is Severity.DOWN


@pytest.mark.parametrize(
    ("options", "expected", "is_found"),
    [
        ("ro", "defaults", True),
        ("ro,emergency_ro", None, True),
        ("ro", "ro,noatime", False),
        ("ro", None, False),
    ],
)
def test_a_disk_that_was_meant_to_be_read_only_is_no_finding(options: str, expected: str, is_found: bool) -> None:
    one = disk(30.0, is_read_only=True, options=options, expected_options=expected)
    assert bool(found_by("read_only_filesystems", snapshot(filesystems=filesystems(one)))) is is_found


def test_a_mount_that_may_be_away_is_a_warning_and_another_is_down() -> None:
    seen = filesystems(disk(10.0), **{"/mnt/usb": "defaults,nofail", "/srv": "defaults"})
    found = found_by("missing_mounts", snapshot(filesystems=seen))
    assert found["/mnt/usb"].severity is Severity.WARNING
    assert found["/srv"].severity is Severity.DOWN


def test_only_what_should_be_there_after_boot_is_missed() -> None:
    assert list(found_by("missing_mounts", recorded(filesystems="debian_12_bind_mounts"))) == ["/mnt/usb"]
    assert list(found_by("missing_mounts", recorded(filesystems="proxmox_zfs"))) == ["/mnt/usb backup"]
