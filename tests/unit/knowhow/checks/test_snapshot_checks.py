"""Scheduled snapshots that have stopped."""

from dataclasses import replace
from datetime import timedelta

import pytest

from steward.knowhow.facts.snapshots import Snapshots, SnapshotSeries
from steward.model.finding import Severity
from tests.unit.knowhow.snapshots import NOW, found_by, recorded, snapshot


def test_a_maker_that_stopped_is_one_finding() -> None:
    found = found_by("stopped_snapshots", recorded(snapshots="stopped"))
    assert {name: one.severity for name, one in found.items()} == {"snapshots of sanoid": Severity.WARNING}
    assert found["snapshots of sanoid"].title == (
        "sanoid has made no snapshot of rpool/data and 1 other dataset on m1 for 3 d"
    )


@pytest.mark.parametrize("case", ["proxmox_8_sanoid", "without_zfs"])
def test_what_goes_on_or_was_given_up_is_left_alone(case: str) -> None:
    assert found_by("stopped_snapshots", recorded(snapshots=case)) == {}


@pytest.mark.parametrize(("hours", "is_found"), [(8.0, False), (8.1, True), (719.0, True), (720.0, False)])
def test_twice_the_usual_time_and_some_hours_is_late(hours: float, is_found: bool) -> None:
    one = SnapshotSeries(maker="zrepl", newest_at=NOW - timedelta(hours=hours), usual_seconds=3600)
    seen = snapshot(snapshots=Snapshots(series={"tank": one}))
    assert bool(found_by("stopped_snapshots", seen)) is is_found
    rare = replace(one, usual_seconds=None)
    assert found_by("stopped_snapshots", snapshot(snapshots=Snapshots(series={"tank": rare}))) == {}
