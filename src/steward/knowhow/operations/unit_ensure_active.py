"""Have a unit of systemd run, whether it runs already or not."""

from __future__ import annotations

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.unit_operations import is_not, is_up, sudoers, systemctl, unit_of, unit_resource
from steward.lib.record import record
from steward.model.command import Example
from steward.model.fact import Snapshot
from steward.model.operation import Blueprint, Operation, Undo
from steward.model.probe import Probe
from steward.model.risk import Risk


@record
class EnsureUnit:
    """Have a unit of systemd run: it is started where it is off by then, left alone where it runs, and proven."""

    machine: str
    """Machine, by name or id."""
    unit: str
    """Unit, with its ending: `nginx.service`."""


def build(command: EnsureUnit, snapshot: Snapshot) -> Blueprint:
    """Work the start out for whatever state the unit is in when its turn comes."""
    units, unit = unit_of(snapshot, command.unit)
    was_active = unit.active_state == "active"
    return Blueprint(
        resource=unit_resource(snapshot, unit),
        action=systemctl(units, "start", unit),
        says=f"Have {unit.name} run",
        effects=(f"{unit.name} is {unit.active_state} now; if it is off when this step comes, it is started",),
        preconditions=(
            Probe(
                machine=snapshot.machine.id,
                says=f"{unit.name} is there",
                fact=UNITS.name,
                path=("units", unit.name, "name"),
                expected=unit.name,
            ),
        ),
        verify=is_up(snapshot, unit),
        undo=Undo(says=f"{unit.name} ran before; there is nothing to put back")
        if was_active
        else Undo(
            says=f"Stop {unit.name} again",
            actions=(systemctl(units, "stop", unit),),
            verify=(is_not(snapshot, unit, "active"),),
        ),
        risk=Risk.REVERSIBLE,
    )


PLUGIN = Operation[EnsureUnit](
    name="unit.ensure_active",
    input=EnsureUnit,
    risk=Risk.REVERSIBLE,
    needs=(UNITS.name,),
    build=build,
    sudoers=(*sudoers("start"), *sudoers("stop")),
    examples=(
        Example(line="unit ensure_active m1 nginx.service", does="Have the web server on m1 run."),
        Example(line="unit ensure_active nas smbd.service", does="Have the shares of nas served."),
    ),
)
