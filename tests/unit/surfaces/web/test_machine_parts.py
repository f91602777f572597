"""Facts become rows, whatever an older Steward left out of them."""

from __future__ import annotations

from typing import Any

from steward.surfaces.web.machine_parts import parts_of


def fact(name: str, value: dict[str, Any] | None, unread: str = "") -> dict[str, Any]:
    return {"name": name, "value": value, "unread": unread, "source": "sh", "at": None}


def test_a_disk_is_told_with_its_health_and_its_past():
    disks = fact("disks", {"disks": {"S1": {"name": "sda", "size_bytes": 5}}})
    health = fact("disk_health", {"disks": {"S1": {"has_passed": True, "reallocated_sectors": 2}}})
    series = [{"fact": "disk_health", "name": "S1 temperature_celsius", "trend": [30.0]}]
    (disk,) = parts_of([disks, health], series)["disks"]
    assert (disk["name"], disk["has_passed"], disk["smart"]) == ("sda", True, [("reallocated_sectors", 2)])
    assert disk["temperature"]["trend"] == [30.0]


def test_what_could_not_be_read_says_why_and_has_no_rows():
    parts = parts_of([fact("timers", None, "no systemd here")], [])
    assert parts["timers"] == []
    assert parts["unread"] == {"timers": "no systemd here"}


def test_facts_of_another_shape_break_nothing():
    parts = parts_of([fact("certificates", {"served": ["x"]}), fact("disks", {"disks": {"S1": None}})], [])
    assert parts["certificates"] == []


def test_the_certificate_that_ends_first_comes_first():
    served = {"443": {"ends_at": "2027-01-01T00:00:00Z"}, "8006": {"ends_at": "2026-01-01T00:00:00Z"}}
    assert [row["port"] for row in parts_of([fact("certificates", {"served": served})], [])["certificates"]] == [
        "8006",
        "443",
    ]
