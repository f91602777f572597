"""Operations on disks, pools, arrays and mounts."""

import pytest

from steward.model.errors import InvalidInput
from steward.model.risk import Risk
from tests.unit.knowhow.plugins import OPERATIONS
from tests.unit.knowhow.snapshots import recorded, snapshot
from tests.unit.knowhow.test_plugins import allows, blueprint

HEALTH = recorded(disk_health="debian_12_healthy")


@pytest.mark.parametrize("disk", ["WD-WCC7K0000002", "WD-nobody"])
def test_a_disk_that_sleeps_or_is_not_there_is_not_tested(disk: str) -> None:
    with pytest.raises(InvalidInput):
        blueprint("disk.test", {"disk": disk, "kind": "short"}, HEALTH)


def test_a_disk_that_tests_itself_is_not_tested_twice() -> None:
    with pytest.raises(InvalidInput, match="tests itself already"):
        blueprint("disk.test", {"disk": "WD-WCC7K0000001", "kind": "short"}, recorded(disk_health="self_test_running"))
    with pytest.raises(InvalidInput, match="cannot work on disks"):
        blueprint("disk.test", {"disk": "WD-WCC7K0000001", "kind": "short"}, snapshot())


@pytest.mark.parametrize(
    ("case", "array", "why"),
    [
        ("degraded", "md0", "lost 1 disks"),
        ("checking", "md127", "another thing: check"),
        ("broken_and_differing", "md3", "no copies"),
        ("debian_12_healthy", "md7", "there is no array"),
    ],
)
def test_an_array_in_trouble_or_at_work_is_not_checked(case: str, array: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        blueprint("array.check", {"array": array}, recorded(arrays=case))


@pytest.mark.parametrize(
    ("case", "pool", "why"),
    [
        ("proxmox_8_healthy", "tank", "a scrub is running"),
        ("suspended_and_hanging", "usb", "suspended"),
        ("proxmox_8_healthy", "tan", "did you mean `tank`"),
    ],
)
def test_a_pool_that_stands_still_or_is_read_is_not_scrubbed(case: str, pool: str, why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint("pool.scrub", {"pool": pool}, recorded(pools=case))
    assert why in str(raised.value)


MOUNTS = recorded(mounts="options_and_mounts_missing", network_mounts="stuck")


@pytest.mark.parametrize(
    ("operation", "place", "why"),
    [
        ("mount.mount", "/srv/data", "mounted already"),
        ("mount.mount", "/boot/efi", "protected"),
        ("mount.mount", "/nowhere", "no line in fstab"),
        ("mount.detach", "/srv/data", "no mount from another machine"),
        ("mount.detach", "/", "unusual"),
        ("mount.remount", "/mnt/usb", "not mounted"),
        ("mount.remount", "/srv/media", "all options"),
    ],
)
def test_mounts_that_need_nothing_or_are_protected_are_left_alone(operation: str, place: str, why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint(operation, {"place": place}, MOUNTS)
    assert why in str(raised.value)


def test_a_mount_that_answers_is_never_detached() -> None:
    answering = recorded(mounts="debian_12_nfs_and_smb", network_mounts="answering")
    with pytest.raises(InvalidInput, match="is not stuck"):
        blueprint("mount.detach", {"place": "/srv/media"}, answering)


def test_a_remount_is_taken_back_option_by_option() -> None:
    made = blueprint("mount.remount", {"place": "/srv/data"}, MOUNTS)
    assert made.action.argv == ("/usr/bin/mount", "-o", "remount", "/srv/data")
    assert made.undo.actions[0].argv == ("/usr/bin/mount", "-o", "remount,relatime,suid,dev,exec", "/srv/data")
    assert made.undo.verify[0].expected == "noatime,nosuid,nodev,noexec"
    assert made.risk is Risk.RISKY


@pytest.mark.parametrize(
    "argv",
    [
        ("/usr/bin/umount", "/home"),
        ("/usr/bin/umount", "/var/lib/docker"),
        ("/usr/bin/umount", "/mnt/../home"),
        ("/usr/bin/umount", "-a"),
        ("/usr/bin/mount", "-o", "remount,suid", "/tmp"),
        ("/usr/bin/mount", "-o", "remount,rw,bind", "/srv/x"),
        ("/usr/bin/mount", "/dev/sdb1", "/srv/x"),
    ],
)
def test_sudo_keeps_mounts_within_their_places(argv: tuple[str, ...]) -> None:
    lines = [line for name in ("mount.mount", "mount.detach", "mount.remount") for line in OPERATIONS[name].sudoers]
    ordered = tuple(sorted(lines, key=lambda line: line.startswith("!")))
    assert not allows(ordered, argv)
    assert allows(ordered, ("/usr/bin/mount", "/mnt/usb"))


@pytest.mark.parametrize(
    ("case", "place", "why"),
    [
        ("arch_without_rights", "/home/my data", "unusual"),
        ("debian_12_mirror", "/srv", "there is no btrfs"),
    ],
)
def test_a_filesystem_whose_scrub_could_not_be_proven_is_not_scrubbed(case: str, place: str, why: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint("btrfs.scrub", {"place": place}, recorded(btrfs=case))
    assert why in str(raised.value)


@pytest.mark.parametrize("percent", [4, 76])
def test_a_balance_that_sudo_would_not_allow_is_refused(percent: int) -> None:
    with pytest.raises(InvalidInput, match="cannot be balanced"):
        blueprint("btrfs.balance", {"place": "/srv/data", "usage_percent": percent}, recorded(btrfs="debian_12_mirror"))


def test_a_btrfs_that_misses_a_device_is_not_balanced() -> None:
    with pytest.raises(InvalidInput) as raised:
        blueprint("btrfs.balance", {"place": "/", "usage_percent": 50}, recorded(btrfs="degraded_and_full"))
    assert "misses a device" in str(raised.value)


def test_swap_is_turned_on_only_where_none_is_in_use() -> None:
    made = blueprint("swap.enable", {}, MOUNTS)
    assert made.action.argv == ("/usr/sbin/swapon", "-a")
    assert made.undo.actions[0].argv == ("/usr/sbin/swapoff", "-a")
    with pytest.raises(InvalidInput, match="swap is not turned on"):
        blueprint("swap.enable", {}, recorded(mounts="debian_12_nfs_and_smb"))
    with pytest.raises(InvalidInput, match="swap is not turned on"):
        blueprint("swap.enable", {}, recorded(mounts="container_without_fstab"))
