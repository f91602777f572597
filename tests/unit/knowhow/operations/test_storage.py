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
