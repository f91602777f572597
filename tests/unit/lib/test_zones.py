"""Local times that a change of the clock skips or repeats have one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from steward.lib.zones import after_repeat, exists, local_of, utc_of, valid_from, zone_named

BERLIN = ZoneInfo("Europe/Berlin")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


@pytest.mark.parametrize(
    "name", ["", "Europe/Berln", "../../etc/passwd", "/etc/localtime", "Europe", "x" * 99, "a\0b", "ü"]
)
def test_what_is_no_zone_is_none(name):
    assert zone_named(name) is None


def test_a_skipped_local_time_becomes_the_end_of_the_gap():
    assert not exists(datetime(2026, 3, 29, 2, 30), BERLIN)
    assert valid_from(datetime(2026, 3, 29, 2, 30), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert valid_from(datetime(2026, 3, 29, 2, 0), BERLIN) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert valid_from(datetime(2026, 10, 4, 2, 15), LORD_HOWE) == datetime(2026, 10, 3, 15, 30, tzinfo=UTC)


def test_a_repeated_local_time_is_its_first():
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert utc_of(datetime(2026, 10, 25, 2, 30), BERLIN) == first
    assert local_of(first, BERLIN) == datetime(2026, 10, 25, 2, 30)


def test_only_the_second_showing_leads_to_the_end_of_the_repeat():
    assert after_repeat(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), BERLIN) == datetime(2026, 10, 25, 2, 30)
    assert after_repeat(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), BERLIN) == datetime(2026, 10, 25, 3, 0)
    assert after_repeat(datetime(2026, 4, 4, 15, 5, tzinfo=UTC), LORD_HOWE) == datetime(2026, 4, 5, 2, 0)
