"""Datasets of ZFS that reach their quota."""

import pytest

from steward.knowhow.facts.datasets import Dataset, Datasets
from steward.model.finding import Severity
from tests.unit.knowhow.plugins import CHECKS
from tests.unit.knowhow.snapshots import found_by, recorded, snapshot


@pytest.mark.parametrize(
    ("used", "severity"),
    [(899, None), (900, Severity.WATCH), (950, Severity.WARNING), (990, Severity.DOWN), (1200, Severity.DOWN)],
)
def test_a_dataset_is_full_by_its_quota(used: int, severity: Severity | None) -> None:
    one = Dataset(name="tank/media", used_bytes=used, quota_bytes=1000, snapshot_bytes=0, kind="quota")
    found = found_by("full_datasets", snapshot(datasets=Datasets(datasets={"tank/media": one})))
    assert [each.severity for each in found.values()] == ([severity] if severity else [])


def test_the_quota_that_ends_first_is_told() -> None:
    found = found_by("full_datasets", recorded(datasets="proxmox_8_with_quotas"))
    assert {name: one.severity for name, one in found.items()} == {"tank/photos": Severity.WARNING}
    assert found["tank/photos"].title == "dataset tank/photos on m1 has used 95 % of its quota of 1.0 TB"


def test_datasets_without_a_quota_are_no_finding() -> None:
    assert CHECKS["full_datasets"].run(recorded(datasets="without_quotas")) == ()
