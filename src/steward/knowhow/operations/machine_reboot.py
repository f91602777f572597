"""Restart a whole machine, and prove that it came back with what ran before."""

from __future__ import annotations

from steward.knowhow.facts.containers import PLUGIN as CONTAINERS
from steward.knowhow.facts.kernel import PLUGIN as KERNEL
from steward.knowhow.facts.os import PLUGIN as OS
from steward.knowhow.facts.os import OperatingSystem
from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.machine_restart import why_no_restart
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_SHUTDOWN = ("/usr/sbin/shutdown", "-r", "+1")
_BACK_WITHIN_SECONDS = 900
_MOST_NAMED = 12
_RESTARTED_WITH_IT = frozenset({"always", "unless-stopped"})


@record
class RebootMachine:
    """Restart a machine one minute from now, and prove that its services and containers came back."""

    machine: str
    """Machine, by name or id."""


def build(_command: RebootMachine, snapshot: Snapshot) -> Blueprint:
    """Name what is interrupted and what must run again afterwards."""
    system = _system(snapshot)
    units, containers = _units(snapshot), _containers(snapshot)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.MACHINE, snapshot.machine.name),
        action=Action(argv=_SHUTDOWN),
        says=f"Restart the machine {snapshot.machine.name}",
        effects=(
            f"everything on {snapshot.machine.name} stops one minute after this begins, and the machine starts again",
            f"enabled services that run now and must run again: {', '.join(units) or 'none'}",
            f"containers that run now and must run again: {', '.join(containers) or 'none'}",
            "what was started by hand and is not enabled stays off",
        ),
        preconditions=(_boot(snapshot, system, Comparison.EQUAL, f"{snapshot.machine.name} was not restarted yet"),),
        verify=(
            _boot(snapshot, system, Comparison.NOT_EQUAL, f"{snapshot.machine.name} started anew"),
            *(_runs(snapshot, UNITS.name, ("units", name, "active_state"), name, "active") for name in units),
            *(_runs(snapshot, CONTAINERS.name, ("containers", name, "state"), name, "running") for name in containers),
        ),
        undo=Undo(
            says="A restart cannot be taken back; `shutdown -c` stops it within the first minute", is_possible=False
        ),
        risk=Risk.RISKY,
        downtime_seconds=300,
    )


def _system(snapshot: Snapshot) -> OperatingSystem:
    where, system = snapshot.machine.name, snapshot.of(OS)
    if why := why_no_restart(snapshot):
        raise InvalidInput("Steward does not restart this machine", where=where, why=why, next_step="do it by hand")
    if system is None or not system.boot_id:
        why = snapshot.unread.get(OS.name, "it does not tell which boot this is")
        raise InvalidInput("a restart could not be proven", where=where, why=why)
    if not system.is_systemd:
        why = "its first process is not systemd, which can be told to restart in a minute"
        raise InvalidInput("cannot restart this machine", where=where, why=why, next_step="restart it by hand")
    return system


def _units(snapshot: Snapshot) -> list[str]:
    """Return the services that are enabled, run now, and are no job."""
    units = snapshot.of(UNITS)
    return [
        name
        for name, unit in ({} if units is None else units.units).items()
        if name.endswith(".service") and unit.file_state == "enabled" and unit.sub_state == "running"
    ][:_MOST_NAMED]


def _containers(snapshot: Snapshot) -> list[str]:
    containers = snapshot.of(CONTAINERS)
    return [
        name
        for name, one in ({} if containers is None else containers.containers).items()
        if one.state == "running" and one.restart_policy in _RESTARTED_WITH_IT
    ][:_MOST_NAMED]


def _boot(snapshot: Snapshot, system: OperatingSystem, comparison: Comparison, says: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=OS.name,
        path=("boot_id",),
        comparison=comparison,
        expected=system.boot_id,
        within_seconds=_BACK_WITHIN_SECONDS if comparison is Comparison.NOT_EQUAL else 0,
    )


def _runs(snapshot: Snapshot, fact: str, path: tuple[str, ...], name: str, expected: str) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"{name} is {expected}",
        fact=fact,
        path=path,
        expected=expected,
        within_seconds=_BACK_WITHIN_SECONDS,
        hold_seconds=20,
    )


PLUGIN = Operation[RebootMachine](
    name="machine.reboot",
    input=RebootMachine,
    risk=Risk.RISKY,
    needs=(OS.name, KERNEL.name, UNITS.name, CONTAINERS.name),
    build=build,
    sudoers=(" ".join(_SHUTDOWN),),
    examples=(
        Example(line="machine reboot m1", does="Restart m1, and see that its services run again."),
        Example(line="machine reboot nas", does="Restart nas, and see that its containers run again."),
    ),
)
