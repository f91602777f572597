"""Arrays of md and pools of ZFS: lost disks, errors, room, scrubs."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from steward.knowhow.facts.pools import Device, Pool, Pools
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import CHECKS, FACTS
from tests.unit.knowhow.snapshots import NOW, disk, filesystems, found_by, recorded, snapshot

CHECKS_OF_POOLS = ("degraded_pools", "pool_errors", "full_pools", "old_scrubs", "pool_checkpoints")
CHECKS_OF_ARRAYS = ("degraded_arrays", "differing_arrays")
DAMAGED = recorded(pools="degraded_with_damage")


def pool(**changes: Any) -> Pool:
    pools: Pools = recorded(pools="proxmox_8_healthy").values["pools"]  # type: ignore[assignment]
    return replace(pools.pools["rpool"], **changes)


def seen(**changes: Any) -> Snapshot:
    return snapshot(pools=Pools(program="/usr/sbin/zpool", pools={"rpool": pool(**changes)}))


def severity(check: str, **changes: Any) -> Severity | None:
    found = found_by(check, seen(**changes)).get("rpool")
    return None if found is None else found.severity


def device(**errors: int) -> dict[str, Device]:
    plain = Device(name="sda", state="ONLINE", read_errors=0, write_errors=0, checksum_errors=0, note="")
    return {"sda": replace(plain, **errors)}


def errors_before(*pairs: tuple[int, int]) -> Past:
    points = tuple(Point(at=NOW - timedelta(days=days), low=count, mean=count, high=count) for days, count in pairs)
    return Past(points={"pools": {"rpool device_errors": points}})


@pytest.mark.parametrize("check", CHECKS_OF_POOLS)
def test_healthy_pools_and_machines_without_any_are_no_finding(check: str) -> None:
    assert CHECKS[check].run(recorded(pools="proxmox_8_healthy")) == ()
    assert CHECKS[check].run(recorded(pools="without_zfs")) == ()


@pytest.mark.parametrize("check", CHECKS_OF_ARRAYS)
@pytest.mark.parametrize("case", ["debian_12_healthy", "checking", "without_arrays"])
def test_healthy_arrays_and_machines_without_any_are_no_finding(check: str, case: str) -> None:
    assert CHECKS[check].run(recorded(arrays=case)) == ()


def test_arrays_without_a_disk_are_warnings_that_say_what_is_left() -> None:
    found = found_by("degraded_arrays", recorded(arrays="degraded"))
    assert {name: one.severity for name, one in found.items()} == dict.fromkeys(("md0", "md1", "md2"), Severity.WARNING)
    assert found["md0"].title == "array md0 on m1 has lost 1 disk of 2"
    assert "the next disk that fails takes all data" in found["md0"].if_nothing
    assert found["md1"].title == "array md1 on m1 has lost 1 disk of 3 and is being rebuilt, 25 % done"
    assert "less to spare" in found["md2"].if_nothing


def test_an_array_that_does_not_run_is_down() -> None:
    found = found_by("degraded_arrays", recorded(arrays="broken_and_differing"))
    assert {name: one.severity for name, one in found.items()} == {"md0": Severity.DOWN}


def test_copies_that_differ_are_worse_with_parity_than_on_a_mirror() -> None:
    found = found_by("differing_arrays", recorded(arrays="broken_and_differing"))
    assert {name: one.severity for name, one in found.items()} == {"md1": Severity.WARNING, "md2": Severity.WATCH}


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        ("ONLINE", None),
        ("DEGRADED", Severity.WARNING),
        ("SUSPENDED", Severity.DOWN),
        ("FAULTED", Severity.DOWN),
        ("UNAVAIL", Severity.DOWN),
    ],
)
def test_a_pool_is_judged_by_its_health(health: str, expected: Severity | None) -> None:
    assert severity("degraded_pools", health=health) is expected


def test_a_degraded_pool_names_the_device_that_is_gone() -> None:
    found = found_by("degraded_pools", DAMAGED)["rpool"]
    told = [one.value for one in found.evidence if one.name == "device"]
    assert "ata-ST9500325AS_5VE00001-part3 FAULTED read 6 write 1214 checksum 0 too many errors" in told
    assert "being rebuilt" in found_by("degraded_pools", recorded(pools="ubuntu_24_04_resilvering"))["tank"].title


def test_a_pool_that_stands_still_is_down_although_zpool_does_not_answer() -> None:
    found = found_by("degraded_pools", recorded(pools="suspended_and_hanging"))
    assert {name: one.severity for name, one in found.items()} == {"usb": Severity.DOWN}


def test_damaged_files_are_a_warning() -> None:
    found = found_by("pool_errors", DAMAGED)
    assert found["tank"].title == "pool tank on m1 has 3 damaged files"
    assert found["tank"].severity is Severity.WARNING


def test_new_errors_of_a_device_are_a_warning_and_old_ones_are_not() -> None:
    twelve = seen(devices=device(checksum_errors=12))
    assert found_by("pool_errors", twelve)["rpool"].severity is Severity.WARNING
    known = replace(twelve, past=errors_before((8, 12), (6, 12), (1, 12)))
    assert found_by("pool_errors", known)["rpool"].severity is Severity.WATCH
    more = replace(twelve, past=errors_before((8, 11), (6, 11), (1, 12)))
    assert found_by("pool_errors", more)["rpool"].severity is Severity.WARNING
    new = replace(twelve, past=errors_before((2, 12), (1, 12)))
    assert found_by("pool_errors", new)["rpool"].severity is Severity.WARNING
    assert found_by("pool_errors", seen(devices=device())) == {}


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        (79.9, None),
        (80.0, Severity.WATCH),
        (90.0, Severity.WARNING),
        (97.0, Severity.DOWN),
        (None, None),
    ],
)
def test_a_pool_is_full_by_percent(percent: float | None, expected: Severity | None) -> None:
    assert severity("full_pools", used_percent=percent) is expected


def test_a_full_pool_is_told_once() -> None:
    full = pool(used_percent=95.0)
    pools = Pools(program="/usr/sbin/zpool", pools={"rpool": full})
    dataset = disk(95.0, type="zfs", source="rpool/ROOT/pve-1")
    roomy = disk(5.0, type="zfs", source="rpool/ROOT/pve-1")
    assert found_by("full_pools", snapshot(pools=pools, filesystems=filesystems(dataset))) == {}
    assert list(found_by("full_pools", snapshot(pools=pools, filesystems=filesystems(roomy)))) == ["rpool"]


@pytest.mark.parametrize(("days", "is_found"), [(44, False), (45, True)])
def test_a_scrub_is_old_after_45_days(days: int, is_found: bool) -> None:
    at = NOW - timedelta(days=days)
    found = found_by("old_scrubs", seen(scan_at=at))
    assert bool(found) is is_found
    never = found_by("old_scrubs", seen(scan="", scan_kind="", scan_state="", scan_at=None, created_at=at))
    assert bool(never) is is_found
    assert all(one.fix == "scrub_pool" for one in (*found.values(), *never.values()))


def test_a_pool_that_is_read_now_or_of_unknown_age_needs_no_scrub() -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=NOW.tzinfo)
    assert found_by("old_scrubs", seen(scan_state="running", scan_at=long_ago)) == {}
    assert found_by("old_scrubs", recorded(pools="never_scrubbed")) == {}
    assert "rpool" not in found_by("old_scrubs", DAMAGED)


@pytest.mark.parametrize(("days", "is_found"), [(13, False), (14, True)])
def test_a_checkpoint_is_forgotten_after_two_weeks(days: int, is_found: bool) -> None:
    assert bool(found_by("pool_checkpoints", seen(checkpoint_at=NOW - timedelta(days=days)))) is is_found


def test_a_pool_that_does_not_answer_is_not_taken_for_another() -> None:
    traits = FACTS["pools"].traits
    assert traits is not None
    assert traits(DAMAGED.values["pools"]) == {"pool rpool": "DEGRADED 4 devices", "pool tank": "ONLINE 3 devices"}
    assert traits(recorded(pools="suspended_and_hanging").values["pools"]) is None
