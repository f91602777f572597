"""Which services with replaced files Steward restarts itself."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import why_refused
from steward.model.fact import Snapshot

MOST_AT_ONCE = 8


def restartable(snapshot: Snapshot, services: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the services that run and that typed commands may touch, at most 8."""
    units = snapshot.of(UNITS)
    known = ((name, None if units is None else units.find(name)) for name in services)
    fit = (name for name, unit in known if unit is not None and unit.active_state == "active" and not why_refused(unit))
    return tuple(fit)[:MOST_AT_ONCE]
