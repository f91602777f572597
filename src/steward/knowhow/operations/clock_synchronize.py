"""Let systemd keep the clock right."""

from __future__ import annotations

from steward.knowhow.facts.clock import PLUGIN as CLOCK
from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action, Blueprint, Operation, Undo
from steward.model.probe import Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_ON = ("/usr/bin/timedatectl", "set-ntp", "true")
_OFF = ("/usr/bin/timedatectl", "set-ntp", "false")


@record
class SynchronizeClock:
    """Turn time synchronization on: the time service that is installed is enabled and started."""

    machine: str
    """Machine, by name or id."""


def build(_command: SynchronizeClock, snapshot: Snapshot) -> Blueprint:
    """Work it out; where it is on already, or systemd has none, it is refused."""
    clock, where = snapshot.of(CLOCK), snapshot.machine.name
    if clock is None or clock.is_enabled is None or clock.is_container:
        why = snapshot.unread.get(CLOCK.name, "systemd does not keep the clock here")
        raise InvalidInput("cannot turn time synchronization on", where=where, why=why)
    if clock.is_enabled:
        next_step = "see why it reaches no time server: `timedatectl timesync-status` there"
        raise InvalidInput("time synchronization is on already", where=where, next_step=next_step)
    return Blueprint(
        resource=resource_on(snapshot.machine.id, ResourceKind.CLOCK, "clock"),
        action=Action(argv=_ON),
        says="Turn time synchronization on",
        effects=(
            "the time service that is installed is started, now and at every boot",
            "a clock that is far off jumps to the right time: timers that were due meanwhile may all run at once",
        ),
        preconditions=(_is_enabled(snapshot, expected=False),),
        verify=(_is_enabled(snapshot, expected=True), _is_synchronized(snapshot)),
        undo=Undo(
            says="Turn time synchronization off again; the clock is not set back",
            actions=(Action(argv=_OFF),),
            verify=(_is_enabled(snapshot, expected=False),),
        ),
        risk=Risk.REVERSIBLE,
    )


def _is_enabled(snapshot: Snapshot, *, expected: bool) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=f"time synchronization is {'on' if expected else 'off'}",
        fact=CLOCK.name,
        path=("is_enabled",),
        expected=expected,
        within_seconds=10,
    )


def _is_synchronized(snapshot: Snapshot) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says="the clock is synchronized",
        fact=CLOCK.name,
        path=("is_synchronized",),
        expected=True,
        within_seconds=120,
    )


PLUGIN = Operation[SynchronizeClock](
    name="clock.synchronize",
    input=SynchronizeClock,
    risk=Risk.REVERSIBLE,
    needs=(CLOCK.name,),
    build=build,
    sudoers=(" ".join(_ON), " ".join(_OFF)),
    examples=(
        Example(line="clock synchronize m1", does="Let systemd keep the clock of m1 right."),
        Example(line="clock synchronize nas", does="Let systemd keep the clock of nas right."),
    ),
)
