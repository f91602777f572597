"""btrfs: missing devices, errors, metadata without room, old scrubs."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from steward.knowhow.facts.btrfs import Btrfs, BtrfsFilesystems
from steward.model.fact import Snapshot
from steward.model.finding import Severity
from steward.model.history import Past, Point
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import GIGABYTE, NOW, found_by, recorded, snapshot

CHECKS_OF_BTRFS = ("degraded_btrfs", "btrfs_errors", "full_btrfs_metadata", "old_btrfs_scrubs")


def seen(before: Past | None = None, **changes: Any) -> Snapshot:
    found: BtrfsFilesystems = recorded(btrfs="debian_12_mirror").values["btrfs"]  # type: ignore[assignment]
    one: Btrfs = replace(found.filesystems["/srv/data"], **changes)
    now = snapshot(btrfs=BtrfsFilesystems(program="/usr/bin/btrfs", filesystems={"/srv/data": one}))
    return replace(now, past=before) if before else now


def severity(check: str, before: Past | None = None, **changes: Any) -> Severity | None:
    found = found_by(check, seen(before, **changes)).get("/srv/data")
    return None if found is None else found.severity


def past(name: str, *pairs: tuple[float, float]) -> Past:
    points = tuple(Point(at=NOW - timedelta(days=days), low=value, mean=value, high=value) for days, value in pairs)
    return Past(points={"btrfs": {f"/srv/data {name}": points}})


@pytest.mark.parametrize("check", CHECKS_OF_BTRFS)
@pytest.mark.parametrize("case", ["debian_12_mirror", "arch_without_rights", "without_btrfs"])
def test_healthy_filesystems_and_machines_without_any_are_no_finding(check: str, case: str) -> None:
    assert CHECKS[check].run(recorded(btrfs=case)) == ()


def test_a_missing_device_is_a_warning() -> None:
    found = found_by("degraded_btrfs", recorded(btrfs="degraded_and_full"))
    assert found["/"].title == "btrfs at / on m1 misses 1 device"
    assert found["/"].severity is Severity.WARNING


def test_new_errors_are_a_warning_and_old_ones_are_none() -> None:
    damaged = recorded(btrfs="debian_12_corrupted")
    assert found_by("btrfs_errors", damaged)["/srv/data"].severity is Severity.WARNING
    errors: dict[str, Any] = {"errors": {"corruption": 3600}}
    assert severity("btrfs_errors", past("errors", (8, 3600), (6, 3600), (1, 3600)), **errors) is None
    assert severity("btrfs_errors", past("errors", (8, 3599), (6, 3599), (1, 3600)), **errors) is Severity.WARNING
    assert severity("btrfs_errors", past("errors", (3, 3600)), **errors) is Severity.WARNING


def test_blocks_no_scrub_can_mend_stay_a_warning() -> None:
    known = past("errors", (8, 3), (6, 3))
    assert severity("btrfs_errors", known, errors={"corruption": 3}, uncorrectable_errors=3) is Severity.WARNING


@pytest.mark.parametrize(
    ("percent", "unallocated", "expected"),
    [
        (84.9, 0, None),
        (85.0, 0, Severity.WARNING),
        (95.0, 0, Severity.DOWN),
        (95.0, 2 * GIGABYTE, None),
        (95.0, 2 * GIGABYTE - 1, Severity.DOWN),
        (None, 0, None),
    ],
)
def test_metadata_is_full_only_when_it_cannot_grow(
    percent: float | None, unallocated: int, expected: Severity | None
) -> None:
    changes: dict[str, Any] = {"metadata_percent": percent, "unallocated_bytes": unallocated}
    assert severity("full_btrfs_metadata", None, size_bytes=500 * GIGABYTE, **changes) is expected


@pytest.mark.parametrize(("days", "expected"), [(44, None), (45, Severity.WATCH)])
def test_a_scrub_is_old_after_45_days(days: int, expected: Severity | None) -> None:
    assert severity("old_btrfs_scrubs", None, scrub_at=NOW - timedelta(days=days)) is expected
    never: dict[str, Any] = {"scrub_at": None, "scrub_state": "never"}
    assert severity("old_btrfs_scrubs", past("unallocated_bytes", (days, 1.0)), **never) is expected


def test_one_device_or_a_scrub_that_runs_or_cannot_be_seen_is_no_finding() -> None:
    old = NOW - timedelta(days=400)
    assert severity("old_btrfs_scrubs", None, scrub_at=old, devices=("sda",)) is None
    assert severity("old_btrfs_scrubs", None, scrub_at=old, scrub_state="running") is None
    assert severity("old_btrfs_scrubs", None, scrub_at=None, scrub_state="") is None
    assert severity("old_btrfs_scrubs", None, scrub_at=None, scrub_state="never") is None
