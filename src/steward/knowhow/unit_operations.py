"""What the operations on units share: which units they accept, their words, their probes and their sudoers lines."""

from __future__ import annotations

import re
from typing import Literal

from steward.knowhow.facts.units import PLUGIN as UNITS
from steward.knowhow.facts.units import Unit, Units
from steward.knowhow.protected import PROTECTED_IN_SUDOERS, carries_others, why_protected
from steward.lib.text import nearest
from steward.model.errors import InvalidInput
from steward.model.fact import Snapshot
from steward.model.operation import Action
from steward.model.probe import Comparison, Probe
from steward.model.resource import Resource, ResourceKind, resource_on
from steward.model.risk import Risk

Verb = Literal["start", "stop", "restart", "reload", "enable", "disable", "reset-failed"]

_NAME = re.compile(r"[A-Za-z0-9@_][A-Za-z0-9@_.:\\-]*\.(service|socket|timer|mount)")
_NAME_IN_SUDOERS = r"[A-Za-z0-9@_][A-Za-z0-9@_.:\\-]*\.(service|socket|timer|mount)"
_TIMEOUT_SECONDS = 200
"""systemd itself gives a unit 90 s to stop and 90 s to start unless told otherwise."""


def why_refused(unit: Unit) -> str:
    """Return why no typed command touches this unit, or an empty text when they may."""
    if _NAME.fullmatch(unit.name) is None:
        return "only services, sockets, timers and mounts with plain names are started and stopped this way"
    why = why_protected((unit.name, *unit.aliases))
    if why:
        return f"it is protected: {why}; identity, boot, network, storage and sshd are for a person's own hand"
    return f"it is {unit.load_state}" if unit.load_state in {"masked", "error", "bad-setting"} else ""


def unit_of(snapshot: Snapshot, name: str) -> tuple[Units, Unit]:
    """Return the unit a command names.

    Raises:
        InvalidInput: it is not there, or no typed command touches it.
    """
    where = snapshot.machine.name
    units = snapshot.of(UNITS)
    if units is None:
        why = snapshot.unread.get(UNITS.name, "its units were not read")
        raise InvalidInput("cannot work on units", where=where, why=why)
    unit = units.find(name)
    if unit is None:
        near = nearest(name, units.units)
        hint = f"did you mean `{near}`?" if near else "list the units with `systemctl list-units --all` there"
        raise InvalidInput(f"there is no unit `{name}`", where=where, next_step=hint)
    if why := why_refused(unit):
        raise InvalidInput(f"`{unit.name}` cannot be changed by this command", where=where, why=why)
    return units, unit


def unit_resource(snapshot: Snapshot, unit: Unit) -> Resource:
    """Return the unit as a resource."""
    return resource_on(snapshot.machine.id, ResourceKind.UNIT, unit.name)


def systemctl(units: Units, verb: Verb, unit: Unit) -> Action:
    """Return the exact words."""
    return Action(argv=(units.program, verb, unit.name), timeout_seconds=_TIMEOUT_SECONDS)


def sudoers(verb: Verb) -> tuple[str, str]:
    """Return the line that allows a verb, and the one that takes protected units out again.

    sudo follows the last line that fits, so that lines beginning with `!` must stand after the others.
    """
    return (
        f"/usr/bin/systemctl ^{verb} {_NAME_IN_SUDOERS}$",
        f"!/usr/bin/systemctl ^{verb} {PROTECTED_IN_SUDOERS}\\.(service|socket|timer|mount)$",
    )


def state_is_unchanged(snapshot: Snapshot, unit: Unit) -> tuple[Probe, ...]:
    """Return the precondition that the unit stands as the plan saw it; a state that only passes binds nothing."""
    if unit.active_state not in {"active", "inactive", "failed"}:
        return (_probe(snapshot, unit, "name", f"{unit.name} is there", unit.name),)
    return (_probe(snapshot, unit, "active_state", f"{unit.name} is still {unit.active_state}", unit.active_state),)


def is_up(snapshot: Snapshot, unit: Unit) -> tuple[Probe, ...]:
    """Return the proof that a unit works: a daemon stays active by itself, a job has not failed."""
    if unit.is_job:
        return (is_not(snapshot, unit, "failed"),)
    proof = _probe(snapshot, unit, "active_state", f"{unit.name} is active", "active", hold=5)
    if unit.restart_count is None or not unit.name.endswith(".service"):
        return (proof,)
    alone = f"systemd did not have to restart {unit.name}"
    return (proof, _probe(snapshot, unit, "restart_count", alone, 0, hold=5))


def is_not(snapshot: Snapshot, unit: Unit, state: str) -> Probe:
    """Return the proof that a unit is not in a state, and stays out of it."""
    return Probe(
        machine=snapshot.machine.id,
        says=f"{unit.name} is not {state}",
        fact=UNITS.name,
        path=("units", unit.name, "active_state"),
        comparison=Comparison.NOT_EQUAL,
        expected=state,
        within_seconds=30,
        hold_seconds=5,
    )


def pulled_down(units: Units, unit: Unit) -> tuple[str, ...]:
    """Return the running units that systemd stops or restarts together with this one."""
    others = (units.units.get(name) for name in unit.pulls_down)
    return tuple(other.name for other in others if other is not None and other.active_state == "active")


def risk_of_stopping(unit: Unit) -> Risk:
    """Return the class of interrupting a unit: what carries others takes them down too."""
    is_felt = unit.active_state == "active" and carries_others(unit.name)
    return Risk.RISKY if is_felt else Risk.REVERSIBLE


def _probe(snapshot: Snapshot, unit: Unit, value: str, says: str, expected: str | int, *, hold: int = 0) -> Probe:
    return Probe(
        machine=snapshot.machine.id,
        says=says,
        fact=UNITS.name,
        path=("units", unit.name, value),
        expected=expected,
        within_seconds=30 if hold else 0,
        hold_seconds=hold,
    )
