"""Let a unit of systemd no longer start by itself at boot."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_files import file_state_is, with_file_state
from steward.knowhow.unit_operations import sudoers, systemctl, unit_resource
from steward.lib.record import record
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.risk import Risk


@record
class DisableUnit:
    """Disable a unit: it is not started at boot any more. It is not stopped now."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `fstrim.timer`."""


def build(command: DisableUnit, snapshot: Snapshot) -> Blueprint:
    """Work it out; a unit that is not enabled is refused."""
    units, unit = with_file_state(snapshot, command.unit, "enabled")
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "disable", unit),
        says=f"Disable {unit.name}",
        effects=(
            f"{unit.name} is enabled now and is disabled",
            "it does not start by itself at boot any more, though others may still start it; now it stays as it is",
        ),
        preconditions=(file_state_is(snapshot, unit, "enabled"),),
        verify=(file_state_is(snapshot, unit, "disabled"),),
        undo=Undo(
            says=f"Enable {unit.name} again",
            actions=(systemctl(units, "enable", unit),),
            verify=(file_state_is(snapshot, unit, "enabled"),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[DisableUnit](
    name="unit.disable",
    input=DisableUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    changes_declared=True,
    sudoers=(*sudoers("disable"), *sudoers("enable")),
    examples=(
        Example(line="unit disable m1 fstrim.timer", does="Disable the timer that trims the disks of m1."),
        Example(line="unit disable nas cron.service", does="Disable cron on nas."),
    ),
)
