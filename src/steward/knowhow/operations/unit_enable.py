"""Let a unit of systemd start by itself at boot."""

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
class EnableUnit:
    """Enable a unit: it is started at every boot from now on. It is not started now."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `fstrim.timer`."""


def build(command: EnableUnit, snapshot: Snapshot) -> Blueprint:
    """Work it out; a unit that is not disabled is refused."""
    units, unit = with_file_state(snapshot, command.unit, "disabled")
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "enable", unit),
        says=f"Enable {unit.name}",
        effects=(
            f"{unit.name} is disabled now and is enabled",
            "it starts by itself at every boot from the next one on; now it stays as it is",
        ),
        preconditions=(file_state_is(snapshot, unit, "disabled"),),
        verify=(file_state_is(snapshot, unit, "enabled"),),
        undo=Undo(
            says=f"Disable {unit.name} again",
            actions=(systemctl(units, "disable", unit),),
            verify=(file_state_is(snapshot, unit, "disabled"),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[EnableUnit](
    name="unit.enable",
    input=EnableUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    changes_declared=True,
    sudoers=(*sudoers("enable"), *sudoers("disable")),
    examples=(
        Example(line="unit enable m1 fstrim.timer", does="Enable the timer that trims the disks of m1."),
        Example(line="unit enable nas cron.service", does="Enable cron on nas."),
    ),
)
