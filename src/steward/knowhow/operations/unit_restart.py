"""Restart a unit of systemd."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit, Units
from steward.knowhow.unit_operations import (
    is_not,
    is_up,
    pulled_down,
    risk_of_stopping,
    state_is_unchanged,
    sudoers,
    systemctl,
    unit_of,
    unit_resource,
)
from steward.lib.record import record
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class RestartUnit:
    """Restart a unit of systemd, and prove that it stays up."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `nginx.service`."""


def build(command: RestartUnit, snapshot: Snapshot) -> Blueprint:
    """Work the restart out from how the unit stands now."""
    units, unit = unit_of(snapshot, command.unit)
    was_active = unit.active_state == "active"
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "restart", unit),
        says=f"Restart {unit.name}",
        effects=_effects(units, unit),
        preconditions=state_is_unchanged(snapshot, unit),
        verify=is_up(snapshot, unit),
        undo=_undo(snapshot, units, unit),
        risk=risk_of_stopping(unit),
        downtime_seconds=30 if was_active else 0,
    )


def _effects(units: Units, unit: Unit) -> tuple[str, ...]:
    first = f"{unit.name} is {unit.active_state} now and is started" + (
        " anew: it is interrupted for the time that takes" if unit.active_state == "active" else ""
    )
    others = pulled_down(units, unit)
    return (first, *([f"systemd restarts with it: {', '.join(others)}"] if others else []))


def _undo(snapshot: Snapshot, units: Units, unit: Unit) -> Undo:
    if unit.active_state == "active" or unit.is_job:
        says = "A restart leaves nothing behind that needs putting back"
        return Undo(says=says, verify=is_up(snapshot, unit) if unit.active_state == "active" else ())
    return Undo(
        says=f"Stop {unit.name}, which was {unit.active_state} before",
        actions=(systemctl(units, "stop", unit),),
        verify=(is_not(snapshot, unit, "active"),),
    )


PLUGIN = Operation[RestartUnit](
    name="unit.restart",
    input=RestartUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    sudoers=(*sudoers("restart"), *sudoers("stop")),
    examples=(
        Example(line="unit restart m1 nginx.service", does="Restart the web server on m1."),
        Example(line="unit restart nas backup.timer", does="Restart the timer that starts the backup on nas."),
    ),
)
