"""Mounts that hang, are not there, or stand without their options; swap that is off."""

import pytest

from steward.model.finding import Severity
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import disk, filesystems, found_by, recorded, snapshot

HEALTHY = recorded(mounts="debian_12_nfs_and_smb", network_mounts="answering")
TROUBLE = recorded(mounts="options_and_mounts_missing", network_mounts="stuck")


@pytest.mark.parametrize("check", ["stuck_network_mounts", "ignored_mount_options", "missing_swap"])
def test_mounts_that_stand_as_declared_are_no_finding(check: str) -> None:
    assert CHECKS[check].run(HEALTHY) == ()
    assert CHECKS[check].run(recorded(mounts="alpine_3_19", network_mounts="none")) == ()
    assert CHECKS[check].run(recorded(mounts="container_without_fstab", network_mounts="none")) == ()


def test_a_mount_that_hangs_or_fails_is_down_and_cured_where_fstab_can_bring_it_back() -> None:
    found = found_by("stuck_network_mounts", TROUBLE)
    assert {place: (one.severity, one.fix) for place, one in found.items()} == {
        "/srv/media": (Severity.DOWN, "renew_network_mount"),
        "/srv/old": (Severity.DOWN, None),
        "/mnt/share": (Severity.DOWN, "renew_network_mount"),
    }
    assert found["/srv/media"].title == "/srv/media on m1, from nas:/export/media, does not answer"
    assert [one.value for one in found["/srv/old"].evidence if one.name == "error"] == ["Stale file handle"]


def test_options_that_did_not_take_are_worth_knowing() -> None:
    found = found_by("ignored_mount_options", TROUBLE)
    assert {place: one.fix for place, one in found.items()} == {"/srv/data": "remount_filesystem"}
    assert found["/srv/data"].severity is Severity.WATCH
    assert "without noatime,nosuid,nodev,noexec, which fstab asks for" in found["/srv/data"].title


def test_declared_swap_that_is_off_is_worth_knowing() -> None:
    assert [one.severity for one in CHECKS["missing_swap"].run(TROUBLE)] == [Severity.WATCH]


def test_a_missing_mount_is_cured_where_a_typed_command_may_mount_it() -> None:
    missing = filesystems(disk(10.0), **{"/mnt/usb": "defaults,nofail", "/home": "defaults", "/srv/x": "defaults"})
    seen = snapshot(filesystems=missing, mounts=TROUBLE.values["mounts"])
    found = found_by("missing_mounts", seen)
    assert {place: one.fix for place, one in found.items()} == {
        "/home": None,
        "/mnt/usb": "mount_filesystem",
        "/srv/x": None,
    }
