"""Operations on disks, pools, arrays and mounts."""

import pytest

from steward.model.errors import InvalidInput
from tests.unit.knowhow.snapshots import recorded, snapshot
from tests.unit.knowhow.test_plugins import blueprint

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
