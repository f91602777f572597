"""Fixes of storage: each finding that names one gives steps that can be planned."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.knowhow.facts.arrays import Arrays
from steward.knowhow.facts.btrfs import BtrfsFilesystems
from steward.knowhow.facts.disk_health import DisksHealth, SelfTest
from steward.knowhow.facts.os import OperatingSystem
from steward.knowhow.facts.pools import Pools
from steward.lib.codec import decode
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.finding import Finding
from steward.model.operation import Blueprint
from tests.unit.knowhow.plugins import FIXES, OPERATIONS
from tests.unit.knowhow.snapshots import NOW, disk, filesystems, found_by, recorded, snapshot, unit, units


def planned(finding: Finding, seen: Snapshot) -> list[tuple[str, Blueprint]]:
    assert finding.fix is not None
    workflow = FIXES[finding.fix].propose(finding, seen)
    assert workflow.finding == finding.id
    made: list[tuple[str, Blueprint]] = []
    for step in workflow.steps:
        operation = OPERATIONS[step.command]
        blueprint = operation.build(decode(operation.input, step.input), seen)
        assert blueprint.verify
        made.append((step.command, blueprint))
    return made


def old_test(**changes: Any) -> Snapshot:
    health: DisksHealth = recorded(disk_health="debian_12_healthy").values["disk_health"]  # type: ignore[assignment]
    old = SelfTest(says="Completed without error", is_failed=False, hours_ago=5000)
    one = replace(health.disks["WD-WCC7K0000001"], self_test=old, **changes)
    return snapshot(disk_health=replace(health, disks={"WD-WCC7K0000001": one}))


def test_an_old_self_test_is_cured_by_a_long_one() -> None:
    seen = old_test()
    finding = found_by("disk_self_tests", seen)["WD-WCC7K0000001"]
    ((command, made),) = planned(finding, seen)
    assert command == "disk.test"
    assert made.action.argv == ("/usr/sbin/smartctl", "--test=long", "/dev/sda")
    assert made.undo.actions[0].argv == ("/usr/sbin/smartctl", "--abort", "/dev/sda")
    with pytest.raises(InvalidInput, match="needs no test"):
        FIXES["test_disk"].propose(finding, old_test(is_testing=True))


def test_an_old_scrub_is_cured_by_a_new_one() -> None:
    pools: Pools = recorded(pools="proxmox_8_healthy").values["pools"]  # type: ignore[assignment]
    old = replace(pools.pools["rpool"], scan_at=NOW - timedelta(days=80))
    seen = snapshot(pools=replace(pools, pools={"rpool": old}))
    finding = found_by("old_scrubs", seen)["rpool"]
    ((_, made),) = planned(finding, seen)
    assert made.action.argv == ("/usr/sbin/zpool", "scrub", "rpool")
    assert made.undo.actions[0].argv == ("/usr/sbin/zpool", "scrub", "-s", "rpool")
    busy = snapshot(pools=replace(pools, pools={"rpool": replace(old, scan_state="running")}))
    with pytest.raises(InvalidInput, match="needs no scrub"):
        FIXES["scrub_pool"].propose(finding, busy)


MOUNTS = recorded(mounts="options_and_mounts_missing", network_mounts="stuck")


def test_a_mount_that_hangs_is_detached_and_mounted_anew() -> None:
    finding = found_by("stuck_network_mounts", MOUNTS)["/srv/media"]
    assert [(command, made.action.argv) for command, made in planned(finding, MOUNTS)] == [
        ("mount.detach", ("/usr/bin/umount", "-f", "-l", "/srv/media")),
        ("mount.mount", ("/usr/bin/mount", "/srv/media")),
    ]
    answering = recorded(mounts="debian_12_nfs_and_smb", network_mounts="answering")
    with pytest.raises(InvalidInput, match="does not hang any more"):
        FIXES["renew_network_mount"].propose(finding, answering)


def test_options_that_did_not_take_are_put_in_force() -> None:
    finding = found_by("ignored_mount_options", MOUNTS)["/srv/data"]
    assert [command for command, _ in planned(finding, MOUNTS)] == ["mount.remount"]
    with pytest.raises(InvalidInput, match="has all its options"):
        FIXES["remount_filesystem"].propose(finding, recorded(mounts="debian_12_nfs_and_smb"))


def test_a_missing_mount_is_mounted() -> None:
    missing = filesystems(disk(10.0), **{"/mnt/usb": "defaults,nofail"})
    seen = snapshot(**{**MOUNTS.values, "filesystems": missing})
    finding = found_by("missing_mounts", seen)["/mnt/usb"]
    assert [made.action.argv for _, made in planned(finding, seen)] == [("/usr/bin/mount", "/mnt/usb")]
    with pytest.raises(InvalidInput, match="fstab has no line"):
        FIXES["mount_filesystem"].propose(finding, recorded(mounts="debian_12_nfs_and_smb"))


def test_ssds_are_trimmed_from_now_on_and_after_a_restart() -> None:
    timer = unit("fstrim.timer", file_state="disabled", active_state="inactive", sub_state="dead")
    disks = recorded(disks="proxmox_8_sata_sas_nvme").values["disks"]
    seen = snapshot(disks=disks, filesystems=filesystems(disk(10.0)), units=units(timer))
    finding = found_by("untrimmed_disks", seen)["fstrim.timer"]
    assert [command for command, _ in planned(finding, seen)] == ["unit.enable", "unit.start"]
    on = snapshot(units=units(replace(timer, file_state="enabled")))
    with pytest.raises(InvalidInput, match="is not off any more"):
        FIXES["enable_trim"].propose(finding, on)


def test_an_old_scrub_of_btrfs_is_cured_by_a_new_one() -> None:
    found: BtrfsFilesystems = recorded(btrfs="debian_12_mirror").values["btrfs"]  # type: ignore[assignment]
    old = replace(found.filesystems["/srv/data"], scrub_at=NOW - timedelta(days=80))
    seen = snapshot(btrfs=replace(found, filesystems={"/srv/data": old}))
    finding = found_by("old_btrfs_scrubs", seen)["/srv/data"]
    ((_, made),) = planned(finding, seen)
    assert made.action.argv == ("/usr/bin/btrfs", "scrub", "start", "/srv/data")
    assert made.undo.actions[0].argv == ("/usr/bin/btrfs", "scrub", "cancel", "/srv/data")
    busy = snapshot(btrfs=replace(found, filesystems={"/srv/data": replace(old, scrub_state="running")}))
    with pytest.raises(InvalidInput, match="needs no scrub"):
        FIXES["scrub_btrfs"].propose(finding, busy)


def test_declared_swap_is_used_again() -> None:
    finding = found_by("missing_swap", MOUNTS)["swap"]
    assert [command for command, _ in planned(finding, MOUNTS)] == ["swap.enable"]
    with pytest.raises(InvalidInput, match="no declared swap is missing"):
        FIXES["enable_swap"].propose(finding, recorded(mounts="debian_12_nfs_and_smb"))


def test_a_btrfs_without_room_for_metadata_is_balanced_where_data_has_some() -> None:
    found: BtrfsFilesystems = recorded(btrfs="debian_12_mirror").values["btrfs"]  # type: ignore[assignment]
    full = replace(found.filesystems["/srv/data"], unallocated_bytes=0, metadata_percent=96.0)
    seen = snapshot(btrfs=replace(found, filesystems={"/srv/data": full}))
    finding = found_by("full_btrfs_metadata", seen)["/srv/data"]
    ((command, made),) = planned(finding, seen)
    assert command == "btrfs.balance"
    assert made.verify[0].expected == 0
    packed = snapshot(btrfs=replace(found, filesystems={"/srv/data": replace(full, data_percent=90.0)}))
    assert found_by("full_btrfs_metadata", packed)["/srv/data"].fix is None


def test_an_array_nobody_checked_since_a_long_ago_start_is_checked() -> None:
    arrays: Arrays = recorded(arrays="debian_12_healthy").values["arrays"]  # type: ignore[assignment]
    system: OperatingSystem = recorded(os="debian_12_root").values["os"]  # type: ignore[assignment]
    one = replace(arrays.arrays["md0"], last_action="none")
    old, young = (replace(system, uptime_seconds=days * 86_400) for days in (45, 44))
    facts = {"arrays": replace(arrays, arrays={"md0": one})}
    seen = snapshot(**facts, os=old)
    finding = found_by("unchecked_arrays", seen)["md0"]
    assert [made.action.argv for _, made in planned(finding, seen)] == [
        ("/usr/sbin/mdadm", "--action=check", "/dev/md0")
    ]
    assert found_by("unchecked_arrays", snapshot(**facts, os=young)) == {}
    assert found_by("unchecked_arrays", snapshot(arrays=arrays, os=old)) == {}
    busy = snapshot(arrays=replace(arrays, arrays={"md0": replace(one, sync_action="check")}), os=old)
    with pytest.raises(InvalidInput, match="needs no check"):
        FIXES["check_array"].propose(finding, busy)
