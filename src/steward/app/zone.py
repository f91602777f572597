"""The time zone in which schedules count that name none: the house's own, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from steward.lib.zones import zone_named

_LINK = Path("/etc/localtime")
_DATABASE = "zoneinfo/"


def own_zone(environment: Mapping[str, str], link: Path = _LINK) -> str:
    """Return the zone that `TZ` names, else this machine's, else UTC."""
    given = (environment.get("TZ", "").removeprefix(":"), _linked(link))
    return next((name for name in given if zone_named(name) is not None), "UTC")


def _linked(link: Path) -> str:
    try:
        return str(link.readlink()).partition(_DATABASE)[2]
    except OSError:  # a file instead of a link, or none
        return ""
