"""Facts and operations for machines in memory: settings that are put and dropped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from steward.lib.record import record
from steward.model.command import Example
from steward.model.errors import InvalidInput
from steward.model.fact import CommandOutput, Fact, Reading, Snapshot
from steward.model.ids import MachineId
from steward.model.measure import AnyMeasure, Measure
from steward.model.operation import Action, AnyOperation, Blueprint, Operation, Undo
from steward.model.probe import Comparison, Probe
from steward.model.resource import ResourceKind, resource_on
from steward.model.risk import Risk

_PROGRAM = "/bin/setting"


@record
class User:
    """Who Steward is on the machine."""

    user_id: int
    """Number of the user."""


@record
class Settings:
    """Every setting of the machine."""

    values: dict[str, str]
    """Value by name."""


@record
class PutInput:
    """Give a setting a value."""

    machine: str
    """Machine."""
    name: str
    """Name of the setting."""
    value: str
    """Its new value."""
    is_proven: bool = True
    """Whether probes prove it."""


@record
class DropInput:
    """Take a setting away for good."""

    machine: str
    """Machine."""
    name: str
    """Name of the setting."""


def _user(outputs: Mapping[str, CommandOutput]) -> User:
    return User(user_id=int(outputs["id"].stdout))


def _settings(outputs: Mapping[str, CommandOutput]) -> Settings:
    return Settings(values=cast("dict[str, str]", json.loads(outputs["ls"].stdout)))


def _of(snapshot: Snapshot, machine: MachineId, name: str) -> tuple[str | None, Probe]:
    """Return a setting's value and the probe that it still has it."""
    values = cast("Settings", snapshot.values["settings"]).values
    value = values.get(name)
    return value, _probe(machine, name, value)


def _probe(machine: MachineId, name: str, value: str | None) -> Probe:
    if value is None:
        says, comparison = f"{name} is not set", Comparison.ABSENT
    else:
        says, comparison = f"{name} is {value}", Comparison.EQUAL
    path = ("values", name)
    return Probe(machine=machine, says=says, fact="settings", path=path, comparison=comparison, expected=value)


def _build_put(given: PutInput, snapshot: Snapshot) -> Blueprint:
    machine = snapshot.machine.id
    before, still = _of(snapshot, machine, given.name)
    if before == given.value:
        raise InvalidInput(f"{given.name} is {given.value} already")
    back = ("drop", given.name) if before is None else ("put", given.name, before)
    proof = _probe(machine, given.name, given.value)
    return Blueprint(
        resource=resource_on(machine, ResourceKind.UNIT, given.name),
        action=Action(argv=(_PROGRAM, "put", given.name, given.value)),
        says=f"Set {given.name} to {given.value}",
        effects=(f"{given.name} changes from {before} to {given.value}",),
        preconditions=(still,),
        verify=(proof,) if given.is_proven else (),
        undo=Undo(says=f"{given.name} is put back", actions=(Action(argv=(_PROGRAM, *back)),), verify=(still,)),
        risk=Risk.REVERSIBLE,
    )


def _build_drop(given: DropInput, snapshot: Snapshot) -> Blueprint:
    machine = snapshot.machine.id
    _, still = _of(snapshot, machine, given.name)
    return Blueprint(
        resource=resource_on(machine, ResourceKind.UNIT, given.name),
        action=Action(argv=(_PROGRAM, "drop", given.name)),
        says=f"Drop {given.name}",
        effects=(f"{given.name} is gone",),
        preconditions=(still,),
        verify=(_probe(machine, given.name, None),),
        undo=Undo(says=f"the value of {given.name} is lost", is_possible=False),
        risk=Risk.DESTRUCTIVE,
    )


FACTS: tuple[Fact[Any], ...] = (
    Fact(name="os", summary="the user", readings=(Reading(name="id", argv=("/bin/id", "-u")),), parse=_user),
    Fact(name="settings", summary="settings", readings=(Reading(name="ls", argv=(_PROGRAM, "ls")),), parse=_settings),
)
"""Facts of a machine in memory; the core reads `os` of every machine."""

OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        name="setting.put",
        input=PutInput,
        changes_declared=True,
        risk=Risk.REVERSIBLE,
        needs=("os", "settings"),
        build=_build_put,
        sudoers=(),
        examples=(Example(line="setting put m1 a 1", does="Set a"), Example(line="setting put m1 b 2", does="Set b")),
    ),
    Operation(
        name="setting.drop",
        input=DropInput,
        risk=Risk.DESTRUCTIVE,
        needs=("os", "settings"),
        build=_build_drop,
        sudoers=(),
        examples=(Example(line="setting drop m1 a", does="Drop a"), Example(line="setting drop m1 b", does="Drop b")),
    ),
)
"""Operations on it: one that can be put back, one that cannot."""


def _count(seen: Settings, _argument: str, _: datetime) -> int:
    return len(seen.values)


def _value_of(seen: Settings, argument: str, _: datetime) -> str | None:
    return seen.values.get(argument)


MEASURES: Mapping[str, AnyMeasure] = {
    "SETTINGS": Measure(
        name="SETTINGS", summary="how many settings there are", fact=FACTS[1], take=_count, example="[SETTINGS] > 1"
    ),
    "SETTING": Measure(
        name="SETTING",
        summary="the value of a setting",
        fact=FACTS[1],
        take=_value_of,
        argument="name",
        is_argument_needed=True,
        missing="absent",
        example='[SETTING a] == "x"',
    ),
}
"""What readable lines may ask of it."""
