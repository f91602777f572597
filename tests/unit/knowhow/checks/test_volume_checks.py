"""LVM: thin pools that fill up, snapshots that are lost, groups that miss a disk."""

from dataclasses import replace
from typing import Any

import pytest

from steward.knowhow.facts.volumes import Volume, Volumes
from steward.model.finding import Severity
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import found_by, recorded, snapshot

TROUBLE = recorded(volumes="full_and_partial")


def volumes(**changes: Any) -> Volumes:
    known: Volumes = recorded(volumes="proxmox_8_thin").values["volumes"]  # type: ignore[assignment]
    one: Volume = replace(known.volumes["pve/data"], **changes)
    return replace(known, volumes={**known.volumes, "pve/data": one})


def severity(check: str, **changes: Any) -> Severity | None:
    found = found_by(check, snapshot(volumes=volumes(**changes))).get("pve/data")
    return None if found is None else found.severity


@pytest.mark.parametrize("check", ["full_thin_pools", "broken_volumes"])
@pytest.mark.parametrize("case", ["proxmox_8_thin", "without_groups", "without_lvm"])
def test_healthy_volumes_and_machines_without_any_are_no_finding(check: str, case: str) -> None:
    assert CHECKS[check].run(recorded(volumes=case)) == ()


@pytest.mark.parametrize(
    ("data", "table", "expected"),
    [
        (79.9, 69.9, None),
        (80.0, 2.0, Severity.WATCH),
        (90.0, 2.0, Severity.WARNING),
        (97.0, 2.0, Severity.DOWN),
        (10.0, 70.0, Severity.WATCH),
        (10.0, 80.0, Severity.WARNING),
        (80.0, 90.0, Severity.DOWN),
    ],
)
def test_a_thin_pool_is_full_by_data_or_by_its_table(data: float, table: float, expected: Severity | None) -> None:
    assert severity("full_thin_pools", data_percent=data, metadata_percent=table) is expected


def test_a_thin_pool_tells_what_it_promised() -> None:
    found = found_by("full_thin_pools", TROUBLE)["pve/data"]
    assert found.severity is Severity.WARNING
    told = {one.name: one.value for one in found.evidence}
    assert told["promised_bytes"] == 544474988544
    assert told["free_in_group_bytes"] == 0


def test_lost_snapshots_and_missing_disks_are_found() -> None:
    found = found_by("broken_volumes", TROUBLE)
    assert {name: one.severity for name, one in found.items()} == {
        "tank": Severity.DOWN,
        "pve/before": Severity.WARNING,
        "pve/nightly": Severity.WARNING,
        "tank/media": Severity.DOWN,
    }
    assert found["pve/before"].title.endswith("was a snapshot that ran full; it is worth nothing any more")


@pytest.mark.parametrize(
    ("health", "expected"),
    [
        ("", None),
        ("unknown", None),
        ("refresh needed", Severity.WARNING),
        ("mismatches exist", Severity.WARNING),
        ("partial", Severity.DOWN),
    ],
)
def test_a_volume_is_judged_by_its_health(health: str, expected: Severity | None) -> None:
    assert severity("broken_volumes", health=health) is expected


@pytest.mark.parametrize(("percent", "is_found"), [(89.9, False), (90.0, True)])
def test_a_snapshot_is_lost_when_it_is_full(percent: float, is_found: bool) -> None:
    assert (severity("broken_volumes", kind="snapshot", data_percent=percent) is not None) is is_found
