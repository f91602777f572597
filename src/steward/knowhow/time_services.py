"""Units that keep a clock right, by the program that runs in them."""

from __future__ import annotations

from steward.knowhow.facts.clock import Clock
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit
from steward.knowhow.unit_operations import why_refused
from steward.model.fact import Snapshot

_UNITS = {
    "chrony": ("chrony.service", "chronyd.service"),
    "ntpd": ("ntpsec.service", "ntp.service", "ntpd.service"),
    "openntpd": ("openntpd.service",),
}


def time_service(snapshot: Snapshot, clock: Clock) -> Unit | None:
    """Return the running unit that keeps the clock, or None when there is none that typed commands may touch."""
    units = snapshot.of(UNITS)
    found = (None if units is None else units.find(name) for name in _UNITS.get(clock.daemon, ()))
    return next((unit for unit in found if unit and unit.active_state == "active" and not why_refused(unit)), None)
