"""What the facts of a machine come to on its page: rows for tables. Facts may be of an older Steward."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from steward.surfaces.web.site import Data

FACTS = (
    "certificates",
    "disk_health",
    "disks",
    "filesystems",
    "hardware",
    "kernel",
    "os",
    "package_states",
    "timers",
    "updates",
)
"""Facts the page shows."""
_MOST_ROWS = 60
_SMART = ("reallocated_sectors", "pending_sectors", "media_errors", "worn_percent", "power_on_hours")


def parts_of(facts: Iterable[Data], series: Sequence[Data]) -> Data:
    """Return the rows of each table; None where a fact could not be read, with the reason beside it."""
    known = {each["name"]: each for each in facts}
    values = {name: cast("Data", each["value"] or {}) for name, each in known.items()}
    return {
        "system": values.get("os", {}),
        "hardware": values.get("hardware", {}),
        "kernel": values.get("kernel", {}),
        "updates": values.get("updates", {}),
        "packages": values.get("package_states", {}),
        "disks": _disks(values, series),
        "filesystems": _rows(_inside(values, "filesystems", "filesystems")),
        "timers": [{"name": name, **one} for name, one in _items(_inside(values, "timers", "timers"))],
        "certificates": _certificates(values),
        "unread": {name: each["unread"] for name, each in known.items() if each["unread"]},
    }


def _inside(values: Mapping[str, Data], fact: str, name: str) -> Data:
    found: Any = values.get(fact, {}).get(name)
    return cast("Data", found) if isinstance(found, dict) else {}


def _items(found: Data) -> list[tuple[str, Data]]:
    named: list[tuple[str, Data]] = [(name, one) for name, one in sorted(found.items()) if isinstance(one, dict)]
    return named[:_MOST_ROWS]


def _rows(found: Data) -> list[Data]:
    return [{"name": name, **one} for name, one in _items(found)]


def _disks(values: Mapping[str, Data], series: Sequence[Data]) -> list[Data]:
    """Return every disk with what it says of its own health, and how its temperature and bad sectors went."""
    every = dict(_items(_inside(values, "disks", "disks")))
    health = dict(_items(_inside(values, "disk_health", "disks")))
    serials = sorted({*every, *health})[:_MOST_ROWS]
    return [_disk(serial, {**every.get(serial, {}), **health.get(serial, {})}, series) for serial in serials]


def _disk(serial: str, told: Data, series: Sequence[Data]) -> Data:
    trends = {
        each["name"].rpartition(" ")[2]: each
        for each in series
        if each["fact"] == "disk_health" and each["name"].rpartition(" ")[0] == serial
    }
    return {
        "serial": serial,
        **{name: told.get(name) for name in ("name", "model", "size_bytes", "transport", "port", "is_asleep")},
        "has_passed": told.get("has_passed"),
        "celsius": told.get("temperature_celsius"),
        "smart": [(name, told[name]) for name in _SMART if told.get(name) is not None],
        "temperature": trends.get("temperature_celsius"),
        "bad_sectors": trends.get("reallocated_sectors"),
    }


def _certificates(values: Mapping[str, Data]) -> list[Data]:
    found = _items(_inside(values, "certificates", "served"))
    rows: list[Data] = [
        {"port": port, "ends_at": one.get("ends_at"), "names": one.get("names") or []} for port, one in found
    ]
    return sorted(rows, key=lambda row: str(row["ends_at"]))
