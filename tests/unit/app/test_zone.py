"""The zone of schedules that name none: what is set, else this machine's, else UTC."""

from __future__ import annotations

from pathlib import Path

import pytest

from steward.app.zone import own_zone


@pytest.mark.parametrize(
    ("given", "zone"), [("Europe/Berlin", "Europe/Berlin"), (":America/New_York", "America/New_York")]
)
def test_what_is_set_counts(tmp_path: Path, given: str, zone: str):
    assert own_zone({"TZ": given}, tmp_path / "absent") == zone


def test_without_it_the_machine_says_so_and_without_that_it_is_utc(tmp_path: Path):
    link = tmp_path / "localtime"
    link.symlink_to("/usr/share/zoneinfo/Asia/Tokyo")
    assert own_zone({}, link) == "Asia/Tokyo"
    assert own_zone({"TZ": "Nowhere/Atall"}, link) == "Asia/Tokyo"
    assert own_zone({}, tmp_path / "absent") == "UTC"
